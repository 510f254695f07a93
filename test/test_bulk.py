"""Bulk runs keep the order of the input, need bounded memory, and never charge a number twice, however they end."""

from __future__ import annotations

import copy
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.backends.base import Backend

import smscx_client
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import (
    BulkLookupItem,
    CostLimitException,
    Progress,
    UnknownOutcomeException,
    lookup_all,
    settle_unknown,
    validate_all,
)
from smscx_client.bulk.cost_limit import CostLimit
from smscx_client.journal import Batch, Journal, JournalException
from smscx_client.models import CallBackRequestNumberLookup, DataNumberLookup, NumbersLookupRequest
from smscx_client.sandbox import Sandbox
from smscx_client.waiting import wait_for_lookup
from support.scripted_server import Reply, Request

UNCOVERED = "+33600000008"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal") as opened:
        yield opened


@pytest.fixture
def wait(sandbox: Sandbox) -> Callable[[NumbersApi, str], list[DataNumberLookup]]:
    """Return the results of a bulk lookup after finishing it in the sandbox."""

    def finished(api: NumbersApi, lookup_bulk_id: str) -> list[DataNumberLookup]:
        sandbox.finish_lookups()
        return wait_for_lookup(api, lookup_bulk_id)

    return finished


@pytest.fixture
def look_up(api: NumbersApi, journal: Journal, wait: Any) -> Callable[..., Iterator[BulkLookupItem]]:
    return partial(lookup_all, api, journal=journal, wait_for_results=wait)


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def record_unknown(journal: Journal, start: int, numbers: list[str]) -> Batch:
    """Record a batch whose outcome is unknown."""
    batch = Batch.of(start, numbers, None)
    journal.begin(batch)
    journal.release(batch)
    return batch


def french(count: int, first: int = 0) -> list[str]:
    return [f"+336122{number:05}" for number in range(40000 + first, 40000 + first + count)]


def sent(sandbox: Sandbox) -> int:
    return sum(request.operation == "lookup_numbers" for request in sandbox.requests)


def charged(sandbox: Sandbox) -> Counter[str]:
    """Return how often the sandbox charged each number."""
    with sandbox.locked() as account:
        return Counter(lookup.number.e164 for lookup in account.lookups.values())


def result_numbers(items: Iterable[BulkLookupItem]) -> list[str | None]:
    return [item.result and item.result.phone_number for item in items]


def assert_complete(results: Iterable[BulkLookupItem], numbers: list[str]) -> None:
    """Assert that each number has its own result, once, in order."""
    items = list(results)
    assert [item.phone_number for item in items] == numbers
    assert result_numbers(items) == numbers


# ---- validate_all


@pytest.mark.parametrize("threads", [1, 4])
def test_validation_results_are_in_input_order(api: NumbersApi, threads: int) -> None:
    numbers = french(100)
    numbers[13] = "none"
    results = list(validate_all(api, iter(numbers), batch_size=7, threads=threads))
    assert [result.phone_number for result in results] == numbers
    assert [index for index, result in enumerate(results) if result.invalid] == [13]


def test_numbers_in_national_format_are_validated(api: NumbersApi) -> None:
    (result,) = validate_all(api, ["06 12 24 64 50"], country_iso="FR")
    assert result.phone_number == "+33612246450"


@pytest.mark.parametrize("threads", [1, 3])
def test_at_most_one_batch_per_thread_is_read_ahead(api: NumbersApi, threads: int) -> None:
    taken = 0

    def source() -> Iterator[str]:
        nonlocal taken
        for number in french(200):
            taken += 1
            yield number

    for came, _ in enumerate(validate_all(api, source(), batch_size=5, threads=threads)):
        assert taken <= came - came % 5 + 5 * threads
    assert taken == 200


def test_progress_is_reported_after_each_batch(api: NumbersApi) -> None:
    reports: list[Progress] = []
    list(validate_all(api, french(25), batch_size=10, progress=reports.append))
    assert reports == [(10, 1, 0.0), (20, 2, 0.0), (25, 3, 0.0)]


@pytest.mark.parametrize("threads", [1, 3])
def test_validation_resumes_after_the_results_before_a_failure(api: NumbersApi, sandbox: Sandbox, threads: int) -> None:
    numbers = french(50)
    running = validate_all(api, numbers, batch_size=5, threads=threads)
    results = list(islice(running, 12))
    sandbox.fail_next(status=503)
    with pytest.raises(smscx_client.ServerErrorException):
        results.extend(running)
    assert 12 < len(results) < 50
    results += validate_all(api, islice(numbers, len(results), None), batch_size=5, threads=threads)
    assert [result.phone_number for result in results] == numbers


def test_no_further_request_is_sent_after_a_failure(serve: Any, connect: Any) -> None:
    numbers = french(100)

    def respond(request: Request) -> Reply:
        (number,) = request.json()["phoneNumbers"]
        if number == numbers[2]:
            return Reply(503)
        return Reply(200, {"data": [{"phoneNumber": number, "invalid": False}]})

    server = serve(respond)
    running = validate_all(connect(server), numbers, batch_size=1, threads=3)
    assert next(running).phone_number == numbers[0]
    wait_until(lambda: len(server.requests) == 3 and all(map(is_idle, bulk_threads())))
    assert next(running).phone_number == numbers[1]
    with pytest.raises(smscx_client.ServerErrorException):
        next(running)
    assert len(server.requests) == 3


