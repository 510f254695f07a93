"""Bulk: any number of phone numbers, in order, in bounded memory; nothing is paid twice, whatever ends a run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import smscx_client
from scripted_server import Reply, Request
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import (
    CostLimitException,
    LookedUp,
    Progress,
    UnknownOutcomeException,
    _Limit,
    lookup_all,
    settle_unknown,
    validate_all,
)
from smscx_client.journal import Batch, Journal, JournalException
from smscx_client.models import CallBackRequestNumberLookup, DataNumberLookup, NumbersLookupRequest
from smscx_client.sandbox import Sandbox
from smscx_client.waiting import wait_for_lookup

UNCOVERED = "+33600000008"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal") as opened:
        yield opened


@pytest.fixture
def wait(sandbox: Sandbox) -> Callable[[NumbersApi, str], list[DataNumberLookup]]:
    """Waits for results that the sandbox has at once."""

    def finished(api: NumbersApi, lookup_bulk_id: str) -> list[DataNumberLookup]:
        sandbox.finish_lookups()
        return wait_for_lookup(api, lookup_bulk_id)

    return finished


def french(count: int, first: int = 0) -> list[str]:
    return [f"+336122{number:05}" for number in range(40000 + first, 40000 + first + count)]


def sent(sandbox: Sandbox) -> int:
    return sum(request.operation == "lookup_numbers" for request in sandbox.requests)


def paid(sandbox: Sandbox) -> Counter[str]:
    """How often each number was looked up, by the sandbox's own books."""
    return Counter(lookup.number.e164 for lookup in sandbox._service.account.lookups.values())


def assert_complete(results: Iterable[LookedUp], numbers: list[str]) -> None:
    """Each number has its own result, once, in order."""
    got = list(results)
    assert [one.phone_number for one in got] == numbers
    assert [one.result and one.result.phone_number for one in got] == numbers


# ---- validate_all


@pytest.mark.parametrize("threads", [1, 4])
def test_every_number_is_validated_in_the_order_of_the_input(api: NumbersApi, threads: int) -> None:
    numbers = french(100)
    numbers[13] = "none"
    results = list(validate_all(api, iter(numbers), batch_size=7, threads=threads))
    assert [result.phone_number for result in results] == numbers
    assert [index for index, result in enumerate(results) if result.invalid] == [13]


def test_numbers_in_national_format_are_validated(api: NumbersApi) -> None:
    (result,) = validate_all(api, ["06 12 24 64 50"], country_iso="FR")
    assert result.phone_number == "+33612246450"


@pytest.mark.parametrize("threads", [1, 3])
def test_no_more_numbers_are_taken_than_threads_have_in_hand(api: NumbersApi, threads: int) -> None:
    taken = 0

    def source() -> Iterator[str]:
        nonlocal taken
        for number in french(200):
            taken += 1
            yield number

    for came, _ in enumerate(validate_all(api, source(), batch_size=5, threads=threads)):
        assert taken <= came - came % 5 + 5 * threads
    assert taken == 200


def test_progress_is_told_with_each_batch(api: NumbersApi) -> None:
    told: list[Progress] = []
    list(validate_all(api, french(25), batch_size=10, progress=told.append))
    assert told == [(10, 1, 0.0), (20, 2, 0.0), (25, 3, 0.0)]


@pytest.mark.parametrize("threads", [1, 3])
def test_what_came_before_a_failure_says_where_to_go_on(api: NumbersApi, sandbox: Sandbox, threads: int) -> None:
    numbers = french(50)
    running = validate_all(api, numbers, batch_size=5, threads=threads)
    results = list(islice(running, 12))
    sandbox.fail_next(status=503)
    with pytest.raises(smscx_client.ServerErrorException):
        results.extend(running)
    assert 12 < len(results) < 50
    results += validate_all(api, islice(numbers, len(results), None), batch_size=5, threads=threads)
    assert [result.phone_number for result in results] == numbers


