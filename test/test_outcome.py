"""find_outcome() tells whether a call with an unknown outcome was processed, with free calls only."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from itertools import chain, repeat
from threading import Event
from time import sleep, time
from typing import Any

import pytest

from smscx_client import (
    ApiClient,
    ApiException,
    ApiTimeoutException,
    ApiTypeError,
    ApiValueError,
    CallCancelledException,
    InvalidRequestException,
)
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import (
    DataAvailableNumbersRent,
    DataLookupCampaigns,
    InfoRentNumber,
    NumbersLookupRequest,
    RenewRentRequest,
    RentedNumbersResponse,
    RentNumberRequest,
)
from smscx_client.outcome import NotProcessed, Outcome, Processed, Undetermined, find_outcome
from smscx_client.sandbox import Sandbox
from support.fast_clock import FastClock
from support.scripted_server import Handler, Reply, Request, ScriptedServer

pytestmark = [pytest.mark.journal, pytest.mark.usefixtures("fast_clock")]

FREE = {
    "get_rented_numbers",
    "get_rent_status",
    "get_bulk_lookup_campaigns",
    "get_bulk_lookup_status",
    "validate_numbers",
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(credit=10_000) as running:
        yield running


def unknown_outcome(call: Callable[[], object]) -> ApiException:
    with pytest.raises(ApiException) as caught:
        call()
    assert caught.value.outcome_unknown
    exception = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(exception, ApiException)
    return exception


def first_offer(api: NumbersApi) -> DataAvailableNumbersRent:
    return api.get_available_numbers("FR").data[0]


def rent(api: NumbersApi, days: int = 7) -> InfoRentNumber:
    return api.rent_number(RentNumberRequest(first_offer(api).number_id, days)).info


def numbers(size: int, first: int = 0) -> list[str]:
    return [f"+336122{index:05}" for index in range(first, first + size)]


Attempt = tuple[Callable[[], Any], list[str]]
"""A call, and the numbers that it looks up."""


def rents_a_number(sandbox: Sandbox, api: NumbersApi, chance: random.Random) -> Attempt:
    offer = chance.choice(api.get_available_numbers(chance.choice(["FR", "RO", "DE"])).data)
    cost = chance.choice(offer.rent_cost or [])
    return lambda: api.rent_number(RentNumberRequest(offer.number_id, cost.days)), []


def looks_up_numbers(sandbox: Sandbox, api: NumbersApi, chance: random.Random) -> Attempt:
    looked_up = numbers(chance.randint(1, 9), chance.randint(0, 9))
    return lambda: api.lookup_numbers(NumbersLookupRequest(looked_up)), looked_up


def lost_lookup(sandbox: Sandbox, api: NumbersApi, phone_numbers: Sequence[str], fault: str = "after") -> ApiException:
    """Lose the response to a bulk lookup, and finish the lookups of the account."""
    sandbox.fail_next(drop=fault)  # type: ignore[arg-type]
    exception = unknown_outcome(lambda: api.lookup_numbers(NumbersLookupRequest(list(phone_numbers))))
    sandbox.finish_lookups()
    return exception


FAULTS = {"after": True, "body": True, "before": False}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("attempt", [rents_a_number, looks_up_numbers])
def test_the_outcome_of_a_rental_or_bulk_lookup_is_found(
    attempt: Callable[[Sandbox, NumbersApi, random.Random], Attempt],
    seed: int,
    sandbox: Sandbox,
    api: NumbersApi,
) -> None:
    chance = random.Random(seed)
    known = []
    for _ in range(chance.randint(0, 3)):
        info = attempt(sandbox, api, chance)[0]().info
        known.append(info.get("rent_id") or info.get("lookup_bulk_id"))
    call, looked_up = attempt(sandbox, api, chance)
    charges = len(sandbox.ledger)
    fault = chance.choice(list(FAULTS))
    sandbox.fail_next(drop=fault)  # type: ignore[arg-type]
    exception = unknown_outcome(call)
    assert (len(sandbox.ledger) > charges) == FAULTS[fault]
    sandbox.finish_lookups()
    credit = sandbox.credit
    outcome = find_outcome(api, exception, phone_numbers=looked_up, grace=0, exclude_ids=known)
    assert sandbox.credit == credit
    if not FAULTS[fault]:
        assert outcome == NotProcessed()
        return
    assert isinstance(outcome, Processed)
    assert outcome.found is not None
    assert (outcome.found.get("rent_id") or outcome.found.get("id")) == sandbox.ledger[-1].id


@pytest.mark.parametrize("seed", range(20))
def test_the_outcome_of_a_renewal_is_found(seed: int, sandbox: Sandbox, api: NumbersApi) -> None:
    chance = random.Random(seed)
    new = rent(api, chance.choice([7, 30]))
    rent_id, rent_end = new.rent_id, new.rent_end
    for _ in range(chance.randint(0, 2)):
        rent_end = api.renew_rent(rent_id, RenewRentRequest(rent_period=chance.choice([7, 30]))).info.rent_end
    sandbox.advance(hours=chance.randint(0, 100))
    request = RenewRentRequest(rent_period=chance.choice([7, 30])) if seed % 3 else RenewRentRequest()
    charges = len(sandbox.ledger)
    fault = chance.choice(list(FAULTS))
    sandbox.fail_next(drop=fault)  # type: ignore[arg-type]
    exception = unknown_outcome(lambda: api.renew_rent(rent_id, request))
    assert (len(sandbox.ledger) > charges) == FAULTS[fault]
    actual = Processed if FAULTS[fault] else NotProcessed
    assert type(find_outcome(api, exception, grace=0, previous_rent_end=rent_end)) is actual
    assert type(find_outcome(api, exception, grace=0)) in (Undetermined, actual)


def test_previous_rent_end_is_needed_only_if_a_renewal_may_have_been_processed(
    sandbox: Sandbox, api: NumbersApi
) -> None:
    rent_id = rent(api).rent_id
    sandbox.advance(hours=5)
    sandbox.fail_next(drop="before")
    exception = unknown_outcome(lambda: api.renew_rent(rent_id, RenewRentRequest(rent_period=7)))
    assert find_outcome(api, exception, grace=0) == NotProcessed()
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.renew_rent(rent_id, RenewRentRequest(rent_period=7)))
    outcome = find_outcome(api, exception, grace=0)
    assert isinstance(outcome, Undetermined)
    assert "rent_end" in outcome.reason


@pytest.mark.parametrize("fault", FAULTS)
def test_the_outcome_of_a_cancellation_is_found(fault: str, sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rent(api).rent_id
    sandbox.fail_next(drop=fault)  # type: ignore[arg-type]
    exception = unknown_outcome(lambda: api.cancel_rent(rent_id))
    expected = Processed(None) if FAULTS[fault] else NotProcessed()
    assert find_outcome(api, exception, grace=0) == expected


def test_a_wrong_local_clock_does_not_matter(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.advance(days=3)
    first, second, *_ = api.get_available_numbers("FR").data
    api.rent_number(RentNumberRequest(first.number_id, 7))
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.rent_number(RentNumberRequest(second.number_id, 7)))
    outcome = find_outcome(api, exception, grace=0)
    assert isinstance(outcome, Processed)


def test_times_rounded_to_the_second_are_enough(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = first_offer(api)
    sleep((1.4 - time() % 1) % 1)
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.rent_number(RentNumberRequest(offer.number_id, 7)))
    sleep(1.05 - time() % 1)
    assert isinstance(find_outcome(api, exception, grace=0), Processed)


def test_a_rental_of_another_number_does_not_match(sandbox: Sandbox, api: NumbersApi) -> None:
    first, second, *_ = api.get_available_numbers("FR").data
    sandbox.fail_next(drop="before")
    exception = unknown_outcome(lambda: api.rent_number(RentNumberRequest(first.number_id, 7)))
    api.rent_number(RentNumberRequest(second.number_id, 7))
    assert find_outcome(api, exception, grace=0) == NotProcessed()


def test_a_rental_with_an_unchanged_period_was_not_renewed_for_another_period(
    sandbox: Sandbox, api: NumbersApi
) -> None:
    rent_id = rent(api, 30).rent_id
    sandbox.fail_next(drop="before")
    exception = unknown_outcome(lambda: api.renew_rent(rent_id, RenewRentRequest(rent_period=7)))
    assert find_outcome(api, exception, grace=0) == NotProcessed()


def test_a_rental_that_is_no_longer_active_was_cancelled(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], sandbox: Sandbox, api: NumbersApi
) -> None:
    status = api.get_rent_status(rent(api).rent_id)
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.cancel_rent(status.info.rent_id))
    status.info.active_rent = False
    keeping = connect(serve(lambda _: dated(status.to_json().encode())))
    assert find_outcome(keeping, exception, grace=0) == Processed(None)


def test_an_older_rental_of_the_number_does_not_match(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = first_offer(api)
    rent(api)
    sandbox.advance(days=8)
    sandbox.fail_next(drop="before")
    exception = unknown_outcome(lambda: api.rent_number(RentNumberRequest(offer.number_id, 7)))
    assert find_outcome(api, exception, grace=0) == NotProcessed()


def test_not_processed_is_reported_only_after_the_grace_period(
    sandbox: Sandbox, api: NumbersApi, fast_clock: FastClock
) -> None:
    request = RentNumberRequest(first_offer(api).number_id, 7)
    sandbox.fail_next(drop="before", operation="rent_number")
    exception = unknown_outcome(lambda: api.rent_number(request))
    fast_clock.after(25, lambda: api.rent_number(request))
    assert isinstance(find_outcome(api, exception, grace=30), Processed)


def test_the_grace_period_counts_from_now_if_another_process_made_the_call(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], fast_clock: FastClock
) -> None:
    empty = connect(serve(lambda _: dated({"data": []})))
    assert find_outcome(empty, lost(**RENT), grace=200) == NotProcessed()
    assert fast_clock.waited >= 200


def test_the_grace_period_counts_from_when_this_process_stopped_waiting_for_the_response(
    sandbox: Sandbox, api: NumbersApi, fast_clock: FastClock
) -> None:
    offer = first_offer(api)
    sandbox.fail_next(drop="before", operation="rent_number")
    with pytest.raises(ApiException) as caught:
        api.rent_number(RentNumberRequest(offer.number_id, 7))
    fast_clock.wait(200)
    assert find_outcome(api, caught.value, grace=200) == NotProcessed()
    assert fast_clock.waited < 210


def test_the_grace_period_of_a_pickled_exception_counts_from_now(
    sandbox: Sandbox, api: NumbersApi, fast_clock: FastClock
) -> None:
    """The clock of the computer that made the call may be ahead by weeks."""
    offer = first_offer(api)
    sandbox.fail_next(drop="before", operation="rent_number")
    exception = unknown_outcome(lambda: api.rent_number(RentNumberRequest(offer.number_id, 7)))
    fast_clock.wait(10_000)
    assert find_outcome(api, exception, grace=120) == NotProcessed()
    assert fast_clock.waited >= 10_120


def test_not_processed_needs_two_reads_a_second_apart(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], fast_clock: FastClock
) -> None:
    reads: list[float] = []

    def answer(request: Request) -> Reply:
        if "inbound_sms_sender=true" in request.query:
            reads.append(fast_clock.elapsed())
        return dated({"data": [RENTAL]})

    assert find_outcome(connect(serve(answer)), lost(**RENT), grace=0) == NotProcessed()
    assert len(reads) >= 2
    assert reads[-1] - reads[0] >= 1


def test_a_rental_that_only_a_later_read_shows_is_found(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    lists = chain(repeat([RENTAL], 2), repeat([RENTAL, wanted_rental()]))
    api = connect(serve(lambda _: dated({"data": next(lists)})))
    assert isinstance(find_outcome(api, lost(**RENT), grace=0), Processed)


def test_a_read_that_lost_a_rental_does_not_agree_with_the_one_before(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], fast_clock: FastClock
) -> None:
    another = {**RENTAL, "rentId": "r-2"}
    lists = chain(repeat([RENTAL, another], 2), repeat([RENTAL], 2), repeat([RENTAL, wanted_rental()]))

    def answer(_: Request) -> Reply:
        fast_clock.wait(1)
        return dated({"data": next(lists)})

    assert isinstance(find_outcome(connect(serve(answer)), lost(**RENT), grace=0), Processed)


def test_an_old_rental_may_have_ended_so_its_absence_proves_nothing(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    exception = lost(**RENT)
    exception.started_at = exception.failed_at = datetime.now(timezone.utc) - timedelta(days=7)
    outcome = find_outcome(connect(serve(lambda _: dated({"data": []}))), exception, grace=0)
    assert isinstance(outcome, Undetermined)
    assert "ended" in outcome.reason


# ---- bulk lookups are recognized by their numbers


def test_of_bulk_lookups_of_the_same_size_and_time_the_one_with_the_numbers_is_found(
    sandbox: Sandbox, api: NumbersApi
) -> None:
    for first in (10, 20):
        api.lookup_numbers(NumbersLookupRequest(numbers(3, first)))
    exception = lost_lookup(sandbox, api, numbers(3))
    expected = sandbox.ledger[-1].id
    api.lookup_numbers(NumbersLookupRequest(numbers(3, 30)))
    sandbox.finish_lookups()
    outcome = find_outcome(api, exception, phone_numbers=numbers(3), grace=0)
    assert isinstance(outcome, Processed)
    assert isinstance(outcome.found, DataLookupCampaigns)
    assert outcome.found.id == expected


def test_the_numbers_may_be_written_in_the_national_format_of_a_country(sandbox: Sandbox, api: NumbersApi) -> None:
    national = ["06 12 24 64 50", "0612246451", "none", "+33612246452"]
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.lookup_numbers(NumbersLookupRequest(national, country_iso="FR")))
    sandbox.finish_lookups()
    assert isinstance(find_outcome(api, exception, phone_numbers=national, country_iso="FR", grace=0), Processed)


def test_a_bulk_lookup_with_results_of_some_numbers_is_undetermined(sandbox: Sandbox, api: NumbersApi) -> None:
    """The others may have no coverage, or the bulk lookup may be another one."""
    looked_up = [*numbers(2), "+33600000008"]
    exception = lost_lookup(sandbox, api, looked_up)
    outcome = find_outcome(api, exception, phone_numbers=looked_up, grace=0)
    assert isinstance(outcome, Undetermined)
    assert sandbox.ledger[-1].id in outcome.reason


def test_a_bulk_lookup_was_not_processed_if_all_others_have_other_numbers(sandbox: Sandbox, api: NumbersApi) -> None:
    for size, first in ((1, 50), (3, 10), (9, 0)):
        api.lookup_numbers(NumbersLookupRequest(numbers(size, first)))
    exception = lost_lookup(sandbox, api, numbers(3), "before")
    assert find_outcome(api, exception, phone_numbers=numbers(3), grace=0) == NotProcessed()


def test_a_bulk_lookup_without_its_numbers_is_undetermined_without_a_request(sandbox: Sandbox, api: NumbersApi) -> None:
    exception = lost_lookup(sandbox, api, numbers(3), "before")
    sent = len(sandbox.requests)
    outcome = find_outcome(api, exception, grace=0)
    assert isinstance(outcome, Undetermined)
    assert "pass them as phone_numbers" in outcome.reason
    assert len(sandbox.requests) == sent


def test_a_bulk_lookup_that_has_no_results_yet_is_awaited(
    sandbox: Sandbox, api: NumbersApi, fast_clock: FastClock
) -> None:
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.lookup_numbers(NumbersLookupRequest(numbers(3))))
    fast_clock.after(100, sandbox.finish_lookups)
    assert isinstance(find_outcome(api, exception, phone_numbers=numbers(3), grace=0), Processed)
    assert fast_clock.waited >= 100


def test_a_bulk_lookup_that_never_has_its_results_is_undetermined(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.freeze_time()
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.lookup_numbers(NumbersLookupRequest(numbers(3))))
    outcome = find_outcome(api, exception, phone_numbers=numbers(3), grace=0, timeout=60)
    assert isinstance(outcome, Undetermined)
    assert "try again later" in outcome.reason


def test_a_bulk_lookup_that_was_processed_within_the_grace_period_is_found(
    sandbox: Sandbox, api: NumbersApi, fast_clock: FastClock
) -> None:
    exception = lost_lookup(sandbox, api, numbers(3), "before")

    def process() -> None:
        api.lookup_numbers(NumbersLookupRequest(numbers(3)))
        sandbox.finish_lookups()

    fast_clock.after(25, process)
    assert isinstance(find_outcome(api, exception, phone_numbers=numbers(3), grace=30), Processed)


def test_of_two_bulk_lookups_of_the_same_numbers_each_is_found_once(sandbox: Sandbox, api: NumbersApi) -> None:
    exception = lost_lookup(sandbox, api, numbers(3))
    lost_lookup(sandbox, api, numbers(3))
    found: list[str] = []
    for _ in range(2):
        outcome = find_outcome(api, exception, phone_numbers=numbers(3), grace=0, exclude_ids=found)
        assert isinstance(outcome, Processed)
        assert isinstance(outcome.found, DataLookupCampaigns)
        found.append(outcome.found.id)
    assert len(set(found)) == 2
    assert find_outcome(api, exception, phone_numbers=numbers(3), grace=0, exclude_ids=found) == NotProcessed()


def test_a_much_later_bulk_lookup_does_not_match(sandbox: Sandbox, api: NumbersApi) -> None:
    exception = lost_lookup(sandbox, api, numbers(3), "before")
    assert exception.started_at is not None
    assert exception.failed_at is not None
    exception.started_at -= timedelta(hours=5)
    exception.failed_at -= timedelta(hours=5)
    api.lookup_numbers(NumbersLookupRequest(numbers(3)))
    sandbox.finish_lookups()
    assert find_outcome(api, exception, phone_numbers=numbers(3)) == NotProcessed()


def test_an_older_bulk_lookup_of_the_numbers_does_not_match(sandbox: Sandbox, api: NumbersApi) -> None:
    api.lookup_numbers(NumbersLookupRequest(numbers(3)))
    sandbox.advance(minutes=10)
    exception = lost_lookup(sandbox, api, numbers(3), "before")
    assert find_outcome(api, exception, phone_numbers=numbers(3), grace=0) == NotProcessed()


def test_a_bulk_lookup_with_results_on_several_pages_is_found(sandbox: Sandbox, api: NumbersApi) -> None:
    exception = lost_lookup(sandbox, api, numbers(1200))
    assert isinstance(find_outcome(api, exception, phone_numbers=numbers(1200), grace=0), Processed)


def test_two_matching_rentals_are_undetermined(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], sandbox: Sandbox, api: NumbersApi
) -> None:
    offer = first_offer(api)
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.rent_number(RentNumberRequest(offer.number_id, 7)))
    (rental,) = api.get_rented_numbers().data
    other = {**rental._object(), "rentId": "11111111-2222-4333-8444-555555555555"}
    two = RentedNumbersResponse.from_dict({"data": [rental._object(), other]})
    outcome = find_outcome(connect(serve(lambda _: dated(two.to_json().encode()))), exception, grace=0)
    assert isinstance(outcome, Undetermined)
    assert rental.rent_id in outcome.reason


def test_a_rental_that_expired_was_not_cancelled(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rent(api).rent_id
    sandbox.advance(days=8)
    sandbox.fail_next(drop="before")
    exception = unknown_outcome(lambda: api.cancel_rent(rent_id))
    assert api.get_rent_status(rent_id).info.active_rent is False
    assert find_outcome(api, exception, grace=0) == NotProcessed()


def test_the_renewal_of_a_rental_that_renews_itself_is_undetermined(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = first_offer(api)
    rental = api.rent_number(RentNumberRequest(offer.number_id, 7, auto_renew=True)).info
    sandbox.advance(days=8)
    sandbox.fail_next(drop="before")
    exception = unknown_outcome(lambda: api.renew_rent(rental.rent_id, RenewRentRequest(rent_period=7)))
    assert isinstance(find_outcome(api, exception, grace=0, previous_rent_end=rental.rent_end), Undetermined)


def test_a_single_lookup_is_undetermined(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.lookup_number("+33612246450"))
    assert isinstance(find_outcome(api, exception), Undetermined)


def test_outcomes_with_api_version_2022_10() -> None:
    with Sandbox(api_version="2022-10") as sandbox, ApiClient(sandbox.configuration(retries=0)) as client:
        api = NumbersApi(client)
        first, second, *_ = api.get_available_numbers("FR").data
        sandbox.fail_next(drop="before")
        exception = unknown_outcome(lambda: api.rent_number(RentNumberRequest(first.number_id, 7)))
        assert find_outcome(api, exception, grace=0) == NotProcessed()
        rent_id = api.rent_number(RentNumberRequest(second.number_id, 7)).info.rent_id
        outcome = find_outcome(api, exception, grace=0)
        assert isinstance(outcome, Undetermined)
        assert rent_id in outcome.reason
        assert find_outcome(api, exception, grace=0, exclude_ids=[rent_id]) == NotProcessed()
        sandbox.fail_next(drop="after")
        exception = unknown_outcome(lambda: api.lookup_numbers(NumbersLookupRequest(["+33612246450"])))
        assert isinstance(find_outcome(api, exception, grace=0), Undetermined)


def test_a_rejected_call_was_not_processed(sandbox: Sandbox, api: NumbersApi) -> None:
    with pytest.raises(InvalidRequestException) as caught:
        api.rent_number(RentNumberRequest("no id", 7))
    before = len(sandbox.requests)
    assert find_outcome(api, caught.value) == NotProcessed()
    assert len(sandbox.requests) == before


def test_find_outcome_makes_only_free_calls_and_may_be_called_again(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = first_offer(api)
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.rent_number(RentNumberRequest(offer.number_id, 7)))
    before = len(sandbox.requests)
    sandbox.fail_next(status=503)
    with pytest.raises(ApiException):
        find_outcome(api, exception, grace=0)
    assert isinstance(find_outcome(api, exception, grace=0), Processed)
    assert {request.operation for request in sandbox.requests[before:]} <= FREE


def test_the_exception_identifies_the_call_without_phone_numbers_or_credentials(
    sandbox: Sandbox, api: NumbersApi
) -> None:
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.lookup_numbers(NumbersLookupRequest(["+33612246450", "+33612246451"])))
    assert exception.identifying_arguments == {"phone_numbers": 2}
    assert exception.started_at is not None
    assert exception.started_at.utcoffset() == timedelta(0)
    assert b"336122" not in pickle.dumps(exception)
    assert sandbox.api_key.encode() not in pickle.dumps(exception)


def test_an_exception_that_is_not_an_api_exception_raises(api: NumbersApi) -> None:
    with pytest.raises(ApiTypeError, match="exception must be the ApiException of a call, not ValueError"):
        find_outcome(api, ValueError("no"))  # type: ignore[arg-type]


# ---- only complete, well-formed responses of the service are proof

RENTAL: dict[str, Any] = {
    "rentId": "r-1",
    "numberId": "n-1",
    "rentPeriod": 7,
    "autoRenew": False,
    "activeRent": True,
    "rentStart": "2026-01-01 00:00:00",
    "rentEnd": "2026-01-08 00:00:00",
}
RENTAL_END = datetime(2026, 1, 8, tzinfo=timezone.utc)
BULK_LOOKUP: dict[str, Any] = {"id": "b-1", "totalPhoneNumbers": 3, "datetimeAdded": "2026-01-01 00:00:00"}
RECENT = {**BULK_LOOKUP, "totalPhoneNumbers": 9, "datetimeAdded": "2999-01-01 00:00:00"}
"""A bulk lookup that is too recent, so that the list must be read further, and that has too many numbers."""
ODD_ITEMS: list[Any] = [None, 1, "x", {}, []]
ODD_DATES: list[Any] = [None, "", "soon", 5, "0000-00-00 00:00:00", "9" * 10_000]
ODD_IDS: list[Any] = [None, "", 5]


def lost(operation: str, **arguments: object) -> ApiException:
    exception = ApiException(operation=operation, outcome_unknown=True, paid=True)
    exception.started_at = exception.failed_at = datetime.now(timezone.utc) - timedelta(hours=1)
    exception.identifying_arguments = arguments
    return exception


def dated(body: Any) -> Reply:
    return Reply(200, body, {"Date": formatdate(usegmt=True)})


def validating(handler: Handler) -> Handler:
    """Validate numbers as the service does, and answer every other request with a handler."""

    def answer(request: Request) -> Reply:
        if not request.path.endswith("/validate"):
            return handler(request)
        return dated({"data": [{"phoneNumber": one, "invalid": False} for one in request.json()["phoneNumbers"]]})

    return answer


def an_hour_ago() -> str:
    """Return when the calls of :func:`lost` were made, as the service writes it."""
    return f"{datetime.now(timezone.utc) - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"


def wanted_rental() -> dict[str, Any]:
    """Return the rental that ``RENT`` makes."""
    return {**RENTAL, "rentId": "r-9", "numberId": "n-2", "rentStart": an_hour_ago()}


RENT = {"operation": "rent_number", "number_id": "n-2", "rent_period": 7}
BULK = {"operation": "lookup_numbers", "phone_numbers": 5}
FIVE = numbers(5)
RENEWAL = {"operation": "renew_rent", "rent_id": "r-1", "rent_period": 7}
CANCELLATION = {"operation": "cancel_rent", "rent_id": "r-1"}
WHOLE: list[Any] = [{}, {"data": None}, {"data": {}}, {"data": "x"}, {"info": None}, {"info": []}, {"info": "x"}]
CASES = [
    *(
        pytest.param(call, body, id=f"{call['operation']} {body}"[:60])
        for call in (RENT, BULK, RENEWAL, CANCELLATION)
        for body in WHOLE
    ),
    *(pytest.param(RENT, {"data": [RENTAL, item]}, id=f"rental {item!r}") for item in ODD_ITEMS),
    *(pytest.param(RENT, {"data": [{**RENTAL, "rentStart": date}]}, id=f"start {date!r}"[:40]) for date in ODD_DATES),
    *(pytest.param(RENT, {"data": [{**RENTAL, "rentId": one}]}, id=f"rent id {one!r}") for one in ODD_IDS),
    *(pytest.param(BULK, {"data": [BULK_LOOKUP, item]}, id=f"bulk {item!r}") for item in ODD_ITEMS),
    *(
        pytest.param(BULK, {"data": [RECENT], "paging": paging}, id=f"paging {paging!r}")
        for paging in (1, "x", [], {"next": 5}, {"next": {}})
    ),
    *(
        pytest.param(BULK, {"data": [{**BULK_LOOKUP, "datetimeAdded": date}]}, id=f"added {date!r}"[:40])
        for date in ODD_DATES
    ),
    *(pytest.param(BULK, {"data": [{**BULK_LOOKUP, "id": one}]}, id=f"bulk id {one!r}") for one in ODD_IDS),
    *(
        pytest.param(call, {"info": {**RENTAL, "rentEnd": date}}, id=f"{call['operation']} end {date!r}"[:40])
        for call in (RENEWAL, CANCELLATION)
        for date in ODD_DATES
    ),
    *(
        pytest.param(RENEWAL, {"info": {**RENTAL, "autoRenew": odd}}, id=f"auto-renew {odd!r}")
        for odd in (None, 1, "no")
    ),
    *(
        pytest.param(CANCELLATION, {"info": {**RENTAL, "activeRent": odd}}, id=f"active {odd!r}")
        for odd in (None, 0, "")
    ),
    *(
        pytest.param(call, {"info": {**RENTAL, "rentId": "another"}}, id=f"{call['operation']} another")
        for call in (RENEWAL, CANCELLATION)
    ),
]


@pytest.mark.parametrize(("call", "body"), CASES)
def test_a_malformed_response_proves_nothing(
    call: dict[str, Any], body: Any, serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    api = connect(serve(validating(lambda _: dated(body))))
    outcome = find_outcome(api, lost(**call), phone_numbers=FIVE, grace=0)
    assert isinstance(outcome, Undetermined)
    assert outcome.reason


@pytest.mark.parametrize("date", [None, "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"])
@pytest.mark.parametrize("date_end", ["", "9" * 16, "9" * 400], ids=len)
def test_a_response_without_a_readable_date_proves_nothing(
    date: str | None, date_end: str, serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    headers = {} if date is None else {"Date": date.replace("GMT", "-" + date_end) if date_end else date}
    for call, body in ((RENT, {"data": [RENTAL]}), (BULK, {"data": [BULK_LOOKUP]}), (RENEWAL, {"info": RENTAL})):
        api = connect(serve(validating(lambda _, body=body: Reply(200, body, headers))))  # type: ignore[misc]
        outcome = find_outcome(api, lost(**call), phone_numbers=FIVE, grace=0)
        assert isinstance(outcome, Undetermined)


TOO_FEW: Any = [{"phoneNumber": number} for number in FIVE[:4]]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], Undetermined),
        (TOO_FEW, Undetermined),
        ([*TOO_FEW, {"phoneNumber": None}], Undetermined),
        ([*TOO_FEW, {}], Undetermined),
        ([*TOO_FEW, "x"], Undetermined),
        ([*TOO_FEW, TOO_FEW[0]], Undetermined),
        ([*TOO_FEW, {"phoneNumber": "+33700000000"}], NotProcessed),
        ([*TOO_FEW, {"phoneNumber": FIVE[4]}], Processed),
        ([*TOO_FEW, {"phoneNumber": FIVE[4].replace("+33", "33 ")}], Processed),
    ],
    ids=["empty", "too few", "null", "no number", "text", "twice", "another number", "complete", "other format"],
)
def test_only_complete_results_of_exactly_the_numbers_identify_a_bulk_lookup(
    rows: Any, expected: type[Outcome], serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    bulk = {**BULK_LOOKUP, "totalPhoneNumbers": 5, "datetimeAdded": an_hour_ago()}

    def answer(request: Request) -> Reply:
        is_result = request.path.endswith("/b-1")
        return dated({"info": {"totalValid": 5}, "data": rows} if is_result else {"data": [bulk]})

    api = connect(serve(validating(answer)))
    assert type(find_outcome(api, lost(**BULK), phone_numbers=FIVE, grace=0)) is expected


@pytest.mark.parametrize("total", [None, "5", True, -1, 5.5, []], ids=repr)
def test_results_whose_total_is_not_a_count_prove_nothing(
    total: Any, serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    bulk = {**BULK_LOOKUP, "totalPhoneNumbers": 5, "datetimeAdded": an_hour_ago()}
    rows = [{"phoneNumber": number} for number in FIVE]

    def answer(request: Request) -> Reply:
        is_result = request.path.endswith("/b-1")
        return dated({"info": {"totalValid": total}, "data": rows} if is_result else {"data": [bulk]})

    outcome = find_outcome(connect(serve(validating(answer))), lost(**BULK), phone_numbers=FIVE, grace=0)
    assert isinstance(outcome, Undetermined)


def test_pages_that_form_a_loop_prove_nothing(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    recent = {**BULK_LOOKUP, "datetimeAdded": an_hour_ago(), "totalPhoneNumbers": 9}
    server = serve(validating(lambda _: dated({"data": [recent], "paging": {"next": "c"}})))
    outcome = find_outcome(connect(server), lost(**BULK), phone_numbers=FIVE, grace=0)
    assert isinstance(outcome, Undetermined)
    assert "loop" in outcome.reason


def test_the_number_of_free_calls_is_limited(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    def answer(_: Request) -> Reply:
        page = len(server.requests)
        bulk = {**BULK_LOOKUP, "id": f"b-{page}", "datetimeAdded": an_hour_ago(), "totalPhoneNumbers": 9}
        return dated({"data": [bulk], "paging": {"next": f"c-{page}"}})

    server = serve(validating(answer))
    outcome = find_outcome(connect(server), lost(**BULK), phone_numbers=FIVE, grace=0)
    assert isinstance(outcome, Undetermined)
    assert "free calls were not enough" in outcome.reason
    assert len(server.requests) <= 502


@pytest.mark.parametrize(("age", "is_proof"), [("0", True), ("1", False), ("soon", False)])
def test_a_response_that_a_cache_stored_proves_nothing(
    age: str, is_proof: bool, serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    cached: list[str | None] = []

    def answer(request: Request) -> Reply:
        cached.append(request.headers.get("cache-control"))
        body = {"info": RENTAL} if request.path.endswith("r-1") else {"data": []}
        return Reply(200, body, {"Date": formatdate(usegmt=True), "Age": age})

    api = connect(serve(validating(answer)))
    for call in (RENT, BULK, RENEWAL, CANCELLATION):
        options: dict[str, Any] = {"previous_rent_end": RENTAL_END} if call is RENEWAL else {}
        outcome = find_outcome(api, lost(**call), phone_numbers=FIVE, grace=0, **options)
        assert isinstance(outcome, NotProcessed if is_proof else Undetermined), call
    assert set(cached) == {"no-cache"}


@pytest.mark.parametrize("rows", [None, [], [{}] * 5, [{"phoneNumber": "+1", "invalid": None}] * 5], ids=repr)
def test_a_malformed_validation_raises(
    rows: Any, serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    server = serve(lambda _: dated({"data": rows}))
    with pytest.raises(ApiException, match="does not have one result for each of the 5 numbers"):
        find_outcome(connect(server), lost(**BULK), phone_numbers=FIVE, grace=0)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"grace": 1e300}, ApiValueError),
        ({"grace": float("nan")}, ApiValueError),
        ({"grace": -1}, ApiValueError),
        ({"grace": "1"}, ApiTypeError),
        ({"timeout": -1}, ApiValueError),
        ({"timeout": "1"}, ApiTypeError),
        ({"phone_numbers": "+33612246450"}, ApiTypeError),
        ({"phone_numbers": 5}, ApiTypeError),
        ({"exclude_ids": "r-1"}, ApiTypeError),
        ({"exclude_ids": 5}, ApiTypeError),
        ({"previous_rent_end": datetime(2026, 1, 1)}, ApiValueError),
        ({"previous_rent_end": "2026-01-01"}, ApiTypeError),
    ],
)
def test_a_wrong_argument_raises_before_anything_is_sent(
    options: dict[str, Any], error: type[Exception], sandbox: Sandbox, api: NumbersApi
) -> None:
    with pytest.raises(error, match=next(iter(options))):
        find_outcome(api, lost(**RENEWAL), **options)
    assert sandbox.requests == []


@pytest.mark.parametrize("call", [RENEWAL, CANCELLATION], ids=["renewal", "cancellation"])
@pytest.mark.parametrize("body", [{}, {"error": {"code": 1002, "type": "not_found"}}, b"<html>"])
def test_a_404_of_a_proxy_proves_nothing(
    call: dict[str, Any], body: Any, serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    outcome = find_outcome(connect(serve(lambda _: Reply(404, body))), lost(**call), grace=0)
    assert isinstance(outcome, Undetermined)


def test_well_formed_responses_are_proof(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    def prove(call: dict[str, Any], body: Any) -> Outcome:
        api = connect(serve(validating(lambda _: dated(body))))
        return find_outcome(api, lost(**call), phone_numbers=FIVE, grace=0)

    assert prove(RENT, {"data": [RENTAL]}) == NotProcessed()
    assert prove(RENT, {"data": []}) == NotProcessed()
    assert prove(BULK, {"data": [BULK_LOOKUP]}) == NotProcessed()
    assert prove(RENEWAL, {"info": RENTAL}) == NotProcessed()
    assert prove(CANCELLATION, {"info": RENTAL}) == NotProcessed()


def test_a_rental_is_found_if_its_number_was_written_in_upper_case(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = first_offer(api)
    sandbox.fail_next(drop="after")
    exception = unknown_outcome(lambda: api.rent_number(RentNumberRequest(offer.number_id.upper(), 7)))
    assert isinstance(find_outcome(api, exception, grace=0), Processed)


def test_a_request_sent_as_a_plain_dict_is_found(sandbox: Sandbox, api: NumbersApi) -> None:
    offer: Any = {"numberId": first_offer(api).number_id, "rentPeriod": 7}
    looked_up: Any = {"phoneNumbers": ["+33612246450", "+33612246451"]}
    for call in (
        lambda: api.rent_number(offer, _check_input_type=False),
        lambda: api.lookup_numbers(looked_up, _check_input_type=False),
    ):
        sandbox.fail_next(drop="after")
        exception = unknown_outcome(call)
        sandbox.finish_lookups()
        assert isinstance(find_outcome(api, exception, phone_numbers=looked_up["phoneNumbers"], grace=0), Processed)


@pytest.mark.parametrize("operation", ["rent_number", "lookup_numbers", "renew_rent", "cancel_rent"])
def test_a_call_without_identifying_arguments_is_undetermined(operation: str, api: NumbersApi) -> None:
    assert isinstance(find_outcome(api, lost(operation), grace=0), Undetermined)


def test_rentals_that_the_list_hides_by_default_are_found(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    def answer(request: Request) -> Reply:
        return dated({"data": [wanted_rental()] if "inbound_sms_sender=true" in request.query else []})

    assert isinstance(find_outcome(connect(serve(answer)), lost(**RENT), grace=0), Processed)


def test_find_outcome_ends_at_its_timeout(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], fast_clock: FastClock
) -> None:
    outcome = find_outcome(connect(serve(lambda _: dated({"data": []}))), lost(**RENT), grace=60, timeout=20)
    assert isinstance(outcome, Undetermined)
    assert "try again later" in outcome.reason
    assert fast_clock.waited == pytest.approx(20, abs=1)
    started = fast_clock.elapsed()
    with pytest.raises(ApiTimeoutException):
        find_outcome(connect(serve(lambda _: Reply(fault="drip"))), lost(**RENT), grace=60, timeout=0.1)
    assert fast_clock.elapsed() - started < 5


def test_find_outcome_ends_when_your_code_cancels_it(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    cancel = Event()

    def answer(_: Request) -> Reply:
        if len(server.requests) == 4:
            cancel.set()
        return dated({"data": []})

    server = serve(answer)
    with pytest.raises(CallCancelledException):
        find_outcome(connect(server), lost(**RENT), grace=60, timeout=60, cancel=cancel)
    assert len(server.requests) == 4