def bulk_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("smscx bulk")]


def is_idle(thread: threading.Thread) -> bool:
    """Return whether a thread of a pool waits for work: the result of its last call has been stored."""
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and frame.f_code.co_name == "_worker"


def test_threads_end_with_the_run(api: NumbersApi, sandbox: Sandbox) -> None:
    running = validate_all(api, french(100), batch_size=1, threads=3)
    next(running)
    sandbox.fail_next(delay=0.1)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert bulk_threads() == []


def test_a_response_with_fewer_results_than_numbers_raises(serve: Any, connect: Any) -> None:
    server = serve([Reply(200, {"info": {}, "data": [{"phoneNumber": "+33612246450", "invalid": False}]})])
    with pytest.raises(smscx_client.ApiException, match="1 results for 2 numbers"):
        list(validate_all(connect(server), french(2)))


# ---- lookup_all: matching results


@pytest.mark.parametrize("threads", [1, 4])
def test_lookup_results_are_in_input_order(threads: int, look_up: Any) -> None:
    numbers, reports = french(50), []
    results = look_up(iter(numbers), batch_size=7, threads=threads, progress=reports.append)
    assert_complete(results, numbers)
    assert [(item.completed, item.batches) for item in reports] == [
        (min(50, 7 * count), count) for count in range(1, 9)
    ]
    assert reports[-1].cost == 0.5


def test_every_number_gets_its_own_result_whatever_its_format(api: NumbersApi, sandbox: Sandbox, wait: Any) -> None:
    numbers = ["06 12 24 64 50", "none", "+33612246451", "0612246450", UNCOVERED, "+1 212 555 2368", "0033612246450"]
    results = list(lookup_all(api, numbers, country_iso="FR", wait_for_results=wait))
    assert [item.phone_number for item in results] == numbers
    national = "+33612246450"
    assert result_numbers(results) == [national, None, "+33612246451", national, None, "+12125552368", national]
    ids = [item.result.lookup_id for item in results if item.result]
    assert len(set(ids)) == len(ids) == len(charged(sandbox)) + 2


def test_a_national_number_is_not_mistaken_for_an_international_one(api: NumbersApi, wait: Any) -> None:
    """6563476344 is a number of Florida, and with a plus one of Singapore."""
    numbers = ["6563476344", "+6563476344", "(656) 347-6344"]
    results = list(lookup_all(api, numbers, country_iso="US", wait_for_results=wait))
    florida, singapore = "+16563476344", "+6563476344"
    assert result_numbers(results) == [florida, singapore, florida]


def test_results_may_come_in_any_order(api: NumbersApi, wait: Any) -> None:
    numbers = french(20)
    assert_complete(
        lookup_all(api, numbers, wait_for_results=lambda api, bulk_id: reversed(wait(api, bulk_id))), numbers
    )


def test_one_result_serves_all_duplicates_of_its_number(api: NumbersApi, wait: Any) -> None:
    results = list(lookup_all(api, ["+33612246450"] * 3, wait_for_results=lambda api, bulk_id: wait(api, bulk_id)[:1]))
    assert len({item.result.lookup_id for item in results if item.result}) == 1
    assert all(item.result for item in results)


@pytest.mark.parametrize("stranger", ["+33699999999", None, "Mobile"])
def test_a_result_that_matches_no_number_is_logged(
    api: NumbersApi, wait: Any, caplog: pytest.LogCaptureFixture, stranger: str | None
) -> None:
    result = DataNumberLookup.from_dict({"phoneNumber": stranger})
    results = list(
        lookup_all(api, ["none", *french(1)], wait_for_results=lambda api, bulk_id: [result, *wait(api, bulk_id)])
    )
    assert [item.result is None for item in results] == [True, False]
    assert f"{results[0].lookup_bulk_id} has results that match no number of its batch" in caplog.text


@pytest.mark.parametrize("uncharged", [["none", "12"], [UNCOVERED]])
def test_a_batch_without_valid_numbers_is_free_and_does_not_end_the_run(
    sandbox: Sandbox, journal: Journal, uncharged: list[str], look_up: Any
) -> None:
    size = len(uncharged)
    numbers = french(size) + uncharged + french(size, 10)
    for _ in range(2):
        results = list(look_up(numbers, batch_size=size))
        assert result_numbers(results[size : 2 * size]) == [None] * size
        assert_complete(results[:size] + results[2 * size :], french(size) + french(size, 10))
    assert (sent(sandbox), journal.spent()) == (3, 0.02 * size)


def test_results_can_arrive_by_webhook(api: NumbersApi, sandbox: Sandbox, serve: Any, connect: Any) -> None:
    arrived: list[DataNumberLookup] = []

    def receive(request: Request) -> Reply:
        arrived.extend(CallBackRequestNumberLookup.from_json(request.body).data)
        return Reply(200)

    def results_of(_: NumbersApi, lookup_bulk_id: str) -> list[DataNumberLookup]:
        sandbox.finish_lookups()
        assert sandbox.flush_webhooks()
        return [result for result in arrived if result.lookup_bulk_id == lookup_bulk_id]

    numbers = french(30)
    url = serve(receive).url
    assert_complete(
        lookup_all(api, numbers, batch_size=10, lookup_callback_url=url, wait_for_results=results_of), numbers
    )
    assert {request.operation for request in sandbox.requests} == {"lookup_numbers"}