def test_nothing_more_is_sent_after_a_failure(serve: Any, connect: Any) -> None:
    numbers, failed = french(100), threading.Event()

    def answer(request: Request) -> Reply:
        (number,) = request.json()["phoneNumbers"]
        if number == numbers[2]:
            failed.set()
            return Reply(503)
        return Reply(200, {"data": [{"phoneNumber": number, "invalid": False}]})

    server = serve(answer)
    running = validate_all(connect(server), numbers, batch_size=1, threads=3)
    assert next(running).phone_number == numbers[0]
    assert failed.wait(5)
    time.sleep(0.1)  # the failure is on its way to the client
    assert next(running).phone_number == numbers[1]
    time.sleep(0.1)  # what was begun would be sent by now
    with pytest.raises(smscx_client.ServerErrorException):
        next(running)
    assert len(server.requests) == 3


def test_threads_end_with_the_run(api: NumbersApi, sandbox: Sandbox) -> None:
    running = validate_all(api, french(100), batch_size=1, threads=3)
    next(running)
    sandbox.fail_next(delay=0.1)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("smscx bulk")]


def test_an_answer_with_fewer_results_than_numbers_is_none(serve: Any, connect: Any) -> None:
    server = serve([Reply(200, {"info": {}, "data": [{"phoneNumber": "+33612246450", "invalid": False}]})])
    with pytest.raises(smscx_client.ApiException, match="1 results for 2 numbers"):
        list(validate_all(connect(server), french(2)))


# ---- lookup_all: whose result is whose


@pytest.mark.parametrize("threads", [1, 4])
def test_every_number_has_its_result_in_the_order_of_the_input(
    api: NumbersApi, journal: Journal, wait: Any, threads: int
) -> None:
    numbers, told = french(50), []
    results = lookup_all(
        api, iter(numbers), batch_size=7, threads=threads, journal=journal, wait=wait, progress=told.append
    )
    assert_complete(results, numbers)
    assert [(one.done, one.batches) for one in told] == [(min(50, 7 * count), count) for count in range(1, 9)]
    assert told[-1].cost == 0.5


def test_numbers_in_any_format_invalid_ones_and_repeated_ones_get_what_is_theirs(
    api: NumbersApi, sandbox: Sandbox, wait: Any
) -> None:
    numbers = ["06 12 24 64 50", "none", "+33612246451", "0612246450", UNCOVERED, "+1 212 555 2368", "0033612246450"]
    results = list(lookup_all(api, numbers, country_iso="FR", wait=wait))
    assert [one.phone_number for one in results] == numbers
    national = "+33612246450"
    found = [one.result and one.result.phone_number for one in results]
    assert found == [national, None, "+33612246451", national, None, "+12125552368", national]
    ids = [one.result.lookup_id for one in results if one.result]
    assert len(set(ids)) == len(ids) == len(paid(sandbox)) + 2


def test_a_national_number_that_looks_like_the_number_of_another_is_not_taken_for_it(
    api: NumbersApi, wait: Any
) -> None:
    """6563476344 is a number of Florida, and with a plus one of Singapore."""
    numbers = ["6563476344", "+6563476344", "(656) 347-6344"]
    results = list(lookup_all(api, numbers, country_iso="US", wait=wait))
    florida, singapore = "+16563476344", "+6563476344"
    assert [one.result and one.result.phone_number for one in results] == [florida, singapore, florida]


def test_results_may_come_in_any_order(api: NumbersApi, wait: Any) -> None:
    numbers = french(20)
    assert_complete(lookup_all(api, numbers, wait=lambda api, bulk_id: reversed(wait(api, bulk_id))), numbers)


def test_one_result_serves_every_repetition_of_its_number(api: NumbersApi, wait: Any) -> None:
    results = list(lookup_all(api, ["+33612246450"] * 3, wait=lambda api, bulk_id: wait(api, bulk_id)[:1]))
    assert len({one.result.lookup_id for one in results if one.result}) == 1
    assert all(one.result for one in results)


