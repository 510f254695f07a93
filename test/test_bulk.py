"""Bulk runs keep the order of the input, need bounded memory, and never charge a number twice, however they end."""

from __future__ import annotations

import copy
import itertools
import json
import os
import pickle
import random
import signal
import stat
import subprocess
import sys
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.backends.base import Backend

import smscx_client
from smscx_client import ApiClient, ApiException, ApiValueError
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import (
    AlreadyLookedUpException,
    BulkLookupItem,
    CostLimitException,
    Progress,
    UnknownOutcomeException,
    duplicates,
    lookup_all,
    validate_all,
)
from smscx_client.bulk.cost_limit import CostLimit
from smscx_client.journal import Intent, Journal, JournalException
from smscx_client.models import CallBackRequestNumberLookup, DataNumberLookup, NumbersLookupRequest
from smscx_client.outcome import NotProcessed, Processed
from smscx_client.sandbox import Sandbox
from smscx_client.waiting import wait_for_lookup
from support.fast_clock import FastClock
from support.journals import charged, french, sent
from support.scripted_server import Handler, Reply, Request

pytestmark = pytest.mark.journal
UNCOVERED = "+33600000008"
INVALID = "+10000000000"
"""Strict E.164, but no valid number."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal(path) as opened:
        yield opened


@pytest.fixture
def wait(sandbox: Sandbox, fast_clock: FastClock) -> Callable[[NumbersApi, str], list[DataNumberLookup]]:
    """Return the results of a bulk lookup after finishing it in the sandbox."""
    fast_clock.followers.append(sandbox)

    def finished(api: NumbersApi, lookup_bulk_id: str) -> list[DataNumberLookup]:
        sandbox.finish_lookups()
        return wait_for_lookup(api, lookup_bulk_id)

    return finished


@pytest.fixture
def look_up(api: NumbersApi, journal: Journal, wait: Any) -> Callable[..., Iterator[BulkLookupItem]]:
    return partial(lookup_all, api, journal=journal, wait_for_results=wait)


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def lose_batch(sandbox: Sandbox, run: Iterator[BulkLookupItem], fault: Any = "after") -> list[BulkLookupItem]:
    """Lose the response to the next batch, and the call that would find it. Return the results before it.

    Iterate over the first batch before.
    """
    sandbox.fail_next(drop=fault, operation="lookup_numbers")
    sandbox.fail_next(status=503, operation="get_bulk_lookup_campaigns")
    items: list[BulkLookupItem] = []
    with pytest.raises(smscx_client.ServerErrorException):
        items.extend(run)
    return items


def validating(handler: Handler) -> Handler:
    """Answer free calls: every number is valid, and there are no bulk lookups. A handler answers the paid ones."""

    def answer(request: Request) -> Reply:
        headers = {"Date": formatdate(usegmt=True)}
        if request.path.endswith("/validate"):
            rows = [{"phoneNumber": number, "invalid": False} for number in request.json()["phoneNumbers"]]
            return Reply(200, {"data": rows}, headers)
        if request.method == "GET" and request.path.endswith("/numbers/lookup"):
            return Reply(200, {"data": []}, headers)
        return handler(request)

    return answer


def paid(server: Any) -> list[list[str]]:
    """Return the numbers of the paid requests."""
    requests = [request for request in server.requests if request.method == "POST"]
    return [request.json()["phoneNumbers"] for request in requests if not request.path.endswith("/validate")]


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
    assert len(set(ids)) == 3
    assert set(charged(sandbox).values()) == {1}
    assert [item.duplicate_of for item in results] == [None, None, None, 0, None, None, 0]
    assert [item.reason for item in results] == [None, "invalid", None, None, "not covered", None, None]


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


@pytest.mark.parametrize("stranger", ["+33699999999", None, "Mobile", 5])
def test_a_result_that_matches_no_number_is_ignored(
    api: NumbersApi, wait: Any, caplog: pytest.LogCaptureFixture, stranger: Any
) -> None:
    result = DataNumberLookup.from_dict({"phoneNumber": stranger})
    results = list(
        lookup_all(api, ["none", *french(1)], wait_for_results=lambda api, bulk_id: [result, *wait(api, bulk_id)])
    )
    assert result_numbers(results) == [None, *french(1)]
    assert ("match no number of its batch" in caplog.text) == isinstance(stranger, str)


@pytest.mark.parametrize(
    ("uncharged", "requests", "reason"),
    [(["none", "12"], 2, "invalid"), ([INVALID], 3, "invalid"), ([UNCOVERED], 3, "not covered")],
)
def test_a_batch_without_valid_numbers_is_free_and_does_not_end_the_run(
    sandbox: Sandbox, journal: Journal, uncharged: list[str], requests: int, reason: str, look_up: Any
) -> None:
    size = len(uncharged)
    numbers = french(size) + uncharged + french(size, 10)
    for _ in range(2):
        results = list(look_up(numbers, batch_size=size))
        assert [item.reason for item in results[size : 2 * size]] == [reason] * size
        assert_complete(results[:size] + results[2 * size :], french(size) + french(size, 10))
    assert (sent(sandbox), journal.total_cost()) == (requests, 0.02 * size)


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
    assert {request.operation for request in sandbox.requests} == {"lookup_numbers", "get_bulk_lookup_campaigns"}


def test_no_numbers_need_no_requests(api: NumbersApi, sandbox: Sandbox) -> None:
    assert list(lookup_all(api, [])) == list(validate_all(api, iter(()))) == []
    assert sandbox.requests == []


# ---- lookup_all: repeated numbers


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_repeated_number_is_charged_once_and_has_the_result_of_the_first(
    sandbox: Sandbox, batch_size: int, threads: int, look_up: Any
) -> None:
    first, second = french(2)
    numbers = [first, second, "none", first, UNCOVERED, first.replace("+33", "0"), UNCOVERED, "none", second]
    for _ in range(2):
        results = list(look_up(numbers, country_iso="FR", batch_size=batch_size, threads=threads))
        assert result_numbers(results) == [first, second, None, first, None, first, None, None, second]
        assert [item.duplicate_of for item in results] == [None, None, None, 0, None, 0, 4, None, 1]
        reasons = [None, None, "invalid", None, "not covered", None, "not covered", "invalid", None]
        assert [item.reason for item in results] == reasons
        ids = [item.result.lookup_id for item in results if item.result]
        assert ids == [ids[0], ids[1], ids[0], ids[0], ids[1]]
    assert charged(sandbox) == {first: 1, second: 1}


def test_a_repeated_number_is_charged_in_each_batch_if_you_want_that(sandbox: Sandbox, look_up: Any) -> None:
    number, other = french(2)
    results = list(look_up([number, number, other, number], batch_size=2, deduplicate=False))
    assert [item.duplicate_of for item in results] == [None, 0, None, None]
    assert charged(sandbox) == {number: 2, other: 1}
    assert results[0].result is not None
    assert results[3].result is not None
    assert results[0].result.lookup_id != results[3].result.lookup_id


def test_repeated_numbers_are_found_among_more_numbers_than_memory_holds(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, look_up: Any
) -> None:
    monkeypatch.setattr(duplicates, "MAX_NUMBERS_IN_MEMORY", 7)
    chance = random.Random(2)
    numbers = [chance.choice(french(40)) for _ in range(150)]
    first = {number: numbers.index(number) for number in numbers}
    for size in (11, 5):
        results = list(look_up(numbers, batch_size=size))
        assert_complete(results, numbers)
        expected = [None if first[number] == at else first[number] for at, number in enumerate(numbers)]
        assert [item.duplicate_of for item in results] == expected
        ids = {item.phone_number: item.result.lookup_id for item in results[::-1] if item.result}
        assert [item.result and item.result.lookup_id for item in results] == [ids[number] for number in numbers]
    assert charged(sandbox) == Counter(set(numbers))


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_nobody_else_can_read_the_temporary_file_of_a_run() -> None:
    def temporary_files() -> list[Path]:
        return [file for file in Path("/proc/self/fd").iterdir() if "etilqs_" in os.path.realpath(file)]

    old = os.umask(0)
    try:
        seen = duplicates.FirstOccurrences()
        seen.positions(french(300_000), 0)
        (file,) = temporary_files()
        assert os.path.realpath(file).endswith(" (deleted)")  # no other process finds it
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        seen.close()
        assert temporary_files() == []
    finally:
        os.umask(old)


sent_numbers: dict[str, list[str]] = {}
"""Numbers of the bulk lookups of :func:`accept_all`."""


bulk_numbers = itertools.count()


def accept_all(request: Request) -> Reply:
    """Start a bulk lookup that costs 0.01 a number."""
    numbers = request.json()["phoneNumbers"]
    bulk_id = f"b-{next(bulk_numbers)}"
    sent_numbers[bulk_id] = numbers
    info = {"lookupBulkId": bulk_id, "totalCost": 0.01 * len(numbers), "totalValid": len(numbers)}
    return Reply(200, {"info": info, "data": []})


def own(_: NumbersApi, bulk_id: str) -> Iterator[DataNumberLookup]:
    """Return the results of a bulk lookup of :func:`accept_all`, which are as long as those of the service."""
    for number in sent_numbers.pop(bulk_id):
        yield DataNumberLookup.from_dict({"phoneNumber": number, "lookupId": number, "status": "ACTIVE" * 50})


def test_a_run_needs_no_more_memory_for_more_numbers(serve: Any, connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MAX_NUMBERS_IN_MEMORY", 1000)
    server = serve(validating(accept_all))
    source = (number for number in french(20_000))
    run = lookup_all(connect(server), source, batch_size=500, wait_for_results=own)
    in_use: list[int] = []
    tracemalloc.start(1)
    try:
        for at, item in enumerate(run):
            assert item.result is not None
            if at % 5000 == 4999:
                server.requests.clear()
                in_use.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert in_use[-1] - in_use[0] < 1_500_000  # 15,000 results would take 6 MB


# ---- lookup_all: results that you have already


def test_skipped_results_are_not_read_again(sandbox: Sandbox, look_up: Any) -> None:
    numbers = french(20)
    expected = list(look_up(numbers, batch_size=6))
    for skip in (0, 1, 6, 7, 18, 19, 20, 25):
        before = len(sandbox.requests)
        assert list(look_up(numbers, batch_size=6, skip=skip)) == expected[skip:]
        read = {request.path.rpartition("/")[2] for request in sandbox.requests[before:]}
        assert len(read) == len(range(skip // 6, 4)) if skip < 20 else read == set()
    assert sent(sandbox) == 4


def test_results_after_skipped_ones_may_be_new(sandbox: Sandbox, journal: Journal, look_up: Any) -> None:
    list(look_up(french(10), batch_size=5))
    results = list(look_up(french(25), batch_size=5, skip=7))
    assert_complete(results, french(25)[7:])
    assert set(charged(sandbox).values()) == {1}
    assert journal.total_cost() == 0.25


@pytest.mark.parametrize("options", [{"skip": 6}, {"skip": 5}, {"skip": 3, "batch_size": 3}])
def test_numbers_that_the_journal_does_not_have_cannot_be_skipped(
    options: dict[str, Any], sandbox: Sandbox, look_up: Any
) -> None:
    with pytest.raises(ApiValueError, match="no results of the numbers from 0 on; they cannot be skipped"):
        list(look_up(french(10), **{"batch_size": 5, **options}))
    assert sent(sandbox) == 0


def test_numbers_of_another_journal_cannot_be_skipped(sandbox: Sandbox, look_up: Any) -> None:
    list(look_up(french(10), batch_size=5))
    with pytest.raises(ApiValueError, match="from number 0 on differ"):
        list(look_up(french(10, 5), batch_size=5, skip=10))
    assert sent(sandbox) == 2


def test_a_batch_with_an_unknown_outcome_cannot_be_skipped(sandbox: Sandbox, look_up: Any) -> None:
    running = look_up(french(10), batch_size=5)
    list(islice(running, 5))
    lose_batch(sandbox, running)
    with pytest.raises(ApiValueError, match="no results of the numbers from 5 on"):
        list(look_up(french(10), batch_size=5, skip=10))
    assert_complete(look_up(french(10), batch_size=5, skip=5), french(5, 5))


@pytest.mark.parametrize("batch_size", [2, 3, 4])
def test_a_number_that_repeats_a_skipped_one_has_its_result(
    batch_size: int, sandbox: Sandbox, journal: Journal, look_up: Any
) -> None:
    first, second = french(2)
    skipped = [first, "none", UNCOVERED, second]
    expected = list(look_up(skipped, batch_size=batch_size))
    results = list(look_up([*skipped, *reversed(skipped), *french(3, 9)], batch_size=batch_size, skip=4))
    assert [item.duplicate_of for item in results] == [3, 2, None, 0, None, None, None]
    assert [item.result for item in results[:4]] == [item.result for item in reversed(expected)]
    assert [item.reason for item in results[:4]] == [item.reason for item in reversed(expected)]
    assert set(charged(sandbox).values()) == {1}


# ---- lookup_all: failures


@pytest.mark.parametrize("fault", ["before", "after", "body"])
@pytest.mark.parametrize("lost", [0, 1, 2, 3])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_run_finds_out_itself_whether_a_batch_was_processed(
    fault: Any, lost: int, threads: int, sandbox: Sandbox, journal: Journal, look_up: Any
) -> None:
    numbers = french(20)
    for _ in range(lost):
        sandbox.fail_next(delay=0.001, operation="lookup_numbers")
    sandbox.fail_next(drop=fault, operation="lookup_numbers")
    assert_complete(look_up(numbers, batch_size=5, threads=threads), numbers)
    assert charged(sandbox) == Counter(numbers)
    assert journal.total_cost() == 0.2
    assert sent(sandbox) == (5 if fault == "before" else 4)


@pytest.mark.parametrize("fault", ["before", "after", "body"])
def test_without_a_journal_too_a_lost_batch_is_found(fault: Any, api: NumbersApi, sandbox: Sandbox, wait: Any) -> None:
    sandbox.fail_next(drop=fault, operation="lookup_numbers")
    assert_complete(lookup_all(api, french(10), batch_size=5, wait_for_results=wait), french(10))
    assert charged(sandbox) == Counter(french(10))


@pytest.mark.parametrize("fault", ["before", "after", "body"])
@pytest.mark.parametrize("batch_size", [5, 2, 40])
def test_the_next_run_finds_out_whether_a_batch_was_processed(
    fault: Any, batch_size: int, api: NumbersApi, sandbox: Sandbox, path: Path, wait: Any
) -> None:
    numbers = [*french(13), UNCOVERED, "none", *french(5, 13)]
    with Journal(path) as journal:
        running = lookup_all(api, numbers, batch_size=5, journal=journal, wait_for_results=wait)
        found = [*islice(running, 5), *lose_batch(sandbox, running, fault)]
        assert [item.phone_number for item in found] == numbers[:5]
        assert [(intent.start, intent.size) for intent in journal.unresolved()] == [(5, 5)]
    with Journal(path, must_exist=True) as journal:
        results = list(lookup_all(api, numbers, batch_size=batch_size, journal=journal, wait_for_results=wait))
        assert [item.phone_number for item in results] == numbers
        assert [item.reason for item in results if item.reason] == ["not covered", "invalid"]
        assert journal.total_cost() == 0.18
    assert charged(sandbox) == Counter(french(18))


@pytest.mark.parametrize("fault", ["before", "after", "body"])
def test_a_lost_batch_with_uncovered_numbers_is_charged_once(
    fault: Any, sandbox: Sandbox, journal: Journal, look_up: Any
) -> None:
    numbers = [*french(2), UNCOVERED, "none", INVALID, "+33 6 12 24 00 09"]
    sandbox.fail_next(drop=fault, operation="lookup_numbers")
    for _ in range(2):
        results = list(look_up(numbers))
        assert result_numbers(results) == [*french(2), None, None, None, "+33612240009"]
        assert [item.reason for item in results if item.reason] == ["not covered", "invalid", "invalid"]
    assert set(charged(sandbox).values()) == {1}
    assert journal.total_cost() == 0.03


def test_a_batch_that_is_never_processed_is_sent_three_times(sandbox: Sandbox, journal: Journal, look_up: Any) -> None:
    sandbox.fail_next(3, drop="before", operation="lookup_numbers")
    with pytest.raises(smscx_client.ApiConnectionException) as caught:
        list(look_up(french(5)))
    assert caught.value.in_journal
    assert sent(sandbox) == 3
    assert_complete(look_up(french(5)), french(5))
    assert set(charged(sandbox).values()) == {1}


def test_batches_of_the_same_size_in_several_journals_that_are_lost_together_get_their_own_results(
    api: NumbersApi, sandbox: Sandbox, tmp_path: Path, wait: Any
) -> None:
    faults: list[Any] = ["after", "before", "body", "after"]
    lists = [french(4, 10 * number) for number in range(4)]
    for number, fault in enumerate(faults):
        with Journal(tmp_path / f"{number}") as journal:
            running = lookup_all(api, lists[number], batch_size=2, journal=journal, wait_for_results=wait)
            list(islice(running, 2))
            lose_batch(sandbox, running, fault)
    for number in (2, 0, 3, 1):
        with Journal(tmp_path / f"{number}") as journal:
            results = lookup_all(api, lists[number], batch_size=2, journal=journal, wait_for_results=wait)
            assert_complete(results, lists[number])
    assert charged(sandbox) == Counter(number for numbers in lists for number in numbers)


@pytest.fixture
def legacy(fast_clock: FastClock) -> Iterator[tuple[Sandbox, NumbersApi]]:
    """Start a sandbox of API version 2022-10, in which a lost batch stays unknown."""
    with Sandbox(api_version="2022-10") as sandbox, ApiClient(sandbox.configuration(retries=0)) as client:
        fast_clock.followers.append(sandbox)
        yield sandbox, NumbersApi(client)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_batch_with_an_unknown_outcome_does_not_stop_the_others_and_is_raised_at_the_end(
    threads: int, legacy: tuple[Sandbox, NumbersApi], journal: Journal
) -> None:
    sandbox, api = legacy
    numbers = [*french(20), french(1, 6)[0]]
    look_up = partial(lookup_all, api, numbers, batch_size=5, threads=threads, journal=journal)
    running = look_up()
    results = list(islice(running, 5))
    sandbox.fail_next(drop="after", operation="lookup_numbers")
    with pytest.raises(UnknownOutcomeException) as caught:
        results.extend(running)
    (intent,) = caught.value.intents
    assert (intent.size, len(journal.unresolved())) == (5, 1)
    start = intent.start or 0
    expected = [*numbers[:start], *[None] * 5, *numbers[start + 5 :]]
    if start <= 6 < start + 5:
        expected[20] = None
    assert result_numbers(results) == expected
    unknown = [item for item in results if item.result is None]
    assert {item.reason for item in unknown} == {"unknown outcome"}
    assert sandbox.ledger[-1].id
    assert f"5 numbers from number {start} on" in str(caught.value)
    assert numbers[start] not in str(caught.value)
    rebuilt = UnknownOutcomeException(*json.loads(json.dumps(caught.value.args)))  # as Celery's JSON backend does
    for twin in (rebuilt, pickle.loads(pickle.dumps(caught.value)), copy.deepcopy(caught.value)):
        assert (twin.intents, twin.reasons, str(twin)) == ([intent], caught.value.reasons, str(caught.value))
    with sandbox.locked() as account:
        bulks = {bulk.lookups[0].number.e164: bulk.bulk_id for bulk in account.lookups.bulk.values()}
    journal.resolve(rebuilt.intents[0], Processed(bulks[numbers[start]]))
    assert_complete(look_up(), numbers)
    assert charged(sandbox) == Counter(french(20))
    assert journal.total_cost() == 0.2


def test_a_batch_that_you_record_as_not_processed_is_sent_by_the_next_run(
    legacy: tuple[Sandbox, NumbersApi], journal: Journal
) -> None:
    sandbox, api = legacy
    sandbox.fail_next(drop="before", operation="lookup_numbers")
    with pytest.raises(UnknownOutcomeException, match="does not list bulk lookups"):
        list(lookup_all(api, french(10), batch_size=5, journal=journal))
    journal.resolve(journal.unresolved()[0], NotProcessed())
    assert_complete(lookup_all(api, french(10), batch_size=5, journal=journal), french(10))
    assert set(charged(sandbox).values()) == {1}


def test_a_batch_that_was_resolved_with_the_wrong_bulk_lookup_can_be_resolved_again(
    legacy: tuple[Sandbox, NumbersApi], journal: Journal
) -> None:
    sandbox, api = legacy
    larger = api.lookup_numbers(NumbersLookupRequest(french(7, 50))).info.lookup_bulk_id
    other = api.lookup_numbers(NumbersLookupRequest(french(5, 70))).info.lookup_bulk_id
    sandbox.fail_next(drop="after", operation="lookup_numbers")
    with pytest.raises(UnknownOutcomeException):
        list(lookup_all(api, french(5), journal=journal))
    (intent,) = journal.unresolved()
    journal.resolve(intent, Processed(larger))
    with pytest.raises(ApiValueError, match="which has 7 numbers; resolve it again"):
        list(lookup_all(api, french(5), journal=journal))
    journal.resolve(intent, Processed(other))
    with pytest.raises(ApiException, match="its results belong to no number of the batch"):
        list(lookup_all(api, french(5), journal=journal))
    journal.resolve(intent, Processed(sandbox.ledger[-1].id))
    assert_complete(lookup_all(api, french(5), journal=journal), french(5))
    with pytest.raises(ApiValueError, match="its result was used"):
        journal.resolve(intent, NotProcessed())
    assert set(charged(sandbox).values()) == {1}


def test_a_rejected_batch_is_sent_by_the_next_run(sandbox: Sandbox, journal: Journal, look_up: Any) -> None:
    numbers = french(20)
    sandbox.credit = 0.12
    with pytest.raises(smscx_client.InsufficientBalanceException):
        list(look_up(numbers, batch_size=5))
    assert journal.unresolved() == []
    sandbox.credit = 1
    assert_complete(look_up(numbers, batch_size=5), numbers)
    assert set(charged(sandbox).values()) == {1}


def test_a_request_that_waits_for_the_rate_limit_is_cancelled_when_the_run_ends(
    serve: Any, connect: Any, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = french(20)
    accepted = Reply(200, {"info": {"lookupBulkId": "first", "totalCost": 0.05, "totalValid": 5}, "data": []})
    rejected = Reply(429, {}, {"Retry-After": "30"})
    server = serve(validating(lambda request: accepted if numbers[0] in request.json()["phoneNumbers"] else rejected))
    api = connect(server, retries=2)
    running = lookup_all(api, numbers, batch_size=5, threads=2, journal=journal, wait_for_results=lambda *_: [])
    next(running)
    wait_until(lambda: "429; retrying in" in caplog.text)
    began = time.monotonic()
    running.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 30
    assert len(paid(server)) == 2
    assert {intent.start: intent.result_id for intent in journal.entries()} == {0: "first", 5: None}
    assert journal.unresolved() == []


def test_the_price_probe_validates_at_most_100_numbers(api: NumbersApi, journal: Journal, wait: Any) -> None:
    sizes: list[int] = []

    class Counting(NumbersApi):
        def validate_numbers(self, numbers_validate_request: Any, **options: Any) -> Any:
            sizes.append(len(numbers_validate_request.phone_numbers))
            return super().validate_numbers(numbers_validate_request, **options)

    numbers = [INVALID] * 20 + french(200)
    counting = Counting(api.api_client)
    results = list(lookup_all(counting, numbers, journal=journal, max_cost=1e308, wait_for_results=wait))
    assert [item.result is None for item in results] == [True] * 20 + [False] * 200
    assert max(sizes) == 100


def test_a_response_without_a_bulk_lookup_identifier_has_an_unknown_outcome(
    serve: Any, connect: Any, journal: Journal, fast_clock: FastClock
) -> None:
    server = serve(validating(lambda _: Reply(200, {"info": {"totalCost": 0.01}})))
    with pytest.raises(ApiException, match="has no bulk lookup ID") as caught:
        list(lookup_all(connect(server), french(3), journal=journal))
    assert (caught.value.outcome_unknown, caught.value.in_journal) == (True, True)
    assert len(journal.unresolved()) == 1
    assert '"totalCost":0.01' in caught.value.body


def test_a_missing_cost_is_read_by_the_next_run(serve: Any, connect: Any, journal: Journal) -> None:
    status = {"lookupBulkId": "b", "totalPhoneNumbers": 1, "totalValid": 1, "totalCost": 0.03}
    replies = iter([{"info": {"lookupBulkId": "b"}, "data": None}, {"info": status, "data": []}])
    server = serve(validating(lambda _: Reply(200, next(replies))))
    result = {"phoneNumber": french(1)[0]}
    for _ in range(2):
        results = lookup_all(
            connect(server),
            french(1),
            journal=journal,
            wait_for_results=lambda *_: [DataNumberLookup.from_dict(result)],
        )
        assert_complete(results, french(1))
    assert journal.total_cost() == 0.03


# ---- lookup_all: the same numbers looked up before


def test_numbers_that_were_looked_up_recently_are_refused(
    api: NumbersApi, sandbox: Sandbox, tmp_path: Path, wait: Any
) -> None:
    numbers = french(12)
    list(lookup_all(api, numbers, batch_size=5, wait_for_results=wait))
    credit = sandbox.credit
    for again in (numbers, numbers[:5], [numbers[1], "none", numbers[0]], [numbers[0]]):
        with Journal(tmp_path / str(len(again))) as journal:
            with pytest.raises(AlreadyLookedUpException) as caught:
                list(lookup_all(api, again, batch_size=5, journal=journal, wait_for_results=wait))
            assert journal.entries() == []
    assert sandbox.credit == credit
    found = caught.value
    assert found.lookup_bulk_id in [entry.id for entry in sandbox.ledger]
    assert found.cost == 0.05
    assert sandbox.now - found.looked_up_at < timedelta(minutes=1)
    assert found.lookup_bulk_id in str(found)
    assert "allow_repeat=True" in str(found)
    twin = pickle.loads(pickle.dumps(found))
    assert (str(twin), vars(twin)) == (str(found), vars(found))


@pytest.mark.parametrize(
    ("options", "hours"),
    [({"allow_repeat": True}, 0), ({"repeat_window": None}, 0), ({}, 25), ({"repeat_window": timedelta(minutes=5)}, 1)],
    ids=["allowed", "no window", "longer ago", "shorter window"],
)
def test_numbers_may_be_looked_up_again(
    options: dict[str, Any], hours: int, api: NumbersApi, sandbox: Sandbox, wait: Any
) -> None:
    list(lookup_all(api, french(5), wait_for_results=wait))
    sandbox.advance(hours=hours)
    assert_complete(lookup_all(api, french(5), wait_for_results=wait, **options), french(5))
    assert set(charged(sandbox).values()) == {2}


def test_other_numbers_are_not_a_repeat(api: NumbersApi, sandbox: Sandbox, wait: Any) -> None:
    list(lookup_all(api, french(5), wait_for_results=wait))
    for numbers in (french(5, 4), french(5, 20), french(1, 30)):
        assert_complete(lookup_all(api, numbers, wait_for_results=wait), numbers)
    assert sent(sandbox) == 4


def test_a_resumed_run_is_not_a_repeat_and_a_journal_that_lost_its_past_is(
    api: NumbersApi, sandbox: Sandbox, path: Path, wait: Any
) -> None:
    numbers = french(10)
    for _ in range(2):
        with Journal(path) as journal:
            assert_complete(lookup_all(api, numbers, batch_size=5, journal=journal, wait_for_results=wait), numbers)
    path.unlink()
    with Journal(path) as journal, pytest.raises(AlreadyLookedUpException):
        list(lookup_all(api, numbers, batch_size=5, journal=journal, wait_for_results=wait))
    assert set(charged(sandbox).values()) == {1}


def test_looking_for_repeats_takes_at_most_50_free_calls(api: NumbersApi, sandbox: Sandbox, wait: Any) -> None:
    for first in range(60):
        api.lookup_numbers(NumbersLookupRequest(french(2, 100 + 2 * first)))
    before = len(sandbox.requests)
    next(lookup_all(api, french(2), wait_for_results=wait))
    requests = [request.operation for request in sandbox.requests[before:]]
    assert requests.index("lookup_numbers") <= 51


def test_a_malformed_list_of_lookups_sends_nothing(serve: Any, connect: Any, journal: Journal) -> None:
    server = serve(lambda _: Reply(200, {"data": "x"}))
    with pytest.raises((ApiException, smscx_client.ApiTypeError)):
        list(lookup_all(connect(server), french(2), journal=journal))
    assert paid(server) == []


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
        (french(10), "FR", "another country_iso or another deduplicate: 5 from number 0 on"),
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


def test_a_gap_is_not_sent_if_the_numbers_after_it_differ(legacy: tuple[Sandbox, NumbersApi], journal: Journal) -> None:
    sandbox, api = legacy
    running = lookup_all(api, french(15), batch_size=5, journal=journal)
    list(islice(running, 5))
    sandbox.fail_next(drop="before", operation="lookup_numbers")
    with pytest.raises(UnknownOutcomeException):
        list(running)
    journal.resolve(journal.unresolved()[0], NotProcessed())
    assert [(intent.start, intent.state) for intent in journal.entries()] == [(0, "done"), (5, "unsent"), (10, "done")]
    before = sent(sandbox)
    with pytest.raises(ApiValueError, match="5 from number 10 on differ"):
        list(lookup_all(api, [*french(14), "none"], batch_size=5, journal=journal))
    assert sent(sandbox) == before
    assert_complete(lookup_all(api, french(15), batch_size=3, journal=journal), french(15))
    assert set(charged(sandbox).values()) == {1}


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
        assert journal.unresolved() == []
        done = [intent for intent in journal.entries() if intent.state == "done"]
        assert sum(intent.size for intent in done) == sum(charged(sandbox).values())


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
    assert spent == min(limit, 0.5) == journal.total_cost()
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
        costs = [5 if number.startswith("+4") else 1 for number in numbers]
        self.spent += sum(costs)
        self.bulks += 1
        info = {"lookupBulkId": f"b{self.bulks}", "totalCost": sum(costs), "totalValid": len(costs)}
        return Reply(200, {"info": info, "data": [{"cost": cost} for cost in costs]})


def german(count: int) -> list[str]:
    return [f"+49170123{number:04}" for number in range(count)]


def test_max_price_keeps_the_cost_limit_for_all_prices(serve: Any, connect: Any) -> None:
    service = PricedService()
    server = serve(validating(service))
    numbers = french(30) + german(30)
    with pytest.raises(CostLimitException, match="cost 40 of 42, and the next may cost 5") as caught:
        list(lookup_all(connect(server), numbers, max_cost=42, max_price=5, wait_for_results=lambda *_: ()))
    assert service.spent == caught.value.spent == 40


def test_the_next_run_uses_the_highest_price_so_far(serve: Any, connect: Any, journal: Journal) -> None:
    service = PricedService()
    server = serve(validating(service))
    numbers = german(2) + french(30)
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
    assert sent(sandbox) == 1


def test_a_batch_with_an_unknown_outcome_counts_as_charged_in_the_next_run(
    legacy: tuple[Sandbox, NumbersApi], journal: Journal
) -> None:
    sandbox, api = legacy
    list(lookup_all(api, french(5), journal=journal))
    sandbox.fail_next(drop="before", operation="lookup_numbers")
    with pytest.raises(UnknownOutcomeException):
        list(lookup_all(api, french(15), batch_size=10, journal=journal))
    with pytest.raises((CostLimitException, UnknownOutcomeException)):
        list(lookup_all(api, french(40), batch_size=10, journal=journal, max_cost=0.2))
    assert len(charged(sandbox)) <= 10


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
        ({"skip": -1}, ValueError, "skip must be at least 0"),
        ({"skip": "1"}, TypeError, "skip must be int"),
        ({"repeat_window": 24}, TypeError, "repeat_window must be timedelta"),
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
from smscx_client.bulk import lookup_all
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
    except KeyboardInterrupt:
        sys.exit("interrupted")
"""