def test_no_numbers_need_no_requests(api: NumbersApi, sandbox: Sandbox) -> None:
    assert list(lookup_all(api, [])) == list(validate_all(api, iter(()))) == []
    assert sandbox.requests == []


# ---- lookup_all: failures


def test_without_a_journal_the_exception_of_a_failed_batch_is_unchanged(
    api: NumbersApi, sandbox: Sandbox, wait: Any
) -> None:
    results = lookup_all(api, french(10), batch_size=5, wait_for_results=wait)
    assert len(list(islice(results, 5))) == 5
    sandbox.fail_next(drop="after")
    with pytest.raises(smscx_client.ApiConnectionException) as caught:
        next(results)
    assert caught.value.outcome_unknown


def test_a_rejected_batch_is_sent_by_the_next_run(sandbox: Sandbox, journal: Journal, look_up: Any) -> None:
    numbers = french(20)
    sandbox.credit = 0.12
    with pytest.raises(smscx_client.InsufficientBalanceException):
        list(look_up(numbers, batch_size=5))
    assert journal.unknown() == []
    sandbox.credit = 1
    assert_complete(look_up(numbers, batch_size=5), numbers)
    assert set(charged(sandbox).values()) == {1}


def test_nothing_is_sent_until_batches_with_an_unknown_outcome_are_settled(
    sandbox: Sandbox, journal: Journal, look_up: Any
) -> None:
    numbers = french(20)
    running = look_up(numbers, batch_size=5)
    assert_complete(islice(running, 5), numbers[:5])
    sandbox.fail_next(drop="after")
    with pytest.raises(smscx_client.ApiConnectionException):
        next(running)
    with pytest.raises(
        UnknownOutcomeException, match=r"5 numbers from number 5 on, the first \*+05, sent 20"
    ) as caught:
        list(look_up(numbers, batch_size=5))
    assert sent(sandbox) == 2
    assert [(batch.start, batch.size) for batch in caught.value.batches] == [(5, 5)]
    assert numbers[5] not in str(caught.value)
    rebuilt = UnknownOutcomeException(*json.loads(json.dumps(caught.value.args)))  # as Celery's JSON backend does
    for twin in (rebuilt, pickle.loads(pickle.dumps(caught.value)), copy.deepcopy(caught.value)):
        assert twin.batches == caught.value.batches
        assert str(twin) == str(caught.value)
    journal.settle(rebuilt.batches[0], sandbox.ledger[-1].id)
    reports: list[Progress] = []
    results = look_up(numbers, batch_size=5, progress=reports.append)
    assert_complete(results, numbers)
    assert set(charged(sandbox).values()) == {1}
    assert reports[-1].cost == 0.2


@pytest.mark.parametrize("fault", ["before", "after"])
def test_settle_unknown_settles_a_batch_by_asking_the_service(
    fault: Any, api: NumbersApi, sandbox: Sandbox, journal: Journal, look_up: Any
) -> None:
    numbers = french(15)
    running = look_up(numbers, batch_size=5)
    assert_complete(islice(running, 5), numbers[:5])
    sandbox.fail_next(drop=fault)
    with pytest.raises(smscx_client.ApiConnectionException):
        next(running)
    assert settle_unknown(api, journal, grace=0) == []
    assert journal.unknown() == []
    assert_complete(look_up(numbers, batch_size=5), numbers)
    assert set(charged(sandbox).values()) == {1}