@pytest.mark.parametrize("stranger", ["+33699999999", None, "Mobile"])
def test_a_result_of_no_number_that_was_sent_is_told_in_the_log(
    api: NumbersApi, wait: Any, caplog: pytest.LogCaptureFixture, stranger: str | None
) -> None:
    result = DataNumberLookup.from_dict({"phoneNumber": stranger})
    results = list(lookup_all(api, ["none", *french(1)], wait=lambda api, bulk_id: [result, *wait(api, bulk_id)]))
    assert [one.result is None for one in results] == [True, False]
    assert f"{results[0].lookup_bulk_id} has results that fit no number" in caplog.text


@pytest.mark.parametrize("hopeless", [["none", "12"], [UNCOVERED]])
def test_a_batch_without_a_valid_number_costs_nothing_and_does_not_end_the_run(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any, hopeless: list[str]
) -> None:
    size = len(hopeless)
    numbers = french(size) + hopeless + french(size, 10)
    for _ in range(2):
        results = list(lookup_all(api, numbers, batch_size=size, journal=journal, wait=wait))
        assert [one.result and one.result.phone_number for one in results[size : 2 * size]] == [None] * size
        assert_complete(results[:size] + results[2 * size :], french(size) + french(size, 10))
    assert (sent(sandbox), journal.spent()) == (3, 0.02 * size)


def test_the_waiting_can_be_left_to_webhooks(api: NumbersApi, sandbox: Sandbox, serve: Any, connect: Any) -> None:
    arrived: list[DataNumberLookup] = []

    def receive(request: Request) -> Reply:
        arrived.extend(CallBackRequestNumberLookup.from_json(request.body).data)
        return Reply(200)

    def told(_: NumbersApi, lookup_bulk_id: str) -> list[DataNumberLookup]:
        sandbox.finish_lookups()
        assert sandbox.settle_webhooks()
        return [result for result in arrived if result.lookup_bulk_id == lookup_bulk_id]

    numbers = french(30)
    url = serve(receive).url
    assert_complete(lookup_all(api, numbers, batch_size=10, lookup_callback_url=url, wait=told), numbers)
    assert {request.operation for request in sandbox.requests} == {"lookup_numbers"}


def test_no_numbers_no_requests(api: NumbersApi, sandbox: Sandbox) -> None:
    assert list(lookup_all(api, [])) == list(validate_all(api, iter(()))) == []
    assert sandbox.requests == []


# ---- lookup_all: failures


def test_without_a_journal_a_failed_batch_raises_as_it_is(api: NumbersApi, sandbox: Sandbox, wait: Any) -> None:
    results = lookup_all(api, french(10), batch_size=5, wait=wait)
    assert len(list(islice(results, 5))) == 5
    sandbox.fail_next(drop="after")
    with pytest.raises(smscx_client.ApiConnectionException) as caught:
        next(results)
    assert caught.value.outcome_unknown


def test_a_batch_that_surely_was_not_carried_out_is_sent_by_the_next_run(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any
) -> None:
    numbers = french(20)
    sandbox.credit = 0.12
    with pytest.raises(smscx_client.InsufficientBalanceException):
        list(lookup_all(api, numbers, batch_size=5, journal=journal, wait=wait))
    assert journal.unknown() == []
    sandbox.credit = 1
    assert_complete(lookup_all(api, numbers, batch_size=5, journal=journal, wait=wait), numbers)
    assert set(paid(sandbox).values()) == {1}


