"""What became of a call in doubt is told right, by free calls, from the exception alone."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from threading import Timer
from time import sleep, time

import pytest

from scripted_server import Reply, ScriptedServer
from smscx_client import ApiClient, ApiException, ApiTypeError, InvalidRequestException
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import (
    DataLookupCampaigns,
    NumbersLookupRequest,
    RenewRentRequest,
    RentedNumbersResponse,
    RentNumberRequest,
)
from smscx_client.outcome import CannotBeTold, CarriedOut, NotCarriedOut, find_bulk_lookup, find_outcome
from smscx_client.sandbox import Sandbox

FREE = {"get_rented_numbers", "get_rent_status", "get_bulk_lookup_campaigns"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(credit=10_000) as running:
        yield running


def in_doubt(call: Callable[[], object]) -> ApiException:
    with pytest.raises(ApiException) as caught:
        call()
    assert caught.value.outcome_unknown
    exception = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(exception, ApiException)
    return exception


def numbers(size: int) -> list[str]:
    return [f"+336122{index:05}" for index in range(size)]


def rents(sandbox: Sandbox, api: NumbersApi, chance: random.Random) -> Callable[[], object]:
    offer = chance.choice(api.get_available_numbers(chance.choice(["FR", "RO", "DE"])).data)
    cost = chance.choice(offer.rent_cost or [])
    return lambda: api.rent_number(RentNumberRequest(offer.number_id, cost.days))


def looks_up(sandbox: Sandbox, api: NumbersApi, chance: random.Random) -> Callable[[], object]:
    return lambda: api.lookup_numbers(NumbersLookupRequest(numbers(chance.randint(1, 9))))


FAULTS = {"after": True, "body": True, "before": False}


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("attempt", [rents, looks_up])
def test_a_rent_or_bulk_lookup_in_doubt_is_told_right(
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
    booked = len(sandbox.ledger)
    fault = chance.choice(list(FAULTS))
    sandbox.fail_next(drop=fault)  # type: ignore[arg-type]
    exception = in_doubt(call)
    assert (len(sandbox.ledger) > booked) == FAULTS[fault]
    credit = sandbox.credit
    outcome = find_outcome(api, exception, grace=0, known=known)
    assert sandbox.credit == credit
    if not FAULTS[fault]:
        assert outcome == NotCarriedOut()
        return
    assert isinstance(outcome, CarriedOut)
    assert outcome.found is not None
    assert outcome.found.get("rent_id") or outcome.found.get("id") == sandbox.ledger[-1].id


@pytest.mark.parametrize("seed", range(40))
def test_a_renewal_in_doubt_is_told_right(seed: int, sandbox: Sandbox, api: NumbersApi) -> None:
    chance = random.Random(seed)
    offer = api.get_available_numbers("FR").data[0]
    rent = api.rent_number(RentNumberRequest(offer.number_id, chance.choice([7, 30]))).info
    for _ in range(chance.randint(0, 2)):
        rent = api.renew_rent(rent.rent_id, RenewRentRequest(rent_period=chance.choice([7, 30]))).info
    sandbox.advance(hours=chance.randint(0, 100))
    request = RenewRentRequest(rent_period=chance.choice([7, 30])) if seed % 3 else RenewRentRequest()
    booked = len(sandbox.ledger)
    fault = chance.choice(list(FAULTS))
    sandbox.fail_next(drop=fault)  # type: ignore[arg-type]
    exception = in_doubt(lambda: api.renew_rent(rent.rent_id, request))
    happened = len(sandbox.ledger) > booked
    assert happened == FAULTS[fault]
    told = find_outcome(api, exception, grace=0, rent_end=rent.rent_end)
    assert type(told) is (CarriedOut if happened else NotCarriedOut)
    guessed = find_outcome(api, exception, grace=0)
    assert type(guessed) in (CannotBeTold, CarriedOut if happened else NotCarriedOut)


def test_a_renewal_that_left_no_trace_needs_no_earlier_end(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    rent_id = api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id
    sandbox.advance(hours=5)
    sandbox.fail_next(drop="before")
    exception = in_doubt(lambda: api.renew_rent(rent_id, RenewRentRequest(rent_period=7)))
    assert find_outcome(api, exception, grace=0) == NotCarriedOut()
    sandbox.fail_next(drop="after")
    exception = in_doubt(lambda: api.renew_rent(rent_id, RenewRentRequest(rent_period=7)))
    outcome = find_outcome(api, exception, grace=0)
    assert isinstance(outcome, CannotBeTold)
    assert "rent_end" in outcome.reason


@pytest.mark.parametrize("fault", FAULTS)
def test_a_cancellation_in_doubt_is_told_right(fault: str, sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    rent_id = api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id
    sandbox.fail_next(drop=fault)  # type: ignore[arg-type]
    exception = in_doubt(lambda: api.cancel_rent(rent_id))
    expected = CarriedOut(None) if FAULTS[fault] else NotCarriedOut()
    assert find_outcome(api, exception, grace=0) == expected


def test_the_wrong_clock_of_a_machine_does_not_matter(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.advance(days=3)
    first, second, *_ = api.get_available_numbers("FR").data
    api.rent_number(RentNumberRequest(first.number_id, 7))
    sandbox.fail_next(drop="after")
    exception = in_doubt(lambda: api.rent_number(RentNumberRequest(second.number_id, 7)))
    outcome = find_outcome(api, exception, grace=0)
    assert isinstance(outcome, CarriedOut)


def test_times_to_the_second_are_enough(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    sleep((1.4 - time() % 1) % 1)
    sandbox.fail_next(drop="after")
    exception = in_doubt(lambda: api.rent_number(RentNumberRequest(offer.number_id, 7)))
    sleep(1.05 - time() % 1)
    assert isinstance(find_outcome(api, exception, grace=0), CarriedOut)


def test_another_rent_of_that_time_is_not_taken_for_it(sandbox: Sandbox, api: NumbersApi) -> None:
    first, second, *_ = api.get_available_numbers("FR").data
    sandbox.fail_next(drop="before")
    exception = in_doubt(lambda: api.rent_number(RentNumberRequest(first.number_id, 7)))
    api.rent_number(RentNumberRequest(second.number_id, 7))
    assert find_outcome(api, exception, grace=0) == NotCarriedOut()


def test_a_rent_whose_period_has_not_changed_was_not_renewed_for_another(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    rent_id = api.rent_number(RentNumberRequest(offer.number_id, 30)).info.rent_id
    sandbox.fail_next(drop="before")
    exception = in_doubt(lambda: api.renew_rent(rent_id, RenewRentRequest(rent_period=7)))
    assert find_outcome(api, exception, grace=0) == NotCarriedOut()


def test_a_rent_that_stays_but_is_not_active_any_more_was_cancelled(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], sandbox: Sandbox, api: NumbersApi
) -> None:
    offer = api.get_available_numbers("FR").data[0]
    rent = api.get_rent_status(api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id)
    sandbox.fail_next(drop="after")
    exception = in_doubt(lambda: api.cancel_rent(rent.info.rent_id))
    rent.info.active_rent = False
    keeps_it = connect(serve(lambda _: Reply(body=rent.to_json().encode())))
    assert find_outcome(keeps_it, exception, grace=0) == CarriedOut(None)


def test_an_older_rent_of_the_number_is_not_taken_for_it(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    api.rent_number(RentNumberRequest(offer.number_id, 7))
    sandbox.advance(days=8)
    sandbox.fail_next(drop="before")
    exception = in_doubt(lambda: api.rent_number(RentNumberRequest(offer.number_id, 7)))
    assert find_outcome(api, exception, grace=0) == NotCarriedOut()


def test_a_call_is_not_given_up_before_its_time(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    request = RentNumberRequest(offer.number_id, 7)
    sandbox.fail_next(drop="before")
    exception = in_doubt(lambda: api.rent_number(request))
    late = Timer(0.3, api.rent_number, [request])  # stands for a service that was slow to carry it out
    late.start()
    outcome = find_outcome(api, exception, grace=1.5)
    late.join()
    assert isinstance(outcome, CarriedOut)


def test_two_that_fit_are_not_guessed_between(sandbox: Sandbox, api: NumbersApi) -> None:
    request = NumbersLookupRequest(numbers(3))
    sandbox.fail_next(2, drop="after")
    first = in_doubt(lambda: api.lookup_numbers(request))
    in_doubt(lambda: api.lookup_numbers(request))
    outcome = find_outcome(api, first, grace=0)
    assert isinstance(outcome, CannotBeTold)
    assert all(bulk.id in outcome.reason for bulk in api.get_bulk_lookup_campaigns().data)


def test_what_came_long_after_is_not_taken_for_it(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.fail_next(drop="before")
    exception = in_doubt(lambda: api.lookup_numbers(NumbersLookupRequest(numbers(3))))
    assert exception.sent_at is not None
    assert exception.lost_at is not None
    exception.sent_at -= timedelta(hours=5)
    exception.lost_at -= timedelta(hours=5)
    api.lookup_numbers(NumbersLookupRequest(numbers(3)))
    assert find_outcome(api, exception) == NotCarriedOut()


def test_the_service_has_its_time_from_when_the_answer_was_given_up(sandbox: Sandbox, api: NumbersApi) -> None:
    request = NumbersLookupRequest(numbers(3))
    sandbox.fail_next(drop="before")
    exception = in_doubt(lambda: api.lookup_numbers(request))
    assert exception.sent_at is not None
    exception.sent_at -= timedelta(seconds=60)  # as after a wait for the rate limit's window
    late = Timer(0.3, api.lookup_numbers, [request])
    late.start()
    outcome = find_outcome(api, exception, grace=1.5)
    late.join()
    assert isinstance(outcome, CarriedOut)


def test_two_rents_of_the_number_are_not_guessed_between(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], sandbox: Sandbox, api: NumbersApi
) -> None:
    offer = api.get_available_numbers("FR").data[0]
    sandbox.fail_next(drop="after")
    exception = in_doubt(lambda: api.rent_number(RentNumberRequest(offer.number_id, 7)))
    (rent,) = api.get_rented_numbers().data
    two = RentedNumbersResponse.from_dict({"data": [rent._object()] * 2})
    outcome = find_outcome(connect(serve(lambda _: Reply(body=two.to_json().encode()))), exception, grace=0)
    assert isinstance(outcome, CannotBeTold)
    assert rent.rent_id in outcome.reason


def test_a_rent_that_ended_by_itself_was_not_cancelled(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    rent_id = api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id
    sandbox.advance(days=8)
    sandbox.fail_next(drop="before")
    exception = in_doubt(lambda: api.cancel_rent(rent_id))
    assert api.get_rent_status(rent_id).info.active_rent is False
    assert find_outcome(api, exception, grace=0) == NotCarriedOut()


def test_a_rent_that_renews_itself_does_not_tell_of_another_renewal(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    rent = api.rent_number(RentNumberRequest(offer.number_id, 7, auto_renew=True)).info
    sandbox.advance(days=8)
    sandbox.fail_next(drop="before")
    exception = in_doubt(lambda: api.renew_rent(rent.rent_id, RenewRentRequest(rent_period=7)))
    assert isinstance(find_outcome(api, exception, grace=0, rent_end=rent.rent_end), CannotBeTold)


def test_a_single_lookup_cannot_be_told(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.fail_next(drop="after")
    exception = in_doubt(lambda: api.lookup_number("+33612246450"))
    assert isinstance(find_outcome(api, exception), CannotBeTold)


def test_the_older_generation_tells_what_it_can() -> None:
    with Sandbox(generation="2022-10") as sandbox, ApiClient(sandbox.configuration(retries=0)) as client:
        api = NumbersApi(client)
        first, second, *_ = api.get_available_numbers("FR").data
        sandbox.fail_next(drop="before")
        exception = in_doubt(lambda: api.rent_number(RentNumberRequest(first.number_id, 7)))
        assert find_outcome(api, exception, grace=0) == NotCarriedOut()
        rent_id = api.rent_number(RentNumberRequest(second.number_id, 7)).info.rent_id
        outcome = find_outcome(api, exception, grace=0)
        assert isinstance(outcome, CannotBeTold)
        assert rent_id in outcome.reason
        assert find_outcome(api, exception, grace=0, known=[rent_id]) == NotCarriedOut()
        sandbox.fail_next(drop="after")
        exception = in_doubt(lambda: api.lookup_numbers(NumbersLookupRequest(["+33612246450"])))
        assert isinstance(find_outcome(api, exception, grace=0), CannotBeTold)


def test_what_surely_failed_was_not_carried_out(sandbox: Sandbox, api: NumbersApi) -> None:
    with pytest.raises(InvalidRequestException) as caught:
        api.rent_number(RentNumberRequest("no id", 7))
    asked = len(sandbox.requests)
    assert find_outcome(api, caught.value) == NotCarriedOut()
    assert len(sandbox.requests) == asked


def test_finding_out_costs_nothing_and_is_asked_again_after_a_fault(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    sandbox.fail_next(drop="after")
    exception = in_doubt(lambda: api.rent_number(RentNumberRequest(offer.number_id, 7)))
    asked = len(sandbox.requests)
    sandbox.fail_next(status=503)
    with pytest.raises(ApiException):
        find_outcome(api, exception, grace=0)
    assert isinstance(find_outcome(api, exception, grace=0), CarriedOut)
    assert {request.operation for request in sandbox.requests[asked:]} <= FREE


def test_an_exception_in_doubt_holds_what_is_needed_and_no_phone_number(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.fail_next(drop="after")
    exception = in_doubt(lambda: api.lookup_numbers(NumbersLookupRequest(["+33612246450", "+33612246451"])))
    assert exception.arguments == {"phone_numbers": 2}
    assert exception.sent_at is not None
    assert exception.sent_at.utcoffset() == timedelta(0)
    assert b"336122" not in pickle.dumps(exception)
    assert sandbox.api_key.encode() not in pickle.dumps(exception)


def test_a_bulk_lookup_is_found_without_an_exception_too(sandbox: Sandbox, api: NumbersApi) -> None:
    began = datetime.now(timezone.utc)
    made = api.lookup_numbers(NumbersLookupRequest(numbers(4))).info
    outcome = find_bulk_lookup(api, 4, began, grace=0)
    assert isinstance(outcome, CarriedOut)
    assert isinstance(outcome.found, DataLookupCampaigns)
    assert outcome.found.id == made.lookup_bulk_id
    assert find_bulk_lookup(api, 4, began, grace=0, known=[made.lookup_bulk_id]) == NotCarriedOut()
    assert find_bulk_lookup(api, 3, began, grace=0) == NotCarriedOut()
    sandbox.advance(minutes=5)
    assert find_bulk_lookup(api, 4, began, grace=0) == NotCarriedOut()


def test_no_exception_is_asked_about_that_is_none_of_a_call(api: NumbersApi) -> None:
    with pytest.raises(ApiTypeError, match="ApiException"):
        find_outcome(api, ValueError("no"))  # type: ignore[arg-type]