def test_a_request_that_waits_for_the_rate_limit_is_cancelled_when_the_run_ends(
    serve: Any, connect: Any, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = french(20)
    accepted = Reply(200, {"info": {"lookupBulkId": "first", "totalCost": 0.05, "totalValid": 5}, "data": []})
    rejected = Reply(429, {}, {"Retry-After": "30"})
    server = serve(lambda request: accepted if request.json()["phoneNumbers"] == numbers[:5] else rejected)
    api = connect(server, retries=2)
    running = lookup_all(api, numbers, batch_size=5, threads=2, journal=journal, wait_for_results=lambda *_: [])
    next(running)
    wait_until(lambda: "429; retrying in" in caplog.text)
    began = time.monotonic()
    running.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 30
    assert len(server.requests) == 2
    assert [batch.lookup_bulk_id for batch in journal.all_from(0)] == ["first"]


def test_settle_unknown_leaves_two_batches_that_match_one_bulk_lookup(
    api: NumbersApi, sandbox: Sandbox, journal: Journal
) -> None:
    unknown = [record_unknown(journal, start, french(5, start)) for start in (0, 5)]
    api.lookup_numbers(NumbersLookupRequest(french(5, 5)))
    assert settle_unknown(api, journal, grace=0) == unknown
    assert journal.unknown() == unknown


def test_a_bulk_lookup_of_other_numbers_raises(api: NumbersApi, journal: Journal, wait: Any, look_up: Any) -> None:
    other = next(lookup_all(api, french(5, 50), wait_for_results=wait)).lookup_bulk_id
    journal.settle(record_unknown(journal, 0, french(5)), other)
    with pytest.raises(
        smscx_client.ApiException,
        match=f"none of the results of the bulk lookup {other} belongs to a number of its batch",
    ):
        list(look_up(french(5)))


def test_the_price_probe_validates_at_most_100_numbers(api: NumbersApi, journal: Journal, wait: Any) -> None:
    sizes: list[int] = []

    class Counting(NumbersApi):
        def validate_numbers(self, numbers_validate_request: Any, **options: Any) -> Any:
            sizes.append(len(numbers_validate_request.phone_numbers))
            return super().validate_numbers(numbers_validate_request, **options)

    numbers = [UNCOVERED] * 20 + french(200)
    counting = Counting(api.api_client)
    results = list(lookup_all(counting, numbers, journal=journal, max_cost=1e308, wait_for_results=wait))
    assert [item.result is None for item in results] == [True] * 20 + [False] * 200
    assert max(sizes) == 100


def test_settle_unknown_returns_batches_that_it_cannot_tell_apart(api: NumbersApi, journal: Journal) -> None:
    unknown = []
    for start in (0, 5):
        unknown.append(record_unknown(journal, start, french(5, start)))
        api.lookup_numbers(NumbersLookupRequest(french(5, start)))
    assert settle_unknown(api, journal, grace=0) == unknown
    assert journal.unknown() == unknown


def test_a_batch_that_is_settled_as_not_processed_is_sent_by_the_next_run(
    sandbox: Sandbox, journal: Journal, look_up: Any
) -> None:
    sandbox.fail_next(drop="before")
    with pytest.raises(smscx_client.ApiConnectionException):
        list(look_up(french(10), batch_size=5, threads=2))
    (batch,) = journal.unknown()
    journal.settle(batch, None)
    assert_complete(look_up(french(10), batch_size=5), french(10))
    assert set(charged(sandbox).values()) == {1}


def test_a_batch_that_is_settled_with_the_wrong_bulk_lookup_can_be_settled_again(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any, look_up: Any
) -> None:
    list(lookup_all(api, french(2, 50), wait_for_results=wait))
    sandbox.fail_next(drop="after")
    with pytest.raises(smscx_client.ApiConnectionException):
        list(look_up(french(5)))
    (batch,) = journal.unknown()
    journal.settle(batch, sandbox.ledger[0].id)
    with pytest.raises(smscx_client.ApiValueError, match="which has 2 numbers; settle it again"):
        list(look_up(french(5)))
    journal.settle(batch, sandbox.ledger[1].id)
    assert_complete(look_up(french(5)), french(5))


def test_a_response_without_a_bulk_lookup_identifier_has_an_unknown_outcome(
    serve: Any, connect: Any, journal: Journal
) -> None:
    server = serve([Reply(200, {"info": {"totalCost": 0.01}})])
    with pytest.raises(smscx_client.ApiException, match="has no bulk lookup ID") as caught:
        list(lookup_all(connect(server), french(3), journal=journal))
    assert (caught.value.outcome_unknown, caught.value.identifying_arguments) == (True, {"phone_numbers": 3})
    assert [batch.sent_at for batch in journal.unknown()] == [caught.value.started_at]
    assert '"totalCost":0.01' in caught.value.body


def test_a_missing_cost_is_read_by_the_next_run(serve: Any, connect: Any, journal: Journal) -> None:
    status = {"lookupBulkId": "b", "totalPhoneNumbers": 1, "totalValid": 1, "totalCost": 0.03}
    server = serve(
        [Reply(200, {"info": {"lookupBulkId": "b"}, "data": None}), Reply(200, {"info": status, "data": []})]
    )
    result = {"phoneNumber": french(1)[0]}
    for _ in range(2):
        results = lookup_all(
            connect(server),
            french(1),
            journal=journal,
            wait_for_results=lambda *_: [DataNumberLookup.from_dict(result)],
        )
        assert_complete(results, french(1))
    assert (journal.spent(), journal.price()) == (0.03, 0.03)


def test_without_prices_per_number_the_average_price_counts(serve: Any, connect: Any, journal: Journal) -> None:
    server = serve([Reply(200, {"info": {"lookupBulkId": "b", "totalCost": 0.06, "totalValid": 2}})])
    list(lookup_all(connect(server), french(3), journal=journal, wait_for_results=lambda *_: ()))
    assert (journal.spent(), journal.price()) == (0.06, 0.03)


# ---- lookup_all: resuming with a journal


def test_reading_a_finished_run_again_is_free(sandbox: Sandbox, look_up: Any) -> None:
    for _ in range(2):
        assert_complete(look_up(french(20), batch_size=6), french(20))
    assert (sent(sandbox), sandbox.credit) == (4, 99.8)


def test_a_resumed_run_may_have_more_numbers_and_another_batch_size(sandbox: Sandbox, look_up: Any) -> None:
    for count, size, threads in ((10, 4, 1), (25, 3, 2), (30, 100, 3)):
        results = look_up(french(count), batch_size=size, threads=threads)
        assert_complete(results, french(count))
    assert set(charged(sandbox).values()) == {1}


@pytest.mark.parametrize(
    ("numbers", "country_iso", "where"),
    [
        (french(10, 1), None, "5 from number 0 on differ"),
        (french(10)[::-1], None, "5 from number 0 on differ"),
        (french(9) + french(1, 50), None, "5 from number 5 on differ"),
        (french(10), "FR", "another country_iso: 5 from number 0 on"),
        (french(7), None, "it has 5 from number 5 on, not 2"),
        ([], None, "it has 5 from number 0 on, not 0"),
    ],
)
def test_a_journal_of_other_numbers_raises_before_anything_is_sent(
    sandbox: Sandbox, numbers: list[str], country_iso: str, where: str, look_up: Any
) -> None:
    list(look_up(french(10), batch_size=5))
    with pytest.raises(smscx_client.ApiValueError, match=where):
        list(look_up(numbers, country_iso=country_iso))
    assert sent(sandbox) == 2


def test_a_gap_is_not_sent_if_the_numbers_after_it_differ(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any, look_up: Any
) -> None:
    later = next(lookup_all(api, french(10)[5:], wait_for_results=wait)).lookup_bulk_id
    sandbox.fail_next(2, delay=0.5, drop="before")
    with pytest.raises(smscx_client.ApiConnectionException):
        list(look_up(french(10), batch_size=5, threads=2))
    gap, known = journal.unknown()
    journal.settle(gap, None)
    journal.settle(known, later)
    count = sent(sandbox)
    with pytest.raises(smscx_client.ApiValueError, match="differ"):
        list(look_up([*french(9), "none"]))
    assert sent(sandbox) == count
    assert_complete(look_up(french(10), batch_size=3), french(10))


def test_a_journal_serves_one_run_at_a_time(look_up: Any) -> None:
    first = look_up(french(10), batch_size=5)
    next(first)
    with pytest.raises(JournalException, match="in use by another run"):
        next(look_up(french(10)))
    first.close()  # type: ignore[attr-defined]
    assert_complete(look_up(french(10)), french(10))


def test_closing_a_journal_waits_for_responses_and_ends_the_run(
    api: NumbersApi, sandbox: Sandbox, tmp_path: Path, wait: Any
) -> None:
    with Journal(tmp_path / "journal") as journal:
        results = lookup_all(api, french(40), batch_size=5, threads=3, journal=journal, wait_for_results=wait)
        next(results)
        sandbox.fail_next(2, delay=0.2)
        list(islice(results, 5))
    with pytest.raises(JournalException):
        list(results)
    with Journal(tmp_path / "journal") as journal:
        assert journal.unknown() == []
        assert sum(batch.size for batch in journal.all_from(0)) == sum(charged(sandbox).values())


# ---- lookup_all: max_cost


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("limit", [0.01, 0.07, 0.1, 0.29, 0.5, 5])
def test_max_cost_is_used_up_and_never_exceeded(
    sandbox: Sandbox, journal: Journal, limit: float, threads: int, look_up: Any
) -> None:
    numbers = ["none", *french(40), "none", *french(10, 40)]
    results: list[BulkLookupItem] = []
    run = look_up(numbers, batch_size=8, threads=threads, max_cost=limit)
    try:
        results.extend(run)
    except CostLimitException as exception:
        assert (exception.spent, exception.max_cost, exception.price) == (limit, limit, 0.01)
        assert f"cost {limit} of {limit}" in str(exception)
    spent = round(100 - sandbox.credit, 4)
    assert spent == min(limit, 0.5) == journal.spent()
    assert sum(item.result is not None for item in results) == round(spent * 100)
    assert_complete([item for item in results if item.result], french(round(spent * 100)))
    results = list(look_up(numbers, max_cost=10, threads=threads))
    assert [item.phone_number for item in results] == numbers
    assert set(charged(sandbox).values()) == {1}


def test_a_batch_with_an_unknown_outcome_counts_as_charged(journal: Journal) -> None:
    limit = CostLimit(1.0, 0.01, journal)
    assert limit.affordable(200) == 100
    limit.reserve(30)
    assert limit.affordable(60) == 60
    limit.reserve(50)
    limit.release(30, 30)
    limit.release(50, 0)
    assert limit.affordable(200) == 70


def test_fewer_numbers_are_sent_only_after_waiting_for_pending_batches(journal: Journal) -> None:
    limit = CostLimit(1.0, 0.01, journal)
    limit.reserve(80)
    threading.Timer(0.05, limit.release, (80, 0)).start()
    assert limit.affordable(20) == 20
    assert limit.affordable(50) == 50


class PricedService:
    """A service that charges 5 for numbers that start with +4, and 1 for all others."""

    def __init__(self) -> None:
        self.spent = 0
        self.bulks = 0

    def __call__(self, request: Request) -> Reply:
        numbers = request.json()["phoneNumbers"]
        if request.path.endswith("validate"):
            return Reply(200, {"data": [{"phoneNumber": number, "invalid": False} for number in numbers]})
        costs = [5 if number.startswith("+4") else 1 for number in numbers]
        self.spent += sum(costs)
        self.bulks += 1
        info = {"lookupBulkId": f"b{self.bulks}", "totalCost": sum(costs), "totalValid": len(costs)}
        return Reply(200, {"info": info, "data": [{"cost": cost} for cost in costs]})


def test_max_price_keeps_the_cost_limit_for_all_prices(serve: Any, connect: Any) -> None:
    service = PricedService()
    server = serve(service)
    numbers = french(30) + ["+491701234567"] * 30
    with pytest.raises(CostLimitException, match="cost 40 of 42, and the next may cost 5") as caught:
        list(lookup_all(connect(server), numbers, max_cost=42, max_price=5, wait_for_results=lambda *_: ()))
    assert service.spent == caught.value.spent == 40


def test_the_next_run_uses_the_highest_price_so_far(serve: Any, connect: Any, journal: Journal) -> None:
    service = PricedService()
    server = serve(service)
    numbers = ["+491701234567"] * 2 + french(30)
    list(lookup_all(connect(server), numbers[:2], journal=journal, wait_for_results=lambda *_: ()))
    with pytest.raises(CostLimitException, match="cost 19 of 23"):
        list(lookup_all(connect(server), numbers, journal=journal, max_cost=23, wait_for_results=lambda *_: ()))
    assert service.spent == 19


def test_until_a_price_is_known_one_valid_number_is_sent(api: NumbersApi, sandbox: Sandbox, wait: Any) -> None:
    results = lookup_all(api, ["none", "12", *french(20)], max_cost=1, wait_for_results=wait)
    assert [item.result is None for item in islice(results, 3)] == [True, True, False]
    assert (sandbox.credit, sent(sandbox)) == (99.99, 1)
    results = lookup_all(api, ["none", "12"], max_cost=1, wait_for_results=wait)
    assert [item.result for item in results] == [None, None]
    assert sent(sandbox) == 2


# ---- arguments


@pytest.mark.parametrize("all_of", [validate_all, lookup_all])
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"numbers": "+33612246450"}, TypeError, "numbers must be a list or another iterable of str, not str"),
        ({"numbers": 5}, TypeError, "numbers must be"),
        ({"batch_size": 0}, ValueError, "batch_size must be 1 to 40,000, not 0"),
        ({"batch_size": 40_001}, ValueError, "batch_size must be 1 to 40,000"),
        ({"batch_size": 1.5}, TypeError, "batch_size must be int"),
        ({"threads": 0}, ValueError, "threads must be 1 to"),
        ({"threads": True}, TypeError, "threads must be int"),
        ({"country_iso": 33}, TypeError, "country_iso must be str or None"),
    ],
)
def test_wrong_arguments_raise_before_the_first_request(
    api: NumbersApi, all_of: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        all_of(api, **{"numbers": [], **options})
    assert isinstance(caught.value, smscx_client.exceptions.ApiExceptionBase)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"max_cost": 0}, ValueError, "max_cost must be more than 0"),
        ({"max_cost": float("inf")}, ValueError, "max_cost must be more than 0"),
        ({"max_cost": "1"}, TypeError, "max_cost must be float"),
        ({"max_price": -1}, ValueError, "max_price must be more than 0"),
        ({"lookup_callback_url": 1}, TypeError, "lookup_callback_url must be str"),
        ({"threads": 2}, ValueError, "threads must be 1 without a journal"),
    ],
)
def test_wrong_lookup_arguments_raise_before_the_first_request(
    api: NumbersApi, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        lookup_all(api, [], **options)


@pytest.mark.parametrize("all_of", [validate_all, lookup_all])
def test_a_number_that_is_not_a_string_raises_before_its_batch_is_sent(
    api: NumbersApi, sandbox: Sandbox, all_of: Any
) -> None:
    with pytest.raises(smscx_client.ApiTypeError, match="numbers must be str, not int"):
        list(all_of(api, ["+33612246450", 33612246450]))
    assert sandbox.requests == []


# ---- lookup_all: processes that die

CHILD = """
import sys
import urllib.request
from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import UnknownOutcomeException, lookup_all
from smscx_client.journal import Journal
from smscx_client.waiting import wait_for_lookup

url, key, path, threads, count = sys.argv[1:]

def wait(api, lookup_bulk_id):
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url + "/_sandbox/finish_lookups", method="POST", headers=headers)
    urllib.request.urlopen(request).close()
    return wait_for_lookup(api, lookup_bulk_id)

numbers = [f"+336122{number:05}" for number in range(40000, 40000 + int(count))]
with ApiClient(Configuration(url, key, proxy=False, retries=0)) as client, Journal(path) as journal:
    try:
        for item in lookup_all(
            NumbersApi(client), numbers, batch_size=3, threads=int(threads), journal=journal, wait_for_results=wait
        ):
            print(item.phone_number, item.result and item.result.phone_number)
    except UnknownOutcomeException as unknown:
        sys.exit(f"unknown: {[batch.start for batch in unknown.batches]}")
    except KeyboardInterrupt:
        sys.exit("interrupted")
"""


def child(sandbox: Sandbox, journal: Path, threads: int, count: int, *options: str) -> subprocess.Popen[str]:
    arguments = [sandbox.url, sandbox.api_key, str(journal), str(threads), str(count)]
    return subprocess.Popen(
        [sys.executable, "-W", "error", *options, "-c", CHILD, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_sent(sandbox: Sandbox, running: subprocess.Popen[str], batches: int) -> None:
    while len(sandbox.ledger) < batches and running.poll() is None:
        time.sleep(0.0005)


def settle_from_sandbox(sandbox: Sandbox, path: Path, numbers: list[str]) -> int:
    """Settle the batches with an unknown outcome as the sandbox knows them, and return how many there were."""
    # The killed process may have a request in flight, which the sandbox accepts before this one.
    urllib.request.urlopen(f"{sandbox.url}/_sandbox/credit").close()
    wait_until(lambda: not sandbox._server._connections)
    with sandbox.locked() as account:
        bulks = {bulk.lookups[0].number.e164: bulk.bulk_id for bulk in account.lookups.bulk.values()}
    with Journal(path) as journal:
        unknown = journal.unknown()
        for batch in unknown:
            journal.settle(batch, bulks.get(numbers[batch.start]))
    return len(unknown)


def test_a_run_that_is_killed_repeatedly_resumes_and_charges_each_number_once(sandbox: Sandbox, tmp_path: Path) -> None:
    chance, path, count, settled = random.Random(7), tmp_path / "journal", 210, 0
    numbers = french(count)
    for run in range(15):
        running = child(sandbox, path, threads=1 + run % 3, count=count)
        wait_until_sent(sandbox, running, len(sandbox.ledger) + chance.randint(1, 6))
        time.sleep(chance.random() * 0.008)
        running.kill()
        _, errors = running.communicate(timeout=30)
        assert errors == ""
        settled += settle_from_sandbox(sandbox, path, numbers)
        assert max(charged(sandbox).values()) == 1
    assert settled > 0
    ended = child(sandbox, path, threads=2, count=count)
    output, errors = ended.communicate(timeout=30)
    assert (ended.returncode, errors) == (0, "")
    assert output.split("\n")[:-1] == [f"{number} {number}" for number in numbers]
    assert charged(sandbox) == Counter(numbers)


def test_a_killed_run_leaves_a_batch_with_an_unknown_outcome(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fail_next(delay=5)
    running = child(sandbox, tmp_path / "journal", threads=1, count=9)
    wait_until_sent(sandbox, running, 1)
    running.kill()
    running.communicate(timeout=30)
    again = child(sandbox, tmp_path / "journal", threads=1, count=9)
    output, errors = again.communicate(timeout=30)
    assert (output, errors) == ("", "unknown: [0]\n")
    assert len(sandbox.ledger) == 1


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signal that interrupts one process")
@pytest.mark.parametrize("threads", [1, 3])
def test_an_interrupt_leaves_no_unknown_outcome(sandbox: Sandbox, tmp_path: Path, threads: int) -> None:
    # The interrupt may hit the main thread while it opens a socket, which only the garbage collector can close then.
    running = child(sandbox, tmp_path / "journal", threads, 90, "-W", "ignore::ResourceWarning")
    wait_until_sent(sandbox, running, 4)
    sandbox.fail_next(3, delay=0.3)
    wait_until_sent(sandbox, running, len(sandbox.ledger) + 1)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert errors == "interrupted\n"
    with Journal(tmp_path / "journal") as journal:
        assert journal.unknown() == []
        assert sum(batch.size for batch in journal.all_from(0)) == sum(charged(sandbox).values()) < 90
    ended = child(sandbox, tmp_path / "journal", threads=threads, count=90)
    output, _ = ended.communicate(timeout=30)
    assert len(output.split("\n")) == 91
    assert charged(sandbox) == Counter(french(90))


def test_two_processes_cannot_use_one_journal(sandbox: Sandbox, journal: Journal) -> None:
    running = child(sandbox, Path(journal.path or ""), threads=1, count=9)
    _, errors = running.communicate(timeout=30)
    assert "JournalException: " in errors
    assert "in use by another process" in errors
    assert sandbox.ledger == []


MANY = """
import pathlib, resource, sys
from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import validate_all

with ApiClient(Configuration("http://127.0.0.1:" + sys.argv[1], "k", proxy=False)) as client:
    source = (f"+336{number:08}" for number in range(480_000))
    print(sum(1 for _ in validate_all(NumbersApi(client), source, threads=int(sys.argv[2]))))
status = pathlib.Path("/proc/self/status")
if status.exists():  # ru_maxrss counts the memory of the process that started this one
    print(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs the resource module")
@pytest.mark.parametrize("threads", [1, 4])
def test_twelve_full_batches_need_the_memory_of_a_few(threads: int) -> None:
    server = Path(__file__).parent / "benchmark" / "canned_server.py"
    with subprocess.Popen(
        [sys.executable, str(server)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdin is not None
        assert serving.stdout is not None
        port = serving.stdout.readline().strip()
        ran = subprocess.run(
            [sys.executable, "-c", MANY, port, str(threads)], capture_output=True, check=True, text=True, timeout=60
        )
        serving.stdin.close()
    count, kilobytes = map(int, ran.stdout.split())
    assert count == 480_000
    assert kilobytes < 100_000 + 40_000 * (threads + 1)


# ---- what was charged is delivered, whatever the service sends

ODD_ROWS: list[Any] = [{}, {"phoneNumber": None}, {"phoneNumber": 33612240001}, {"phoneNumber": "x"}, None, 5, []]


@pytest.mark.parametrize("row", ODD_ROWS, ids=repr)
def test_results_are_delivered_whatever_a_validation_row_is(
    row: Any, serve: Any, connect: Any, journal: Journal
) -> None:
    def answer(request: Request) -> Reply:
        if request.path.endswith("validate"):
            return Reply(200, {"data": [row]})
        return Reply(200, {"info": {"lookupBulkId": "b", "totalCost": 0.01, "totalValid": 1}})

    result = DataNumberLookup.from_dict({"phoneNumber": french(1)[0], "lookupId": "l"})
    items = lookup_all(
        connect(serve(answer)), [french(1)[0], "national"], journal=journal, wait_for_results=lambda *_: [result]
    )
    assert [item.result and item.result.lookup_id for item in items] == ["l", None]


@pytest.mark.parametrize("rows", [[], [{}, {}], None, {}, "x"], ids=repr)
def test_results_are_delivered_whatever_a_validation_is(rows: Any, serve: Any, connect: Any, journal: Journal) -> None:
    def answer(request: Request) -> Reply:
        if request.path.endswith("validate"):
            return Reply(200, {"data": rows})
        return Reply(200, {"info": {"lookupBulkId": "b", "totalCost": 0.01, "totalValid": 1}})

    result = DataNumberLookup.from_dict({"phoneNumber": french(1)[0], "lookupId": "l"})
    items = lookup_all(
        connect(serve(answer)), [french(1)[0], "national"], journal=journal, wait_for_results=lambda *_: [result]
    )
    assert [item.result and item.result.lookup_id for item in items] == ["l", None]


def test_results_are_delivered_next_to_rows_that_are_not_results(serve: Any, connect: Any, journal: Journal) -> None:
    rows = [{"phoneNumber": french(1)[0], "lookupId": 5}, None, "x", {"phoneNumber": [], "lookupId": "l-2"}]
    status = {"info": {"totalValid": 4}, "data": rows, "paging": {"next": 7}}
    started = {"info": {"lookupBulkId": "b", "totalCost": 0.04, "totalValid": 4}}

    def answer(request: Request) -> Reply:
        if request.path.endswith("validate"):
            return Reply(200, {"data": [{"phoneNumber": None}] * 3})
        return Reply(200, started if request.method == "POST" else status)

    items = list(lookup_all(connect(serve(answer)), french(4), journal=journal))
    assert result_numbers(items) == [french(1)[0], None, None, None]


@pytest.mark.parametrize(
    "cost", [float("nan"), -1, float("inf"), float("-inf"), True, "0.01", None, [], 10**400, 1e300]
)
def test_the_cost_limit_holds_if_a_cost_is_not_an_amount(cost: Any, serve: Any, connect: Any, journal: Journal) -> None:
    sent_numbers: list[str] = []

    def answer(request: Request) -> Reply:
        if request.path.endswith("validate"):
            return Reply(200, {"data": [{"phoneNumber": one} for one in request.json()["phoneNumbers"]]})
        sent_numbers.extend(request.json()["phoneNumbers"])
        info = {"lookupBulkId": f"b{len(sent_numbers)}", "totalCost": cost, "totalValid": cost}
        return Reply(200, json.dumps({"info": info, "data": [{"cost": cost}]}).encode())

    with pytest.raises(CostLimitException):
        list(
            lookup_all(connect(serve(answer)), french(50), journal=journal, max_cost=1, wait_for_results=lambda *_: ())
        )
    assert len(sent_numbers) == 1
    assert journal.spent() == 0


@pytest.mark.parametrize("text", [" " * 1_000_000 + "x", "1 " * 500_000 + "x", "+" * 1_000_000, "(" * 999_999 + "x"])
def test_matching_takes_linear_time(text: str, serve: Any, connect: Any, journal: Journal) -> None:
    def answer(request: Request) -> Reply:
        if request.path.endswith("validate"):
            return Reply(200, {"data": [{"phoneNumber": text}]})
        return Reply(200, {"info": {"lookupBulkId": "b", "totalCost": 0.01, "totalValid": 1}})

    result = DataNumberLookup.from_dict({"phoneNumber": french(1)[0]})
    odd = DataNumberLookup.from_dict({"phoneNumber": text})
    started = time.process_time()
    list(
        lookup_all(
            connect(serve(answer)), [*french(1), text], journal=journal, wait_for_results=lambda *_: [result, odd]
        )
    )
    assert time.process_time() - started < 5  # quadratic time would take minutes


BATCH = Batch.of(0, french(3), None)


@pytest.mark.parametrize("serializer", ["json", "pickle"])
@pytest.mark.parametrize(
    "exception",
    [
        UnknownOutcomeException([BATCH, BATCH._replace(start=3, lookup_bulk_id="b", cost=0.5)]),
        CostLimitException(2.0, 1.5, None),
        JournalException("the journal is in use"),
    ],
    ids=lambda exception: type(exception).__name__,
)
def test_exceptions_of_a_run_survive_the_result_backends_of_celery(exception: Exception, serializer: str) -> None:
    app = Celery(broker="memory://", backend="cache+memory://")
    backend = Backend(app, serializer=serializer, accept=[serializer])
    twin = backend.exception_to_python(backend.decode(backend.encode(backend.prepare_exception(exception, serializer))))
    assert type(twin) is type(exception)
    assert str(twin) == str(exception)
    assert vars(twin) == vars(exception)
