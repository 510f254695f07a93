"""A call with an idempotency key is charged at most once, and the same key finds its result again."""

from __future__ import annotations

import json
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import smscx_client
from smscx_client import ApiClient, ApiException, ApiTypeError, ApiValueError
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.journal import Intent, Journal, UnknownOutcomeException
from smscx_client.model_utils import Model
from smscx_client.models import NumbersLookupRequest, RenewRentRequest, RentNumberRequest
from smscx_client.outcome import NotProcessed, Processed
from smscx_client.sandbox import Sandbox
from support.backends import ON_POSTGRES, delete_journals, open_journal
from support.fast_clock import FastClock
from support.journals import by_key, charged, french, lose, lose_rental, offer, rentals, sent
from support.scripted_server import Reply, Request, ScriptedServer

pytestmark = pytest.mark.journal

UNCOVERED = "+33600000008"
INVALID = "+10000000000"
"""Strict E.164, but no valid number."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with open_journal(path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _new_database() -> None:
    delete_journals()


@pytest.fixture(autouse=True)
def _sandbox_follows(fast_clock: FastClock, sandbox: Sandbox) -> None:
    fast_clock.followers.append(sandbox)


@pytest.fixture
def keyed(api: NumbersApi, journal: Journal) -> IdempotentNumbersApi:
    return IdempotentNumbersApi(api, journal)


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


class Method(NamedTuple):
    """A method with a key, and how a test calls it."""

    operation: str
    prepare: Callable[[NumbersApi], list[Any]]
    """Returns the arguments of two different calls."""
    call: Callable[[IdempotentNumbersApi, Any, str], Any]
    ledger: str
    """Name of its charges."""


def prepare_rentals(api: NumbersApi) -> list[Any]:
    return [api.rent_number(offer(api)).info.rent_id for _ in range(2)]


METHODS = [
    Method(
        "rent_number",
        lambda api: [offer(api), offer(api, 1)],
        lambda keyed, request, key: keyed.rent_number(request, idempotency_key=key),
        "rent_number",
    ),
    Method(
        "renew_rent",
        prepare_rentals,
        lambda keyed, rent_id, key: keyed.renew_rent(rent_id, RenewRentRequest(rent_period=7), idempotency_key=key),
        "renew_rent",
    ),
    Method(
        "cancel_rent",
        prepare_rentals,
        lambda keyed, rent_id, key: keyed.cancel_rent(rent_id, idempotency_key=key),
        "cancel_rent",
    ),
    Method(
        "lookup_number",
        lambda _: french(2),
        lambda keyed, number, key: keyed.lookup_number(number, idempotency_key=key),
        "lookup_numbers",
    ),
    Method(
        "lookup_numbers",
        lambda _: [NumbersLookupRequest(french(3)), NumbersLookupRequest(french(3, 1))],
        lambda keyed, request, key: keyed.lookup_numbers(request, idempotency_key=key),
        "lookup_numbers",
    ),
]
every_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.operation)


def changes(sandbox: Sandbox, method: Method) -> int:
    """Return how often the sandbox processed a method."""
    return sum(entry.operation == method.ledger for entry in sandbox.ledger)


def paid_operation(method: Method) -> str:
    """Return what a method sends: a single lookup is sent as a bulk lookup of one number."""
    return "lookup_numbers" if method.operation == "lookup_number" else method.operation


def identifiers(response: Model) -> set[object]:
    """Return the IDs in a response."""
    content = response.to_dict()
    parts = [content.get("info") or {}, *(content["data"] if isinstance(content.get("data"), list) else [])]
    parts += [content["data"]] if isinstance(content.get("data"), dict) else []
    names = ("rent_id", "lookup_bulk_id", "lookup_id")
    return {part[name] for part in parts for name in names if part.get(name)}


# ---- the same key


@every_method
def test_the_same_key_returns_the_recorded_response_without_a_request(
    method: Method, api: NumbersApi, sandbox: Sandbox, path: Path
) -> None:
    argument, _ = method.prepare(api)
    with open_journal(path) as journal:
        keyed = IdempotentNumbersApi(api, journal)
        first = method.call(keyed, argument, "k")
        assert not first.http_info.replayed
        before = len(sandbox.requests)
        replays = [method.call(keyed, argument, "k")]
    with open_journal(path, must_exist=True) as journal:  # as a later process
        replays.append(method.call(IdempotentNumbersApi(api, journal), argument, "k"))
    assert len(sandbox.requests) == before
    for replay in replays:
        assert type(replay) is type(first)
        assert replay.to_dict() == first.to_dict()
        assert (replay.http_info.replayed, replay.http_info.recovered, replay.http_info.status) == (True, False, 200)
        assert replay.http_info.request_id in (first.http_info.request_id, None)
    assert changes(sandbox, method) == 1


@every_method
def test_different_keys_are_different_calls(
    method: Method, api: NumbersApi, sandbox: Sandbox, journal: Journal
) -> None:
    keyed = IdempotentNumbersApi(api, journal)
    for number, argument in enumerate(method.prepare(api)):
        method.call(keyed, argument, f"k{number}")
    assert changes(sandbox, method) == 2


@every_method
def test_a_key_of_another_request_raises_before_anything_is_sent(
    method: Method, api: NumbersApi, sandbox: Sandbox, keyed: IdempotentNumbersApi
) -> None:
    argument, other = method.prepare(api)
    method.call(keyed, argument, "k")
    before = len(sandbox.requests)
    with pytest.raises(ApiValueError, match="the idempotency key belongs to another request, intent 1, "):
        method.call(keyed, other, "k")
    for another in METHODS:
        if another.operation not in (method.operation, "rent_number"):
            value = NumbersLookupRequest(french(1)) if another.operation == "lookup_numbers" else french(1, 5)[0]
            with pytest.raises(ApiValueError, match="belongs to another request"):
                another.call(keyed, value, "k")
    assert len(sandbox.requests) == before


@every_method
def test_a_key_of_another_request_raises_while_its_outcome_is_unknown(
    method: Method, api: NumbersApi, sandbox: Sandbox, keyed: IdempotentNumbersApi
) -> None:
    argument, other = method.prepare(api)
    sandbox.fail_next(drop="before", operation=paid_operation(method))
    lose(lambda: method.call(keyed, argument, "k"))
    before = len(sandbox.requests)
    with pytest.raises(ApiValueError, match="belongs to another request"):
        method.call(keyed, other, "k")
    assert len(sandbox.requests) == before


@pytest.mark.parametrize(
    "changed",
    [
        RentNumberRequest("11111111-2222-4333-8444-555555555555", 30),
        RentNumberRequest("11111111-2222-4333-8444-555555555555", 7, auto_renew=True),
        RentNumberRequest("11111111-2222-4333-8444-555555555555", 7, callback_url="https://example.com"),
        RentNumberRequest("11111111-2222-4333-8444-555555555556", 7),
    ],
    ids=["period", "auto-renew", "callback", "number"],
)
def test_every_field_of_a_request_counts(
    changed: RentNumberRequest, keyed: IdempotentNumbersApi, sandbox: Sandbox
) -> None:
    original = RentNumberRequest("11111111-2222-4333-8444-555555555555", 7)
    with pytest.raises(smscx_client.ResourceNotFoundException):
        keyed.rent_number(original, idempotency_key="k")
    with pytest.raises(ApiValueError, match="belongs to another request"):
        keyed.rent_number(changed, idempotency_key="k")
    upper = RentNumberRequest(original.number_id.upper(), 7)
    with pytest.raises(smscx_client.ResourceNotFoundException):
        keyed.rent_number(upper, idempotency_key="k")  # the service ignores the case of IDs
    assert sent(sandbox) == 1


@every_method
def test_two_threads_with_one_key_charge_once_and_get_equal_responses(
    method: Method, api: NumbersApi, sandbox: Sandbox, keyed: IdempotentNumbersApi
) -> None:
    argument, _ = method.prepare(api)
    sandbox.fail_next(delay=0.1, operation=paid_operation(method))
    responses: list[Any] = []
    threads = [threading.Thread(target=lambda: responses.append(method.call(keyed, argument, "k"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [response.to_dict() for response in responses] == [responses[0].to_dict()] * 3
    assert sorted(response.http_info.replayed for response in responses) == [False, True, True]
    assert changes(sandbox, method) == 1


# ---- lost responses


@pytest.mark.parametrize("fault", ["after", "body"])
@pytest.mark.parametrize("later_process", [False, True])
@every_method
def test_a_lost_response_is_recovered_by_the_next_call(
    method: Method, later_process: bool, fault: Any, api: NumbersApi, sandbox: Sandbox, path: Path
) -> None:
    argument, _ = method.prepare(api)
    with open_journal(path) as journal:
        keyed = IdempotentNumbersApi(api, journal)
        sandbox.fail_next(drop=fault, operation=paid_operation(method))
        failure = lose(lambda: method.call(keyed, argument, "k"))
        assert "Make the same call again" in str(failure)
        if not later_process:
            recovered = method.call(keyed, argument, "k")
            replayed = method.call(keyed, argument, "k")
    if later_process:
        with open_journal(path) as journal:
            recovered = method.call(IdempotentNumbersApi(api, journal), argument, "k")
            before = len(sandbox.requests)
            replayed = method.call(IdempotentNumbersApi(api, journal), argument, "k")
            assert len(sandbox.requests) == before
    assert (recovered.http_info.recovered, recovered.http_info.replayed) == (True, False)
    assert sandbox.ledger[-1].id in identifiers(recovered) or method.operation == "lookup_number"
    assert identifiers(replayed) == identifiers(recovered)
    assert changes(sandbox, method) == 1
    with Journal() as other:  # the response has the fields of a response that was not lost
        sandbox.credit = 1000
        if method.operation.startswith("lookup"):
            complete = method.call(IdempotentNumbersApi(api, other), argument, "k")
            assert recovered.to_dict().keys() == complete.to_dict().keys()


@every_method
def test_a_request_that_was_not_processed_is_retried_after_the_settling_time(
    method: Method, api: NumbersApi, sandbox: Sandbox, journal: Journal, fast_clock: FastClock
) -> None:
    keyed = IdempotentNumbersApi(api, journal, grace=200)
    argument, _ = method.prepare(api)
    sandbox.fail_next(drop="before", operation=paid_operation(method))
    lose(lambda: method.call(keyed, argument, "k"))
    assert changes(sandbox, method) == 0
    lost_at = fast_clock.waited
    response = method.call(keyed, argument, "k")
    assert not response.http_info.recovered or method.operation == "lookup_number"
    assert changes(sandbox, method) == 1
    assert by_key(journal)["k"].attempts == 2
    settled = fast_clock.waited - lost_at
    assert settled < 100 if method.operation == "cancel_rent" else settled >= 200


@every_method
def test_the_settling_time_of_a_dead_process_counts_from_when_the_journal_was_opened(
    method: Method, api: NumbersApi, sandbox: Sandbox, path: Path, fast_clock: FastClock
) -> None:
    argument, _ = method.prepare(api)
    with open_journal(path) as journal:
        sandbox.fail_next(drop="before", operation=paid_operation(method))
        lose(lambda: method.call(IdempotentNumbersApi(api, journal), argument, "k"))
    fast_clock.wait(1000)
    with open_journal(path) as journal:
        opened_at = fast_clock.waited
        method.call(IdempotentNumbersApi(api, journal), argument, "k")
    settled = fast_clock.waited - opened_at
    assert settled < 100 if method.operation == "cancel_rent" else settled >= 120
    assert changes(sandbox, method) == 1


def test_a_request_that_the_service_processes_within_the_settling_time_is_found(
    sandbox: Sandbox, api: NumbersApi, journal: Journal, fast_clock: FastClock
) -> None:
    request = offer(api)
    call = lose_rental(sandbox, api, journal, fault="before")
    fast_clock.after(100, lambda: api.rent_number(request))
    assert call().http_info.recovered
    assert rentals(sandbox) == 1


def test_a_call_whose_response_is_late_is_recovered(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi
) -> None:
    request = offer(api)
    sandbox.fail_next(delay=0.4, operation="rent_number")
    with pytest.raises(smscx_client.ApiTimeoutException) as caught:
        keyed.rent_number(request, idempotency_key="k", _total_timeout=0.2)
    assert caught.value.in_journal
    assert keyed.rent_number(request, idempotency_key="k").http_info.recovered
    assert rentals(sandbox) == 1


def test_if_a_free_call_fails_nothing_is_sent_and_nothing_changes(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi, journal: Journal
) -> None:
    request = offer(api)
    sandbox.fail_next(status=503, operation="get_rented_numbers")
    with pytest.raises(smscx_client.ServerErrorException):
        keyed.rent_number(request, idempotency_key="k")
    assert (sent(sandbox), journal.entries()) == (0, [])
    call = lose_rental(sandbox, api, journal)
    before = journal.entries()
    sandbox.fail_next(status=503, operation="get_rented_numbers")
    with pytest.raises(smscx_client.ServerErrorException) as caught:
        call()
    assert caught.value.operation == "get_rented_numbers"
    assert journal.entries() == before
    assert call().http_info.recovered
    assert rentals(sandbox) == 1


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signal that interrupts one thread")
def test_an_interrupted_call_is_recovered(sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi) -> None:
    request, main = offer(api), threading.main_thread().ident or 0

    def interrupt() -> None:
        wait_until(lambda: sent(sandbox))
        signal.pthread_kill(main, signal.SIGINT)

    sandbox.fail_next(delay=30, operation="rent_number")
    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(KeyboardInterrupt):
        keyed.rent_number(request, idempotency_key="k")
    interrupting.join()
    assert keyed.rent_number(request, idempotency_key="k").http_info.recovered
    assert rentals(sandbox) == 1


# ---- two keys for one thing


def test_a_second_key_for_a_number_whose_rental_is_unknown_waits_for_the_first(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi, journal: Journal
) -> None:
    request = offer(api)
    lose_rental(sandbox, api, journal, "first")
    with pytest.raises(smscx_client.AccessDeniedException) as caught:
        keyed.rent_number(request, idempotency_key="second")
    assert caught.value.error_code == 1231
    assert {key: intent.state for key, intent in by_key(journal).items()} == {"first": "done", "second": "refused"}
    assert keyed.rent_number(request, idempotency_key="first").http_info.recovered
    assert rentals(sandbox) == 1


def test_two_renewals_of_one_rental_are_both_charged(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi
) -> None:
    rental = api.rent_number(offer(api)).info
    request = RenewRentRequest(rent_period=7)
    sandbox.fail_next(drop="after", operation="renew_rent")
    lose(lambda: keyed.renew_rent(rental.rent_id, request, idempotency_key="k1"))
    second = keyed.renew_rent(rental.rent_id, request, idempotency_key="k2")
    first = keyed.renew_rent(rental.rent_id, request, idempotency_key="k1")
    assert (first.http_info.recovered, second.http_info.recovered) == (True, False)
    assert second.info.rent_end == rental.rent_end + timedelta(days=14)
    assert sum(entry.operation == "renew_rent" for entry in sandbox.ledger) == 2


def test_two_lookups_of_the_same_numbers_with_lost_responses_get_a_bulk_lookup_each(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi
) -> None:
    request = NumbersLookupRequest(french(3))
    for key in ("k1", "k2"):
        sandbox.fail_next(drop="after", operation="lookup_numbers")
        lose(lambda key=key: keyed.lookup_numbers(request, idempotency_key=key))  # type: ignore[misc]
    found = [keyed.lookup_numbers(request, idempotency_key=key).info.lookup_bulk_id for key in ("k1", "k2")]
    assert sorted(found) == sorted(entry.id for entry in sandbox.ledger)
    assert set(charged(sandbox).values()) == {2}


def test_a_response_takes_its_result_back_from_a_key_that_got_it_by_mistake(
    keyed: IdempotentNumbersApi, api: NumbersApi, sandbox: Sandbox, journal: Journal
) -> None:
    lose_rental(sandbox, api, journal, "mistaken", fault="before")
    request = offer(api, 1)
    sandbox.fail_next(delay=0.3, operation="rent_number")
    renting = threading.Thread(target=keyed.rent_number, args=(request,), kwargs={"idempotency_key": "right"})
    renting.start()
    wait_until(lambda: sandbox.ledger)
    journal.resolve(by_key(journal)["mistaken"], Processed(sandbox.ledger[-1].id))
    renting.join()
    assert by_key(journal)["right"].result_id == sandbox.ledger[-1].id
    assert (by_key(journal)["mistaken"].state, by_key(journal)["mistaken"].result_id) == ("open", None)


# ---- errors that are an outcome, and others


@pytest.mark.parametrize(
    ("method", "code", "exception"),
    [
        (METHODS[0], 1222, smscx_client.InvalidRequestException),
        (METHODS[0], 1229, smscx_client.InvalidRequestException),
        (METHODS[0], 1230, smscx_client.ResourceNotFoundException),
        (METHODS[0], 1231, smscx_client.AccessDeniedException),
        (METHODS[1], 1228, smscx_client.AccessDeniedException),
        (METHODS[2], 1223, smscx_client.ResourceNotFoundException),
        (METHODS[3], 1209, smscx_client.InvalidRequestException),
        (METHODS[4], 1209, smscx_client.InvalidRequestException),
        (METHODS[4], 1216, smscx_client.InvalidRequestException),
        (METHODS[4], 1214, smscx_client.NoCoverageException),
    ],
    ids=lambda value: value if isinstance(value, int) else getattr(value, "operation", ""),
)
def test_a_documented_error_is_raised_again_without_a_request(
    method: Method, code: int, exception: type[ApiException], api: NumbersApi, sandbox: Sandbox, path: Path
) -> None:
    argument, _ = method.prepare(api)
    sandbox.fail_next(error_code=code, operation=paid_operation(method))
    raised: list[ApiException] = []
    requests: list[int] = []
    for _ in range(3):
        with open_journal(path) as journal:
            with pytest.raises(exception) as caught:
                method.call(IdempotentNumbersApi(api, journal), argument, "k")
            raised.append(caught.value)
        requests.append(len(sandbox.requests))
    assert len(set(requests)) == 1
    for one in raised:
        assert type(one) is exception
        assert (one.error_code, one.status, one.operation) == (code, raised[0].status, method.operation)
        assert (one.outcome_unknown, one.paid) == (False, method.operation != "cancel_rent")
        assert one.error_type == raised[0].error_type
    assert changes(sandbox, method) == 0


NO_CREDIT = [(METHODS[index], 1113) for index in (0, 1, 3, 4)] + [(METHODS[index], 1114) for index in (3, 4)]


@pytest.mark.parametrize(
    ("method", "failure"),
    [(method, {"error_code": code}) for method, code in NO_CREDIT] + [(method, {"status": 429}) for method in METHODS],
    ids=lambda value: value.operation if isinstance(value, Method) else str(*value.values()),
)
def test_an_error_that_a_later_call_may_not_have_is_not_final(
    method: Method, failure: dict[str, Any], api: NumbersApi, sandbox: Sandbox, keyed: IdempotentNumbersApi
) -> None:
    argument, _ = method.prepare(api)
    sandbox.fail_next(operation=paid_operation(method), **failure)
    with pytest.raises(ApiException) as caught:
        method.call(keyed, argument, "k")
    assert not caught.value.outcome_unknown
    response = method.call(keyed, argument, "k")
    assert not response.http_info.replayed
    assert changes(sandbox, method) == 1


@every_method
def test_after_a_rejected_credential_the_request_is_retried(
    method: Method, api: NumbersApi, sandbox: Sandbox, keyed: IdempotentNumbersApi
) -> None:
    argument, _ = method.prepare(api)
    sandbox.fail_next(operation=paid_operation(method), status=401)
    with pytest.raises(smscx_client.InvalidCredentialsException):
        method.call(keyed, argument, "k")
    method.call(keyed, argument, "k")
    assert changes(sandbox, method) == 1


def test_a_number_that_an_earlier_attempt_rented_is_found(
    sandbox: Sandbox, api: NumbersApi, journal: Journal, fast_clock: FastClock
) -> None:
    """The service processed the first attempt after the settling time, while the second one waited for its retry."""
    call = lose_rental(sandbox, api, journal, fault="before")
    request = offer(api)
    sandbox.fail_next(status=429, retry_after=5, operation="rent_number")
    late: list[str] = []
    with ApiClient(sandbox.configuration(retries=1)) as client:
        keyed = IdempotentNumbersApi(NumbersApi(client), journal, grace=0)
        fast_clock.after(4, lambda: late.append(api.rent_number(request).info.rent_id))
        found = keyed.rent_number(request, idempotency_key="k")
    assert [found.info.rent_id] == late
    assert found.http_info.recovered
    assert call().info.rent_id == found.info.rent_id
    assert rentals(sandbox) == 1


@pytest.mark.parametrize("code", [1230, 1231])
def test_a_number_that_somebody_else_rented_after_the_first_attempt_is_refused(
    code: int, sandbox: Sandbox, api: NumbersApi, journal: Journal
) -> None:
    call = lose_rental(sandbox, api, journal, fault="before")
    sandbox.fail_next(error_code=code, operation="rent_number")
    for _ in range(2):
        with pytest.raises(ApiException) as caught:
            call()
        assert caught.value.error_code == code
    assert [intent.state for intent in journal.entries()] == ["refused"]
    assert rentals(sandbox) == 0


def test_a_rental_that_an_earlier_attempt_cancelled_is_cancelled(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi
) -> None:
    rent_id = api.rent_number(offer(api)).info.rent_id
    sandbox.fail_next(drop="before", operation="cancel_rent")
    lose(lambda: keyed.cancel_rent(rent_id, idempotency_key="k"))
    sandbox.fail_next(error_code=1223, operation="cancel_rent")
    with pytest.raises(smscx_client.ResourceNotFoundException):
        keyed.cancel_rent(rent_id, idempotency_key="k")  # it is still there, so this attempt was not the reason
    other = api.rent_number(offer(api)).info.rent_id
    sandbox.fail_next(drop="before", operation="cancel_rent")
    lose(lambda: keyed.cancel_rent(other, idempotency_key="k2"))
    api.cancel_rent(other)
    assert keyed.cancel_rent(other, idempotency_key="k2").http_info.recovered


class FakeService:
    """A service with rentals and bulk lookups, that responds to the first paid request with something else."""

    def __init__(self, first: Reply, *, processes_first: bool = False) -> None:
        self.first: Reply | None = first
        self.processes_first = processes_first
        self.made: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Reply:
        headers = {"Date": formatdate(usegmt=True)}
        if request.method == "GET":
            one = [rental for rental in self.made if request.path.endswith(rental["rentId"])]
            return Reply(200, {"info": one[0]} if one else {"data": self.made}, headers)
        first, self.first = self.first, None
        if first is not None and not self.processes_first:
            return first
        rental = {
            **request.json(),
            "rentId": f"r-{len(self.made)}",
            "rentStart": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}",
            "rentEnd": "2999-01-01 00:00:00",
            "rentCost": 1.0,
            "activeRent": True,
        }
        self.made.append(rental)
        return first or Reply(200, {"info": rental}, headers)


RENT = RentNumberRequest("11111111-2222-4333-8444-555555555555", 7)


@pytest.mark.parametrize("processed", [False, True])
@pytest.mark.parametrize("body", [b"<html>", b"", {"error": {"code": 9999, "type": "x"}}], ids=["page", "empty", "new"])
@pytest.mark.parametrize("status", [301, 400, 403, 404, 408, 418, 500, 502, 504, 600])
def test_a_status_of_a_gateway_is_not_an_outcome(
    status: int,
    body: Any,
    processed: bool,
    serve: Callable[..., ScriptedServer],
    connect: Callable[..., NumbersApi],
    journal: Journal,
) -> None:
    service = FakeService(Reply(status, body), processes_first=processed)
    keyed = IdempotentNumbersApi(connect(serve(service)), journal)
    failure = lose(lambda: keyed.rent_number(RENT, idempotency_key="k"))
    assert (failure.status, failure.operation, failure.paid) == (status, "rent_number", True)
    assert len(journal.unresolved()) == 1
    assert keyed.rent_number(RENT, idempotency_key="k").http_info.recovered is processed
    assert len(service.made) == 1


@pytest.mark.parametrize("info", [{}, None, {"rentId": None}, {"rentId": 5}, []], ids=repr)
def test_a_response_without_its_id_is_returned_and_found_again(
    info: Any,
    serve: Callable[..., ScriptedServer],
    connect: Callable[..., NumbersApi],
    journal: Journal,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = FakeService(Reply(200, {"info": info}), processes_first=True)
    keyed = IdempotentNumbersApi(connect(serve(service)), journal)
    response = keyed.rent_number(RENT, idempotency_key="k")
    assert (response.http_info.status, response.http_info.recovered) == (200, False)
    assert "has no rental ID" in caplog.text
    assert len(journal.unresolved()) == 1
    again = keyed.rent_number(RENT, idempotency_key="k")
    assert (again.info.rent_id, again.http_info.recovered) == ("r-0", True)
    assert len(service.made) == 1


def test_a_bulk_lookup_response_without_its_id_has_an_unknown_outcome(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], journal: Journal
) -> None:
    service = FakeService(Reply(200, {"info": {"totalCost": 0.01}}))
    keyed = IdempotentNumbersApi(connect(serve(service)), journal)
    failure = lose(lambda: keyed.lookup_numbers(NumbersLookupRequest(french(3)), idempotency_key="k"))
    assert "has no bulk lookup ID" in str(failure)
    assert json.loads(failure.body) == {"info": {"totalCost": 0.01}}
    assert len(journal.unresolved()) == 1


# ---- what free calls cannot tell


def resolve_undetermined(
    journal: Journal, call: Callable[[], Any], reason: str, outcome: Processed | NotProcessed
) -> Any:
    """Check that a call raises UnknownOutcomeException until its intent is resolved."""
    for _ in range(2):
        with pytest.raises(UnknownOutcomeException, match=reason) as caught:
            call()
    (intent,) = caught.value.intents
    assert journal.unresolved() == [intent]
    assert intent.describe() in str(caught.value)
    rebuilt = UnknownOutcomeException(*json.loads(json.dumps(caught.value.args)))
    for twin in (rebuilt, pickle.loads(pickle.dumps(caught.value))):
        assert (twin.intents, twin.reasons, str(twin)) == ([intent], caught.value.reasons, str(caught.value))
    journal.resolve(rebuilt.intents[0], outcome)
    return call()


def test_a_list_that_no_longer_shows_what_it_showed_proves_nothing(
    sandbox: Sandbox, api: NumbersApi, journal: Journal
) -> None:
    first = api.rent_number(offer(api, 1)).info.rent_id
    call = lose_rental(sandbox, api, journal, fault="before")
    api.cancel_rent(first)
    resolve_undetermined(journal, call, f"no longer shows the rental {first}", NotProcessed())
    assert rentals(sandbox) == 2


def test_a_rental_that_may_have_ended_since_is_undetermined(
    sandbox: Sandbox, api: NumbersApi, journal: Journal
) -> None:
    call = lose_rental(sandbox, api, journal, fault="before")
    sandbox.advance(days=8)
    resolve_undetermined(journal, call, "ended rentals may not be listed", NotProcessed())
    assert rentals(sandbox) == 1


def test_several_rentals_that_match_are_undetermined(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], journal: Journal
) -> None:
    service = FakeService(Reply(502), processes_first=True)
    keyed = IdempotentNumbersApi(connect(serve(service)), journal)
    lose(lambda: keyed.rent_number(RENT, idempotency_key="k"))
    service.made.append({**service.made[0], "rentId": "r-1"})
    found = resolve_undetermined(
        journal,
        lambda: keyed.rent_number(RENT, idempotency_key="k"),
        "may have made one of these rentals: r-0, r-1",
        Processed("r-0"),
    )
    assert found.info.rent_id == "r-0"


def test_a_renewal_of_a_rental_that_renewed_itself_since_is_undetermined(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi, journal: Journal
) -> None:
    request = offer(api)
    rental = api.rent_number(RentNumberRequest(request.number_id, 7, auto_renew=True)).info
    renewal = RenewRentRequest(rent_period=7, auto_renew=True)

    def call() -> Any:
        return keyed.renew_rent(rental.rent_id, renewal, idempotency_key="k")

    sandbox.fail_next(drop="before", operation="renew_rent")
    lose(call)
    sandbox.advance(days=8)
    found = resolve_undetermined(journal, call, "the rental renews itself", Processed(rental.rent_id))
    assert found.info.rent_id == rental.rent_id
    assert sum(entry.reason.startswith("renewal") for entry in sandbox.ledger) == 0


def test_a_lost_renewal_of_a_rental_that_renews_itself_is_found_before_its_old_end(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi
) -> None:
    rental = api.rent_number(RentNumberRequest(offer(api).number_id, 7, auto_renew=True)).info
    renewal = RenewRentRequest(rent_period=30, auto_renew=True)
    sandbox.fail_next(drop="after", operation="renew_rent")
    lose(lambda: keyed.renew_rent(rental.rent_id, renewal, idempotency_key="k"))
    found = keyed.renew_rent(rental.rent_id, renewal, idempotency_key="k")
    assert found.http_info.recovered
    assert found.info.rent_end == rental.rent_end + timedelta(days=30)


def test_a_renewal_for_the_current_period_is_recovered(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi
) -> None:
    rent_id = api.rent_number(offer(api, days=30)).info.rent_id
    sandbox.fail_next(drop="after", operation="renew_rent")
    lose(lambda: keyed.renew_rent(rent_id, RenewRentRequest(), idempotency_key="k"))
    assert keyed.renew_rent(rent_id, RenewRentRequest(), idempotency_key="k").http_info.recovered
    assert sum(entry.operation == "renew_rent" for entry in sandbox.ledger) == 1


def test_a_renewal_that_somebody_else_may_have_made_is_undetermined(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi, journal: Journal
) -> None:
    rental = api.rent_number(offer(api)).info

    def call() -> Any:
        return keyed.renew_rent(rental.rent_id, RenewRentRequest(rent_period=7), idempotency_key="k")

    sandbox.fail_next(drop="before", operation="renew_rent")
    lose(call)
    api.renew_rent(rental.rent_id, RenewRentRequest(rent_period=30))
    resolve_undetermined(journal, call, "before the call, and now ends on", NotProcessed())
    assert sum(entry.operation == "renew_rent" for entry in sandbox.ledger) == 2


def test_a_cancellation_of_a_rental_that_ended_since_is_undetermined(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi, journal: Journal
) -> None:
    rent_id = api.rent_number(offer(api)).info.rent_id

    def call() -> Any:
        return keyed.cancel_rent(rent_id, idempotency_key="k")

    sandbox.fail_next(drop="before", operation="cancel_rent")
    lose(call)
    sandbox.advance(days=8)
    assert resolve_undetermined(journal, call, "the rental has ended since", Processed(None)).info.rent_id == rent_id


def test_a_recovered_cancellation_knows_no_refund(
    sandbox: Sandbox, api: NumbersApi, keyed: IdempotentNumbersApi, journal: Journal
) -> None:
    rent_id = api.rent_number(offer(api)).info.rent_id
    sandbox.fail_next(drop="after", operation="cancel_rent")
    lose(lambda: keyed.cancel_rent(rent_id, idempotency_key="k"))
    cancelled = keyed.cancel_rent(rent_id, idempotency_key="k")
    assert cancelled.to_dict() == {"info": {"rent_id": rent_id}}
    assert by_key(journal)["k"].cost is None


# ---- lookups


def test_a_single_lookup_has_the_result_of_the_single_call(api: NumbersApi, keyed: IdempotentNumbersApi) -> None:
    single = api.lookup_number(french(1)[0]).data.to_dict()
    result = keyed.lookup_number(french(1)[0], idempotency_key="k").data.to_dict()
    own = {"lookup_id", "lookup_bulk_id", "datetime"}
    assert {name: value for name, value in result.items() if name not in own} == {
        name: value for name, value in single.items() if name not in own
    }


@pytest.mark.parametrize("form", ["{}", "+{}", "%2B{}", "%2b{}"])
def test_a_single_number_may_be_written_as_in_the_single_call(form: str, keyed: IdempotentNumbersApi) -> None:
    result = keyed.lookup_number(form.format("33612240001"), idempotency_key="k")
    assert result.data.phone_number == "+33612240001"


@pytest.mark.parametrize(
    ("number", "exception", "code"),
    [
        ("none", smscx_client.InvalidPhoneNumberException, 1207),
        ("12", smscx_client.InvalidPhoneNumberException, 1207),
        (INVALID, smscx_client.InvalidPhoneNumberException, 1207),
        (UNCOVERED, smscx_client.NoCoverageException, 1214),
    ],
)
def test_a_single_lookup_raises_what_the_single_call_raises(
    number: str, exception: type[ApiException], code: int, api: NumbersApi, sandbox: Sandbox, path: Path
) -> None:
    with pytest.raises(exception) as expected:
        api.lookup_number(number)
    for _ in range(3):
        with open_journal(path) as journal:
            with pytest.raises(exception) as caught:
                IdempotentNumbersApi(api, journal).lookup_number(number, idempotency_key="k")
        found, wanted = caught.value, expected.value
        assert type(found) is type(wanted)
        assert (found.status, found.error_code, found.operation) == (wanted.status, code, "lookup_number")
        assert (found.outcome_unknown, found.paid) == (wanted.outcome_unknown, wanted.paid)
    assert sum(request.operation == "lookup_numbers" for request in sandbox.requests) <= 1
    assert charged(sandbox) == {}


def test_a_bulk_lookup_sends_each_distinct_number_once_and_reports_invalid_ones(
    keyed: IdempotentNumbersApi, sandbox: Sandbox
) -> None:
    numbers = ["06 12 24 00 01", "none", "+33612240001", "+33612240002", "0612240002", UNCOVERED, "none"]
    response = keyed.lookup_numbers(NumbersLookupRequest(numbers, country_iso="FR"), idempotency_key="k")
    assert charged(sandbox) == {"+33612240001": 1, "+33612240002": 1}
    assert sorted(item.phone_number for item in response.data) == ["+33612240001", "+33612240002"]
    assert response.info.total_valid == 2
    assert "none" in response.info.invalid


@pytest.mark.parametrize("fault", ["before", "after", "body"])
def test_a_lost_bulk_lookup_with_uncovered_invalid_and_repeated_numbers_is_charged_once(
    fault: Any, keyed: IdempotentNumbersApi, sandbox: Sandbox, journal: Journal
) -> None:
    numbers = ["06 12 24 00 01", "none", "+33612240001", "+33612240002", UNCOVERED, INVALID]
    request = NumbersLookupRequest(numbers, country_iso="FR")
    sandbox.fail_next(drop=fault, operation="lookup_numbers")
    lose(lambda: keyed.lookup_numbers(request, idempotency_key="k"))
    response = keyed.lookup_numbers(request, idempotency_key="k")
    assert sorted(item.phone_number for item in response.data) == ["+33612240001", "+33612240002"]
    assert charged(sandbox) == {"+33612240001": 1, "+33612240002": 1}
    before = sent(sandbox)
    again = keyed.lookup_numbers(request, idempotency_key="k")
    assert again.to_dict() == response.to_dict()
    assert sent(sandbox) == before
    assert journal.unresolved() == []


def test_a_lost_bulk_lookup_is_told_apart_from_others_of_the_same_size_and_time(
    keyed: IdempotentNumbersApi, api: NumbersApi, sandbox: Sandbox
) -> None:
    api.lookup_numbers(NumbersLookupRequest(french(3, 10)))
    sandbox.fail_next(drop="before", operation="lookup_numbers")
    request = NumbersLookupRequest(french(3))
    lose(lambda: keyed.lookup_numbers(request, idempotency_key="k"))
    api.lookup_numbers(NumbersLookupRequest(french(3, 20)))
    assert not keyed.lookup_numbers(request, idempotency_key="k").http_info.recovered
    assert set(charged(sandbox).values()) == {1}


def test_a_list_of_lookups_that_no_longer_shows_what_it_showed_proves_nothing(
    keyed: IdempotentNumbersApi, api: NumbersApi, sandbox: Sandbox, journal: Journal
) -> None:
    first = api.lookup_numbers(NumbersLookupRequest(french(3, 10))).info.lookup_bulk_id
    sandbox.fail_next(drop="after", operation="lookup_numbers")
    request = NumbersLookupRequest(french(3))
    lose(lambda: keyed.lookup_numbers(request, idempotency_key="k"))
    sandbox.reset()  # the service deleted its lookups
    with pytest.raises(UnknownOutcomeException, match=f"the list of bulk lookups no longer shows {first}"):
        keyed.lookup_numbers(request, idempotency_key="k")
    assert sandbox.ledger == []
    assert len(journal.unresolved()) == 1


def test_a_lookup_of_some_of_the_numbers_is_left_to_the_key_that_made_it(
    keyed: IdempotentNumbersApi, sandbox: Sandbox
) -> None:
    larger, smaller = NumbersLookupRequest(french(3)), NumbersLookupRequest(french(2))
    sandbox.fail_next(drop="before", operation="lookup_numbers")
    lose(lambda: keyed.lookup_numbers(larger, idempotency_key="larger"))
    sandbox.fail_next(drop="after", operation="lookup_numbers")
    lose(lambda: keyed.lookup_numbers(smaller, idempotency_key="smaller"))
    assert not keyed.lookup_numbers(larger, idempotency_key="larger").http_info.recovered
    found = keyed.lookup_numbers(smaller, idempotency_key="smaller")
    assert (found.info.lookup_bulk_id, found.http_info.recovered) == (sandbox.ledger[0].id, True)
    assert [entry.amount for entry in sandbox.ledger] == [0.02, 0.03]


def test_a_lookup_of_some_of_the_numbers_is_left_to_the_call_that_is_making_it(
    keyed: IdempotentNumbersApi, sandbox: Sandbox
) -> None:
    request, other = NumbersLookupRequest(french(3)), NumbersLookupRequest([*french(2), UNCOVERED])
    sandbox.fail_next(drop="before", operation="lookup_numbers")
    lose(lambda: keyed.lookup_numbers(request, idempotency_key="k"))
    sandbox.fail_next(delay=0.3, operation="lookup_numbers")
    made: list[Any] = []
    making = threading.Thread(target=lambda: made.append(keyed.lookup_numbers(other, idempotency_key="other")))
    making.start()
    wait_until(lambda: sandbox.ledger)
    assert not keyed.lookup_numbers(request, idempotency_key="k").http_info.recovered
    making.join()
    assert made[0].info.lookup_bulk_id == sandbox.ledger[0].id
    assert [entry.amount for entry in sandbox.ledger] == [0.02, 0.03]


# ---- API version 2022-10


@every_method
def test_with_api_version_2022_10_a_lost_response_is_undetermined_and_everything_else_works(
    method: Method, path: Path, fast_clock: FastClock
) -> None:
    with (
        Sandbox(api_version="2022-10") as sandbox,
        ApiClient(sandbox.configuration(retries=0)) as client,
        open_journal(path) as journal,
    ):
        fast_clock.followers[:] = [sandbox]
        api = NumbersApi(client)
        keyed = IdempotentNumbersApi(api, journal)
        argument, other = method.prepare(api)
        first = method.call(keyed, argument, "k")
        assert method.call(keyed, argument, "k").to_dict() == first.to_dict()
        sandbox.fail_next(drop="after", operation=paid_operation(method))
        lose(lambda: method.call(keyed, other, "k2"))
        if method.operation in ("renew_rent", "cancel_rent"):
            assert method.call(keyed, other, "k2").http_info.recovered
        else:
            found = resolve_undetermined(
                journal,
                lambda: method.call(keyed, other, "k2"),
                "2022-10|one of these rentals",
                Processed(sandbox.ledger[-1].id),
            )
            assert sandbox.ledger[-1].id in identifiers(found) or method.operation == "lookup_number"
        assert changes(sandbox, method) == 2


# ---- arguments


@pytest.mark.parametrize(
    "options",
    [
        {"_request_auths": [{"in": "header", "key": "X-API-KEY", "value": "another"}]},
        {"_headers": {"X-Api-Key": "another"}},
        {"_headers": {"authorization": "Bearer another"}},
        {"_preload_content": False},
        {"_return_http_data_only": False},
        {"async_req": True},
    ],
    ids="-".join,
)
@every_method
def test_options_that_change_who_pays_or_what_returns_are_refused(
    method: Method, options: dict[str, Any], keyed: IdempotentNumbersApi, sandbox: Sandbox
) -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "rent_number": (RENT,),
        "renew_rent": ("id", RenewRentRequest()),
        "cancel_rent": ("id",),
        "lookup_number": (french(1)[0],),
        "lookup_numbers": (NumbersLookupRequest(french(1)),),
    }
    with pytest.raises(ApiTypeError, match="does not accept"):
        getattr(keyed, method.operation)(*arguments[method.operation], idempotency_key="k", **options)
    assert sandbox.requests == []


def test_other_options_apply_to_the_call(keyed: IdempotentNumbersApi, api: NumbersApi, sandbox: Sandbox) -> None:
    keyed.rent_number(offer(api), idempotency_key="k", _headers={"X-Trace": "t"}, _request_timeout=9, _retries=0)
    (request,) = [request for request in sandbox.requests if request.operation == "rent_number"]
    assert request.headers["x-trace"] == "t"


@pytest.mark.parametrize(
    ("key", "error"),
    [("", ApiValueError), ("k" * 256, ApiValueError), (None, ApiValueError), (5, ApiTypeError), (b"k", ApiTypeError)],
    ids=["empty", "long", "None", "int", "bytes"],
)
def test_a_wrong_key_raises_before_anything_is_sent(
    key: Any, error: type[Exception], keyed: IdempotentNumbersApi, sandbox: Sandbox
) -> None:
    with pytest.raises(error, match="idempotency_key"):
        keyed.cancel_rent("id", idempotency_key=key)
    with pytest.raises(TypeError):
        keyed.cancel_rent("id")  # type: ignore[call-arg]
    assert sandbox.requests == []


@pytest.mark.parametrize("key", ["k" * 255, "'; DROP TABLE intent; --", "ключ", "a\nb", "\x00", "\u202e", " "])
def test_a_key_may_have_any_characters(
    key: str, keyed: IdempotentNumbersApi, api: NumbersApi, sandbox: Sandbox
) -> None:
    if ON_POSTGRES and "\0" in key:
        pytest.skip("a text in PostgreSQL has no NUL")
    request = offer(api)
    first = keyed.rent_number(request, idempotency_key=key)
    assert keyed.rent_number(request, idempotency_key=key).info.rent_id == first.info.rent_id
    assert rentals(sandbox) == 1


def test_wrong_arguments_raise_before_anything_is_sent(
    keyed: IdempotentNumbersApi, api: NumbersApi, journal: Journal, sandbox: Sandbox
) -> None:
    wrong: list[Callable[[], object]] = [
        lambda: keyed.rent_number({"numberId": "id", "rentPeriod": 7}, idempotency_key="k"),  # type: ignore[arg-type]
        lambda: keyed.lookup_numbers(["+33612240001"], idempotency_key="k"),  # type: ignore[arg-type]
        lambda: keyed.lookup_number(33612240001, idempotency_key="k"),  # type: ignore[arg-type]
        lambda: keyed.cancel_rent(5, idempotency_key="k"),  # type: ignore[arg-type]
        lambda: keyed.rent_number(RENT, idempotency_key="k", _unknown=1),  # type: ignore[call-arg]
        lambda: IdempotentNumbersApi(api.api_client, journal),  # type: ignore[arg-type]
        lambda: IdempotentNumbersApi(api, journal, grace="1"),  # type: ignore[arg-type]
    ]
    for call in wrong:
        with pytest.raises(ApiTypeError):
            call()
    with pytest.raises(ApiValueError, match="grace"):
        IdempotentNumbersApi(api, journal, grace=-1)
    assert sent(sandbox) == 0
    assert journal.entries() == []


def test_an_intent_describes_itself_without_phone_numbers(keyed: IdempotentNumbersApi, journal: Journal) -> None:
    keyed.lookup_number(french(1)[0], idempotency_key="order 5")
    (intent,) = journal.entries()
    assert isinstance(intent, Intent)
    assert (
        intent.describe() == f"intent 1, lookup_numbers with the key 'order 5', recorded {intent.recorded_at[:19]} UTC"
    )
    assert "336122" not in repr(intent)