def test_a_batch_in_doubt_is_named_and_nothing_is_sent_until_it_is_settled(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any
) -> None:
    numbers = french(20)
    running = lookup_all(api, numbers, batch_size=5, journal=journal, wait=wait)
    assert_complete(islice(running, 5), numbers[:5])
    sandbox.fail_next(drop="after")
    with pytest.raises(smscx_client.ApiConnectionException):
        next(running)
    with pytest.raises(
        UnknownOutcomeException, match=r"5 numbers from number 5 on, the first \*+05, sent 20"
    ) as caught:
        list(lookup_all(api, numbers, batch_size=5, journal=journal, wait=wait))
    assert sent(sandbox) == 2
    assert [(batch.start, batch.size) for batch in caught.value.batches] == [(5, 5)]
    assert numbers[5] not in str(caught.value)
    journal.settle(caught.value.batches[0], sandbox.ledger[-1].id)
    told: list[Progress] = []
    results = lookup_all(api, numbers, batch_size=5, journal=journal, wait=wait, progress=told.append)
    assert_complete(results, numbers)
    assert set(paid(sandbox).values()) == {1}
    assert told[-1].cost == 0.2


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_batch_in_doubt_is_settled_by_what_the_service_shows(
    fault: Any, api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any
) -> None:
    numbers = french(15)
    running = lookup_all(api, numbers, batch_size=5, journal=journal, wait=wait)
    assert_complete(islice(running, 5), numbers[:5])
    sandbox.fail_next(drop=fault)
    with pytest.raises(smscx_client.ApiConnectionException):
        next(running)
    assert settle_unknown(api, journal, grace=0) == []
    assert journal.unknown() == []
    assert_complete(lookup_all(api, numbers, batch_size=5, journal=journal, wait=wait), numbers)
    assert set(paid(sandbox).values()) == {1}


def test_what_waits_for_the_rate_limit_when_a_run_ends_is_never_sent(
    serve: Any, connect: Any, journal: Journal
) -> None:
    started = Reply(200, {"info": {"lookupBulkId": "first", "totalCost": 0.05, "totalValid": 5}, "data": []})
    server = serve(lambda _: started if len(server.requests) == 1 else Reply(429, {}, {"Retry-After": "30"}))
    api = connect(server, retries=2)
    running = lookup_all(api, french(20), batch_size=5, threads=2, journal=journal, wait=lambda *_: [])
    next(running)
    deadline = time.monotonic() + 10
    while len(server.requests) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.2)  # its answer is there by now
    began = time.monotonic()
    running.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 10
    assert len(server.requests) == 2
    assert [batch.lookup_bulk_id for batch in journal.all_from(0)] == ["first"]


def test_a_bulk_lookup_that_fits_two_batches_is_given_to_none(
    api: NumbersApi, sandbox: Sandbox, journal: Journal
) -> None:
    for start in (0, 5):
        journal.begin(Batch.of(start, french(5, start), None))
    api.lookup_numbers(NumbersLookupRequest(french(5, 5)))
    for batch in journal.all_from(0):
        journal.leave(batch)
    in_doubt = journal.unknown()
    assert settle_unknown(api, journal, grace=0) == in_doubt
    assert journal.unknown() == in_doubt


def test_the_results_of_another_bulk_lookup_are_not_taken_for_none(
    api: NumbersApi, journal: Journal, wait: Any
) -> None:
    other = next(lookup_all(api, french(5, 50), wait=wait)).lookup_bulk_id
    batch = Batch.of(0, french(5), None)
    journal.begin(batch)
    journal.leave(batch)
    journal.settle(batch, other)
    with pytest.raises(smscx_client.ApiException, match="has none of the numbers of its batch"):
        list(lookup_all(api, french(5), journal=journal, wait=wait))


def test_uncovered_numbers_are_not_validated_again_and_again(api: NumbersApi, journal: Journal, wait: Any) -> None:
    sizes: list[int] = []

    class Counting(NumbersApi):
        def validate_numbers(self, numbers_validate_request: Any, **options: Any) -> Any:
            sizes.append(len(numbers_validate_request.phone_numbers))
            return super().validate_numbers(numbers_validate_request, **options)

    api = Counting(api.api_client)
    numbers = ["+33600000008"] * 20 + french(200)
    results = list(lookup_all(api, numbers, journal=journal, max_cost=1e308, wait=wait))
    assert [one.result is None for one in results] == [True] * 20 + [False] * 200
    assert max(sizes) == 100


