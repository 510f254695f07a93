"""find_outcome() tells whether a call with an unknown outcome was processed, with free calls only."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from threading import Event, Thread, Timer
from time import monotonic, sleep, time
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
from smscx_client.outcome import NotProcessed, Outcome, Processed, Undetermined, find_bulk_lookup, find_outcome
from smscx_client.sandbox import Sandbox
from support.scripted_server import Reply, Request, ScriptedServer

FREE = {"get_rented_numbers", "get_rent_status", "get_bulk_lookup_campaigns"}


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


@contextmanager
def after_first_poll(sandbox: Sandbox, slow_call: Callable[[], object]) -> Iterator[None]:
    """Make a call once the outcome has been polled, as a slow service would process it."""
    recorded = len(sandbox.requests)

    def wait_and_call() -> None:
        deadline = monotonic() + 60
        while not any(request.operation in FREE and request.status for request in sandbox.requests[recorded:]):
            assert monotonic() < deadline
            sleep(0.001)
        slow_call()

    thread = Thread(target=wait_and_call)
    thread.start()
    yield
    thread.join()


def numbers(size: int) -> list[str]:
    return [f"+336122{index:05}" for index in range(size)]


def rents_a_number(sandbox: Sandbox, api: NumbersApi, chance: random.Random) -> Callable[[], object]:
    offer = chance.choice(api.get_available_numbers(chance.choice(["FR", "RO", "DE"])).data)
    cost = chance.choice(offer.rent_cost or [])
    return lambda: api.rent_number(RentNumberRequest(offer.number_id, cost.days))


def looks_up_numbers(sandbox: Sandbox, api: NumbersApi, chance: random.Random) -> Callable[[], object]:
    return lambda: api.lookup_numbers(NumbersLookupRequest(numbers(chance.randint(1, 9))))


FAULTS = {"after": True, "body": True, "before": False}


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("attempt", [rents_a_number, looks_up_numbers])
def test_the_outcome_of_a_rental_or_bulk_lookup_is_found(
    attempt: Callable[[Sandbox, NumbersApi, random.Random], Callable[[], object]],
    seed: int,
    sandbox: Sandbox,
    api: NumbersApi,
) -> None:
    chance = random.Random(seed)
    known = []
    for _ in range(chance.randint(0, 3)):
        made = attempt(sandbox, api, chance)()
        known.append(getattr(made.info, "rent_id", None) or made.info.lookup_bulk_id)  # type: ignore[attr-defined]
    call = attempt(sandbox, api, chance)
    charges = len(sandbox.ledger)
    fault = chance.choice(list(FAULTS))
    sandbox.fail_next(drop=fault)  # type: ignore[arg-type]
    exception = unknown_outcome(call)
    assert (len(sandbox.ledger) > charges) == FAULTS[fault]
    credit = sandbox.credit
    outcome = find_outcome(api, exception, grace=0, exclude_ids=known)
    assert sandbox.credit == credit
    if not FAULTS[fault]:
        assert outcome == NotProcessed()
        return
    assert isinstance(outcome, Processed)
    assert outcome.found is not None
    assert outcome.found.get("rent_id") or outcome.found.get("id") == sandbox.ledger[-1].id


@pytest.mark.parametrize("seed", range(40))
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


def test_not_processed_is_reported_only_after_the_grace_period(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = first_offer(api)
    request = RentNumberRequest(offer.number_id, 7)
    sandbox.fail_next(drop="before")
    exception = unknown_outcome(lambda: api.rent_number(request))
    with after_first_poll(sandbox, lambda: api.rent_number(request)):
        assert isinstance(find_outcome(api, exception, grace=30), Processed)


def test_two_matching_bulk_lookups_are_undetermined(sandbox: Sandbox, api: NumbersApi) -> None:
    request = NumbersLookupRequest(numbers(3))
    sandbox.fail_next(2, drop="after")
    first = unknown_outcome(lambda: api.lookup_numbers(request))
    unknown_outcome(lambda: api.lookup_numbers(request))
    outcome = find_outcome(api, first, grace=0)
    assert isinstance(outcome, Undetermined)
    assert all(bulk.id in outcome.reason for bulk in api.get_bulk_lookup_campaigns().data)


def test_a_much_later_bulk_lookup_does_not_match(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.fail_next(drop="before")
    exception = unknown_outcome(lambda: api.lookup_numbers(NumbersLookupRequest(numbers(3))))
    assert exception.started_at is not None
    assert exception.failed_at is not None
    exception.started_at -= timedelta(hours=5)
    exception.failed_at -= timedelta(hours=5)
    api.lookup_numbers(NumbersLookupRequest(numbers(3)))
    assert find_outcome(api, exception) == NotProcessed()


def test_the_grace_period_starts_when_the_client_stops_waiting_for_the_response(
    sandbox: Sandbox, api: NumbersApi
) -> None:
    request = NumbersLookupRequest(numbers(3))
    sandbox.fail_next(drop="before")
    exception = unknown_outcome(lambda: api.lookup_numbers(request))
    assert exception.started_at is not None
    exception.started_at -= timedelta(seconds=60)  # as if the call had waited for the rate-limit window
    with after_first_poll(sandbox, lambda: api.lookup_numbers(request)):
        assert isinstance(find_outcome(api, exception, grace=30), Processed)


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


def test_a_bulk_lookup_is_found_without_an_exception(sandbox: Sandbox, api: NumbersApi) -> None:
    began = datetime.now(timezone.utc)
    made = api.lookup_numbers(NumbersLookupRequest(numbers(4))).info
    outcome = find_bulk_lookup(api, 4, began, grace=0)
    assert isinstance(outcome, Processed)
    assert isinstance(outcome.found, DataLookupCampaigns)
    assert outcome.found.id == made.lookup_bulk_id
    assert find_bulk_lookup(api, 4, began, grace=0, exclude_ids=[made.lookup_bulk_id]) == NotProcessed()
    assert find_bulk_lookup(api, 3, began, grace=0) == NotProcessed()
    sandbox.advance(minutes=5)
    assert find_bulk_lookup(api, 4, began, grace=0) == NotProcessed()


def test_an_exception_that_is_not_an_api_exception_raises(api: NumbersApi) -> None:
    with pytest.raises(ApiTypeError, match="exception must be the ApiException of a call, not ValueError"):
        find_outcome(api, ValueError("no"))  # type: ignore[arg-type]


# ---- only well-formed responses are proof

RENTAL = {
    "rentId": "r-1",
    "numberId": "n-1",
    "rentPeriod": 7,
    "autoRenew": False,
    "activeRent": True,
    "rentStart": "2026-01-01 00:00:00",
    "rentEnd": "2026-01-08 00:00:00",
}
BULK_LOOKUP = {"id": "b-1", "totalPhoneNumbers": 3, "datetimeAdded": "2026-01-01 00:00:00"}
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


RENT = {"operation": "rent_number", "number_id": "n-2", "rent_period": 7}
BULK = {"operation": "lookup_numbers", "phone_numbers": 5}
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
        pytest.param(BULK, {"data": [BULK_LOOKUP], "paging": paging}, id=f"paging {paging!r}")
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
    outcome = find_outcome(connect(serve(lambda _: dated(body))), lost(**call), grace=0)
    assert isinstance(outcome, Undetermined)
    assert outcome.reason


@pytest.mark.parametrize("date", [None, "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"])
@pytest.mark.parametrize("date_end", ["", "9" * 16, "9" * 400], ids=len)
def test_a_response_without_a_readable_date_proves_nothing(
    date: str | None, date_end: str, serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    headers = {} if date is None else {"Date": date.replace("GMT", "-" + date_end) if date_end else date}
    for call, body in ((RENT, {"data": [RENTAL]}), (BULK, {"data": [BULK_LOOKUP]}), (RENEWAL, {"info": RENTAL})):
        outcome = find_outcome(connect(serve(lambda _, body=body: Reply(200, body, headers))), lost(**call), grace=0)
        assert isinstance(outcome, Undetermined)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"grace": 1e300}, ApiValueError),
        ({"grace": float("nan")}, ApiValueError),
        ({"grace": -1}, ApiValueError),
        ({"grace": "1"}, ApiTypeError),
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
    if "previous_rent_end" not in options:
        with pytest.raises(error, match=next(iter(options))):
            find_bulk_lookup(api, 1, datetime.now(timezone.utc), **options)
    for sent_at in (datetime(2026, 1, 1), "2026-01-01", None):
        with pytest.raises((ApiTypeError, ApiValueError), match="sent_at"):
            find_bulk_lookup(api, 1, sent_at)  # type: ignore[arg-type]
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
        return find_outcome(connect(serve(lambda _: dated(body))), lost(**call), grace=0)

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
    numbers: Any = {"phoneNumbers": ["+33612246450", "+33612246451"]}
    for call in (
        lambda: api.rent_number(offer, _check_input_type=False),
        lambda: api.lookup_numbers(numbers, _check_input_type=False),
    ):
        sandbox.fail_next(drop="after")
        assert isinstance(find_outcome(api, unknown_outcome(call), grace=0), Processed)


@pytest.mark.parametrize("operation", ["rent_number", "lookup_numbers", "renew_rent", "cancel_rent"])
def test_a_call_without_identifying_arguments_is_undetermined(operation: str, api: NumbersApi) -> None:
    assert isinstance(find_outcome(api, lost(operation), grace=0), Undetermined)


def test_rentals_that_the_list_hides_by_default_are_found(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    now = datetime.now(timezone.utc) - timedelta(hours=1)
    hidden = {**RENTAL, "numberId": "n-2", "rentStart": f"{now:%Y-%m-%d %H:%M:%S}"}

    def answer(request: Request) -> Reply:
        return dated({"data": [hidden] if "inbound_sms_sender=true" in request.query else []})

    assert isinstance(find_outcome(connect(serve(answer)), lost(**RENT), grace=0), Processed)


def test_find_outcome_ends_at_its_timeout_and_when_cancelled(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    exception = lost(**RENT)
    exception.failed_at = datetime.now(timezone.utc)
    empty = connect(serve(lambda _: dated({"data": []})))
    started = monotonic()
    outcome = find_outcome(empty, exception, grace=60, timeout=0.5)
    assert isinstance(outcome, Undetermined)
    assert "try again later" in outcome.reason
    with pytest.raises(ApiTimeoutException):
        find_outcome(connect(serve(lambda _: Reply(fault="drip"))), exception, grace=60, timeout=0.5)
    cancel = Event()
    Timer(0.3, cancel.set).start()
    with pytest.raises(CallCancelledException):
        find_outcome(empty, exception, grace=60, timeout=60, cancel=cancel)
    assert monotonic() - started < 5