def child(sandbox: Sandbox, journal: Path, threads: int, count: int, *options: str) -> subprocess.Popen[str]:
    arguments = [sandbox.url, sandbox.api_key, str(journal), str(threads), str(count)]
    return subprocess.Popen(
        [sys.executable, "-W", "error", *options, "-c", CHILD, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def wait_until_sent(sandbox: Sandbox, running: subprocess.Popen[str], batches: int) -> None:
    while len(sandbox.ledger) < batches and running.poll() is None:
        time.sleep(0.0005)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_run_that_is_killed_repeatedly_resumes_and_charges_each_number_once(
    sandbox: Sandbox, api: NumbersApi, path: Path, wait: Any, threads: int
) -> None:
    chance, count, resolved = random.Random(threads), 210, 0
    numbers = french(count)
    for _ in range(6):
        running = child(sandbox, path, threads=threads, count=count)
        wait_until_sent(sandbox, running, len(sandbox.ledger) + chance.randint(1, 6))
        time.sleep(chance.random() * 0.008)
        running.kill()
        _, errors = running.communicate(timeout=30)
        assert errors == ""
        api.api_client.close()
        wait_until(lambda: not sandbox._server._connections)  # the sandbox has processed what the process sent
        with Journal(path) as journal:
            resolved += len(journal.unresolved())
            results = lookup_all(api, numbers, batch_size=3, journal=journal, wait_for_results=wait)
            while journal.unresolved():
                next(results)
            results.close()  # type: ignore[attr-defined]
        assert max(charged(sandbox).values()) == 1
    assert resolved > 0
    with Journal(path, must_exist=True) as journal:
        results = lookup_all(api, numbers, batch_size=50, threads=threads, journal=journal, wait_for_results=wait)
        assert_complete(results, numbers)
        assert journal.total_cost() == pytest.approx(0.01 * count)
    assert charged(sandbox) == Counter(numbers)


@pytest.mark.parametrize("before_processing", [True, False])
def test_a_run_that_is_killed_while_a_batch_is_sent_charges_it_once(
    before_processing: bool, sandbox: Sandbox, api: NumbersApi, path: Path, wait: Any
) -> None:
    fault: dict[str, Any] = {"drop": "before"} if before_processing else {}
    sandbox.fail_next(delay=2, operation="lookup_numbers", **fault)
    running = child(sandbox, path, threads=1, count=9)
    wait_until(lambda: sent(sandbox) or running.poll() is not None)
    running.kill()
    running.communicate(timeout=30)
    assert len(sandbox.ledger) == (0 if before_processing else 1)
    with Journal(path, must_exist=True) as journal:
        assert [(intent.start, intent.size) for intent in journal.unresolved()] == [(0, 3)]
        assert_complete(lookup_all(api, french(9), batch_size=3, journal=journal, wait_for_results=wait), french(9))
    assert charged(sandbox) == Counter(french(9))


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
        assert journal.unresolved() == []
        done = [intent for intent in journal.entries() if intent.state == "done"]
        assert sum(intent.size for intent in done) == sum(charged(sandbox).values()) < 90
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
        [sys.executable, str(server)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as serving:
        assert serving.stdin is not None
        assert serving.stdout is not None
        port = serving.stdout.readline().strip()
        ran = subprocess.run(
            [sys.executable, "-c", MANY, port, str(threads)],
            capture_output=True,
            check=True,
            encoding="utf-8",
            timeout=60,
        )
        serving.stdin.close()
    count, kilobytes = map(int, ran.stdout.split())
    assert count == 480_000
    assert kilobytes < 100_000 + 40_000 * (threads + 1)


# ---- what was charged is delivered, whatever the service sends

ODD_ROWS: list[Any] = [
    *([row] for row in ({}, {"phoneNumber": None}, {"phoneNumber": 33612240001}, {"phoneNumber": "x"}, None, 5, [])),
    [],
    [{}, {}],
    None,
    {},
    "x",
]


@pytest.mark.parametrize("rows", ODD_ROWS, ids=repr)
def test_nothing_is_charged_if_a_validation_is_malformed(rows: Any, serve: Any, connect: Any, journal: Journal) -> None:
    server = serve(lambda _: Reply(200, {"data": rows}))
    with pytest.raises(ApiException, match="does not have one result for each of the 1 numbers"):
        list(lookup_all(connect(server), [*french(1), "national"], journal=journal))
    assert paid(server) == []


@pytest.mark.parametrize("rows", ODD_ROWS, ids=repr)
def test_paid_results_are_delivered_if_a_validation_is_malformed(
    rows: Any, serve: Any, connect: Any, journal: Journal
) -> None:
    """The number without a result is validated to find out why it has none."""
    malformed = iter([True])

    def answer(request: Request) -> Reply:
        if request.path.endswith("validate") and next(malformed, False):
            return Reply(200, {"data": rows})
        return validating(accept_all)(request)

    server = serve(answer)
    result = DataNumberLookup.from_dict({"phoneNumber": french(1)[0], "lookupId": "l"})
    look_up = partial(
        lookup_all, connect(server), [*french(1), UNCOVERED], journal=journal, wait_for_results=lambda *_: [result]
    )
    for reason in ("invalid or not covered", "not covered"):
        items = list(look_up())
        assert [item.result and item.result.lookup_id for item in items] == ["l", None]
        assert items[1].reason == reason
    assert len(paid(server)) == 1


def test_results_are_delivered_next_to_rows_that_are_not_results(serve: Any, connect: Any, journal: Journal) -> None:
    rows = [{"phoneNumber": french(1)[0], "lookupId": 5}, None, "x", {"phoneNumber": [], "lookupId": "l-2"}]
    status = {"info": {"totalValid": 4}, "data": rows, "paging": {"next": 7}}
    started = {"info": {"lookupBulkId": "b", "totalCost": 0.04, "totalValid": 4}}

    server = serve(validating(lambda request: Reply(200, started if request.method == "POST" else status)))
    items = list(lookup_all(connect(server), french(4), journal=journal))
    assert result_numbers(items) == [french(1)[0], None, None, None]


@pytest.mark.parametrize(
    "cost", [float("nan"), -1, float("inf"), float("-inf"), True, "0.01", None, [], 10**400, 1e300]
)
def test_the_cost_limit_holds_if_a_cost_is_not_an_amount(cost: Any, serve: Any, connect: Any, journal: Journal) -> None:
    def answer(request: Request) -> Reply:
        info = {"lookupBulkId": "b", "totalCost": cost, "totalValid": cost}
        return Reply(200, json.dumps({"info": info, "data": [{"cost": cost}]}).encode())

    server = serve(validating(answer))
    with pytest.raises(CostLimitException):
        list(lookup_all(connect(server), french(50), journal=journal, max_cost=1, wait_for_results=lambda *_: ()))
    assert [len(numbers) for numbers in paid(server)] == [1]
    assert journal.total_cost() == 0


@pytest.mark.parametrize("text", [" " * 1_000_000 + "x", "1 " * 500_000 + "x", "+" * 1_000_000, "(" * 999_999 + "x"])
def test_matching_takes_linear_time(text: str, serve: Any, connect: Any, journal: Journal) -> None:
    def answer(request: Request) -> Reply:
        if request.path.endswith("validate"):
            rows = [{"phoneNumber": text, "invalid": False} for _ in request.json()["phoneNumbers"]]
            return Reply(200, {"data": rows})
        return validating(accept_all)(request)

    result = DataNumberLookup.from_dict({"phoneNumber": french(1)[0]})
    odd = DataNumberLookup.from_dict({"phoneNumber": text})
    started = time.process_time()
    list(
        lookup_all(
            connect(serve(answer)), [*french(1), text], journal=journal, wait_for_results=lambda *_: [result, odd]
        )
    )
    assert time.process_time() - started < 5  # quadratic time would take minutes


BATCH = Intent("lookup_numbers", None, 0, 3, "digest", "numbers digest", {"anchor": None}, 1, state="open", attempts=1)


@pytest.mark.parametrize("serializer", ["json", "pickle"])
@pytest.mark.parametrize(
    "exception",
    [
        UnknownOutcomeException([BATCH, BATCH._replace(id=2, start=3)], ["why", "another reason"]),
        AlreadyLookedUpException("b", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc), 0.5),
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