def test_batches_that_cannot_be_told_apart_are_left_to_settle(api: NumbersApi, journal: Journal) -> None:
    for start in (0, 5):
        batch = Batch.of(start, french(5, start), None)
        journal.begin(batch)
        api.lookup_numbers(NumbersLookupRequest(french(5, start)))
        journal.leave(batch)
    in_doubt = journal.unknown()
    assert len(in_doubt) == 2
    assert settle_unknown(api, journal, grace=0) == in_doubt
    assert journal.unknown() == in_doubt


def test_a_batch_that_is_settled_as_not_carried_out_is_sent_again(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any
) -> None:
    sandbox.fail_next(drop="before")
    with pytest.raises(smscx_client.ApiConnectionException):
        list(lookup_all(api, french(10), batch_size=5, threads=2, journal=journal, wait=wait))
    (batch,) = journal.unknown()
    journal.settle(batch, None)
    assert_complete(lookup_all(api, french(10), batch_size=5, journal=journal, wait=wait), french(10))
    assert set(paid(sandbox).values()) == {1}


def test_a_batch_that_is_settled_with_the_bulk_lookup_of_others_can_be_settled_again(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any
) -> None:
    list(lookup_all(api, french(2, 50), wait=wait))
    sandbox.fail_next(drop="after")
    with pytest.raises(smscx_client.ApiConnectionException):
        list(lookup_all(api, french(5), journal=journal, wait=wait))
    (batch,) = journal.unknown()
    journal.settle(batch, sandbox.ledger[0].id)
    with pytest.raises(smscx_client.ApiValueError, match="which has 2 numbers; settle it again"):
        list(lookup_all(api, french(5), journal=journal, wait=wait))
    journal.settle(batch, sandbox.ledger[1].id)
    assert_complete(lookup_all(api, french(5), journal=journal, wait=wait), french(5))


def test_an_answer_that_names_no_bulk_lookup_leaves_its_batch_in_doubt(
    serve: Any, connect: Any, journal: Journal
) -> None:
    server = serve([Reply(200, {"info": {"totalCost": 0.01}})])
    with pytest.raises(smscx_client.ApiException, match="names no bulk lookup") as caught:
        list(lookup_all(connect(server), french(3), journal=journal))
    assert (caught.value.outcome_unknown, caught.value.arguments) == (True, {"phone_numbers": 3})
    assert [batch.sent_at for batch in journal.unknown()] == [caught.value.sent_at]
    assert '"totalCost":0.01' in caught.value.body


def test_an_answer_without_costs_is_kept_and_its_cost_is_asked_for_by_the_next_run(
    serve: Any, connect: Any, journal: Journal
) -> None:
    status = {"lookupBulkId": "b", "totalPhoneNumbers": 1, "totalValid": 1, "totalCost": 0.03}
    server = serve(
        [Reply(200, {"info": {"lookupBulkId": "b"}, "data": None}), Reply(200, {"info": status, "data": []})]
    )
    result = {"phoneNumber": french(1)[0]}
    for _ in range(2):
        results = lookup_all(
            connect(server), french(1), journal=journal, wait=lambda *_: [DataNumberLookup.from_dict(result)]
        )
        assert_complete(results, french(1))
    assert (journal.spent(), journal.price()) == (0.03, 0.03)


def test_an_answer_without_the_price_of_each_number_tells_that_of_an_average_one(
    serve: Any, connect: Any, journal: Journal
) -> None:
    server = serve([Reply(200, {"info": {"lookupBulkId": "b", "totalCost": 0.06, "totalValid": 2}})])
    list(lookup_all(connect(server), french(3), journal=journal, wait=lambda *_: ()))
    assert (journal.spent(), journal.price()) == (0.06, 0.03)


# ---- lookup_all: going on with a journal


def test_a_finished_run_is_read_again_at_no_cost(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any
) -> None:
    for _ in range(2):
        assert_complete(lookup_all(api, french(20), batch_size=6, journal=journal, wait=wait), french(20))
    assert (sent(sandbox), sandbox.credit) == (4, 99.8)


def test_numbers_may_be_added_and_batches_may_have_another_size(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any
) -> None:
    for count, size, threads in ((10, 4, 1), (25, 3, 2), (30, 100, 3)):
        results = lookup_all(api, french(count), batch_size=size, threads=threads, journal=journal, wait=wait)
        assert_complete(results, french(count))
    assert set(paid(sandbox).values()) == {1}


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
def test_a_journal_of_other_numbers_is_refused_before_anything_is_sent(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any, numbers: list[str], country_iso: str, where: str
) -> None:
    list(lookup_all(api, french(10), batch_size=5, journal=journal, wait=wait))
    with pytest.raises(smscx_client.ApiValueError, match=where):
        list(lookup_all(api, numbers, country_iso=country_iso, journal=journal, wait=wait))
    assert sent(sandbox) == 2


def test_a_gap_is_not_sent_when_what_follows_it_differs(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any
) -> None:
    later = next(lookup_all(api, french(10)[5:], wait=wait)).lookup_bulk_id
    sandbox.fail_next(2, delay=0.5, drop="before")
    with pytest.raises(smscx_client.ApiConnectionException):
        list(lookup_all(api, french(10), batch_size=5, threads=2, journal=journal, wait=wait))
    gap, known = journal.unknown()
    journal.settle(gap, None)
    journal.settle(known, later)
    count = sent(sandbox)
    with pytest.raises(smscx_client.ApiValueError, match="differ"):
        list(lookup_all(api, [*french(9), "none"], journal=journal, wait=wait))
    assert sent(sandbox) == count
    assert_complete(lookup_all(api, french(10), batch_size=3, journal=journal, wait=wait), french(10))


def test_a_journal_serves_one_run_at_a_time(api: NumbersApi, journal: Journal, wait: Any) -> None:
    first = lookup_all(api, french(10), batch_size=5, journal=journal, wait=wait)
    next(first)
    with pytest.raises(JournalException, match="in use by another run"):
        next(lookup_all(api, french(10), journal=journal, wait=wait))
    first.close()  # type: ignore[attr-defined]
    assert_complete(lookup_all(api, french(10), journal=journal, wait=wait), french(10))


def test_a_journal_that_is_closed_in_the_middle_waits_for_answers_and_stops_the_run(
    api: NumbersApi, sandbox: Sandbox, tmp_path: Path, wait: Any
) -> None:
    with Journal(tmp_path / "journal") as journal:
        results = lookup_all(api, french(40), batch_size=5, threads=3, journal=journal, wait=wait)
        next(results)
        sandbox.fail_next(2, delay=0.2)
        list(islice(results, 5))
    with pytest.raises(JournalException):
        list(results)
    with Journal(tmp_path / "journal") as journal:
        assert journal.unknown() == []
        assert sum(batch.size for batch in journal.all_from(0)) == sum(paid(sandbox).values())


# ---- lookup_all: max_cost


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("limit", [0.01, 0.07, 0.1, 0.29, 0.5, 5])
def test_max_cost_is_used_up_and_never_passed(
    api: NumbersApi, sandbox: Sandbox, journal: Journal, wait: Any, limit: float, threads: int
) -> None:
    numbers = ["none", *french(40), "none", *french(10, 40)]
    results: list[LookedUp] = []
    run = lookup_all(api, numbers, batch_size=8, threads=threads, journal=journal, max_cost=limit, wait=wait)
    try:
        results.extend(run)
    except CostLimitException as exception:
        assert (exception.spent, exception.max_cost, exception.price) == (limit, limit, 0.01)
        assert f"cost {limit} of at most {limit}" in str(exception)
    spent = round(100 - sandbox.credit, 4)
    assert spent == min(limit, 0.5) == journal.spent()
    assert sum(one.result is not None for one in results) == round(spent * 100)
    assert_complete([one for one in results if one.result], french(round(spent * 100)))
    results = list(lookup_all(api, numbers, journal=journal, max_cost=10, threads=threads, wait=wait))
    assert [one.phone_number for one in results] == numbers
    assert set(paid(sandbox).values()) == {1}


def test_a_batch_in_doubt_counts_as_paid(journal: Journal) -> None:
    limit = _Limit(1.0, 0.01, journal)
    assert limit.room(200) == 100
    limit.begin(30)
    assert limit.room(60) == 60
    limit.begin(50)
    limit.end(30, 30)
    limit.end(50, 0)
    assert limit.room(200) == 70


def test_numbers_that_are_being_sent_are_waited_for_before_fewer_than_wanted_are_sent(journal: Journal) -> None:
    limit = _Limit(1.0, 0.01, journal)
    limit.begin(80)
    threading.Timer(0.05, limit.end, (80, 0)).start()
    assert limit.room(20) == 20
    assert limit.room(50) == 50


class PricedService:
    """Numbers that begin with +4 cost 5, all others 1."""

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


def test_with_the_highest_price_given_the_limit_holds_for_all_prices(serve: Any, connect: Any) -> None:
    service = PricedService()
    server = serve(service)
    numbers = french(30) + ["+491701234567"] * 30
    with pytest.raises(CostLimitException, match=r"cost 40 of at most 42, and the next number may cost 5") as caught:
        list(lookup_all(connect(server), numbers, max_cost=42, price=5, wait=lambda *_: ()))
    assert service.spent == caught.value.spent == 40


def test_a_price_that_was_seen_holds_in_the_next_run(serve: Any, connect: Any, journal: Journal) -> None:
    service = PricedService()
    server = serve(service)
    numbers = ["+491701234567"] * 2 + french(30)
    list(lookup_all(connect(server), numbers[:2], journal=journal, wait=lambda *_: ()))
    with pytest.raises(CostLimitException, match="cost 19 of at most 23"):
        list(lookup_all(connect(server), numbers, journal=journal, max_cost=23, wait=lambda *_: ()))
    assert service.spent == 19


def test_until_a_price_is_known_one_valid_number_is_sent(api: NumbersApi, sandbox: Sandbox, wait: Any) -> None:
    results = lookup_all(api, ["none", "12", *french(20)], max_cost=1, wait=wait)
    assert [one.result is None for one in islice(results, 3)] == [True, True, False]
    assert (sandbox.credit, sent(sandbox)) == (99.99, 1)
    results = lookup_all(api, ["none", "12"], max_cost=1, wait=wait)
    assert [one.result for one in results] == [None, None]
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
def test_wrong_arguments_raise_at_once(
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
        ({"price": -1}, ValueError, "price must be more than 0"),
        ({"lookup_callback_url": 1}, TypeError, "lookup_callback_url must be str"),
        ({"threads": 2}, ValueError, "threads must be 1 without a journal"),
    ],
)
def test_wrong_arguments_of_a_lookup_raise_at_once(
    api: NumbersApi, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        lookup_all(api, [], **options)


@pytest.mark.parametrize("all_of", [validate_all, lookup_all])
def test_a_number_that_is_no_text_raises_before_its_batch_is_sent(
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
    urllib.request.urlopen(urllib.request.Request(url + "/_sandbox/finish_lookups", method="POST")).close()
    return wait_for_lookup(api, lookup_bulk_id)

numbers = [f"+336122{number:05}" for number in range(40000, 40000 + int(count))]
with ApiClient(Configuration(url, key, proxy=False, retries=0)) as client, Journal(path) as journal:
    try:
        for one in lookup_all(
            NumbersApi(client), numbers, batch_size=3, threads=int(threads), journal=journal, wait=wait
        ):
            print(one.phone_number, one.result and one.result.phone_number)
    except UnknownOutcomeException as unknown:
        sys.exit(f"in doubt: {[batch.start for batch in unknown.batches]}")
    except KeyboardInterrupt:
        sys.exit("interrupted")
"""


def child(sandbox: Sandbox, journal: Path, threads: int, count: int) -> subprocess.Popen[str]:
    arguments = [sandbox.url, sandbox.api_key, str(journal), str(threads), str(count)]
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", CHILD, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_sent(sandbox: Sandbox, running: subprocess.Popen[str], batches: int) -> None:
    while len(sandbox.ledger) < batches and running.poll() is None:
        time.sleep(0.0005)


def settle_from_the_books(sandbox: Sandbox, path: Path, numbers: list[str]) -> int:
    """Settle what is in doubt as the sandbox knows it; returns how many batches it was."""
    # A request of the process that died may be on its way: it is taken up before a later one, and then dealt with.
    urllib.request.urlopen(f"{sandbox.url}/_sandbox/credit").close()
    while sandbox._server._connections:
        time.sleep(0.001)
    bulks = {bulk.lookups[0].number.e164: bulk.bulk_id for bulk in sandbox._service.account.bulk_list}
    with Journal(path) as journal:
        in_doubt = journal.unknown()
        for batch in in_doubt:
            journal.settle(batch, bulks.get(numbers[batch.start]))
    return len(in_doubt)


def test_a_run_that_is_killed_again_and_again_pays_each_number_once_and_ends_complete(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    chance, path, count, settled = random.Random(7), tmp_path / "journal", 210, 0
    numbers = french(count)
    for run in range(15):
        running = child(sandbox, path, threads=1 + run % 3, count=count)
        wait_until_sent(sandbox, running, len(sandbox.ledger) + chance.randint(1, 6))
        time.sleep(chance.random() * 0.008)
        running.kill()
        _, errors = running.communicate(timeout=30)
        assert errors == ""
        settled += settle_from_the_books(sandbox, path, numbers)
        assert max(paid(sandbox).values()) == 1
    assert settled > 0
    ended = child(sandbox, path, threads=2, count=count)
    output, errors = ended.communicate(timeout=30)
    assert (ended.returncode, errors) == (0, "")
    assert output.split("\n")[:-1] == [f"{number} {number}" for number in numbers]
    assert paid(sandbox) == Counter(numbers)


def test_a_run_that_was_killed_names_what_is_in_doubt(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fail_next(delay=5)
    running = child(sandbox, tmp_path / "journal", threads=1, count=9)
    wait_until_sent(sandbox, running, 1)
    running.kill()
    running.communicate(timeout=30)
    again = child(sandbox, tmp_path / "journal", threads=1, count=9)
    output, errors = again.communicate(timeout=30)
    assert (output, errors) == ("", "in doubt: [0]\n")
    assert len(sandbox.ledger) == 1


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signal that stops one process as Ctrl-C does")
@pytest.mark.parametrize("threads", [1, 3])
def test_an_interrupt_leaves_nothing_in_doubt(sandbox: Sandbox, tmp_path: Path, threads: int) -> None:
    running = child(sandbox, tmp_path / "journal", threads=threads, count=90)
    wait_until_sent(sandbox, running, 4)
    sandbox.fail_next(3, delay=0.3)
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert errors == "interrupted\n"
    with Journal(tmp_path / "journal") as journal:
        assert journal.unknown() == []
        assert sum(batch.size for batch in journal.all_from(0)) == sum(paid(sandbox).values()) < 90
    ended = child(sandbox, tmp_path / "journal", threads=threads, count=90)
    output, _ = ended.communicate(timeout=30)
    assert len(output.split("\n")) == 91
    assert paid(sandbox) == Counter(french(90))


def test_two_processes_do_not_run_on_one_journal(sandbox: Sandbox, journal: Journal) -> None:
    running = child(sandbox, Path(journal.path or ""), threads=1, count=9)
    _, errors = running.communicate(timeout=30)
    assert "JournalException: " in errors
    assert "in use by another process" in errors
    assert sandbox.ledger == []


MANY = """
import resource, sys
from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import validate_all

with ApiClient(Configuration("http://127.0.0.1:" + sys.argv[1], "k", proxy=False)) as client:
    source = (f"+336{number:08}" for number in range(480_000))
    print(sum(1 for _ in validate_all(NumbersApi(client), source, threads=int(sys.argv[2]))))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell a process how much memory it has had")
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
