"""Waiting: polls until the SMS or the results are there, and reads no more than it must."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from threading import Event, Thread, Timer
from typing import Any

import pytest

from smscx_client import (
    ApiClient,
    ApiTimeoutException,
    ApiTypeError,
    ApiValueError,
    CallCancelledException,
    ResourceNotFoundException,
    ServerErrorException,
)
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import NumbersLookupRequest, RentNumberRequest
from smscx_client.sandbox import Sandbox
from smscx_client.waiting import lookup_results, wait_for_code, wait_for_lookup, wait_for_sms
from support.scripted_server import Reply, Request, ScriptedServer

SENDER = "+33612246450"
QUICK = {"timeout": 5.0, "poll_interval": 0.02, "max_poll_interval": 0.05}
NO_RENT = "471ddea7-930c-49e8-8e99-2683834dd92e"


@pytest.fixture
def rent_id(api: NumbersApi) -> str:
    offer = api.get_available_numbers("FR").data[0]
    return api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id


@pytest.fixture
def after_first_poll(sandbox: Sandbox) -> Iterator[Callable[..., None]]:
    """Make a call in a thread once the inbox has been polled, while the test waits."""
    threads: list[Thread] = []

    def start(action: Callable[..., object], *args: object) -> None:
        def act() -> None:
            end = time.monotonic() + 5
            while ("get_inbound_sms", 200) not in {(one.operation, one.status) for one in sandbox.requests}:
                assert time.monotonic() < end
                time.sleep(0.01)
            action(*args)

        threads.append(Thread(target=act))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


def test_the_next_sms_is_returned(sandbox: Sandbox, api: NumbersApi, rent_id: str, after_first_poll: Any) -> None:
    sandbox.receive_sms(rent_id, SENDER, "an older one")
    after_first_poll(sandbox.receive_sms, rent_id, SENDER, "Your code is 482913")
    asked = len(sandbox.requests)
    assert wait_for_sms(api, rent_id, **QUICK).text == "Your code is 482913"
    assert {request.operation for request in sandbox.requests[asked:]} == {"get_inbound_sms"}


def test_the_first_accepted_sms_is_returned(sandbox: Sandbox, api: NumbersApi, rent_id: str) -> None:
    rented = api.get_rent_status(rent_id).info.rent_start
    for sender, text in [("SHOP", "one"), (SENDER, "two"), (SENDER, "code 3"), (SENDER, "code 4")]:
        sandbox.receive_sms(rent_id, sender, text)
    assert wait_for_sms(api, rent_id, since=rented, **QUICK).text == "one"
    assert wait_for_sms(api, rent_id, since=rented, sender=SENDER, **QUICK).text == "two"
    assert wait_for_sms(api, rent_id, since=rented, predicate=lambda sms: "code" in sms.text, **QUICK).text == "code 3"


def test_sms_received_before_since_are_ignored(sandbox: Sandbox, api: NumbersApi, rent_id: str) -> None:
    sandbox.receive_sms(rent_id, SENDER, "old")
    sandbox.advance(minutes=10)
    sandbox.receive_sms(rent_id, SENDER, "new")
    since = api.get_rent_status(rent_id).info.rent_start + timedelta(minutes=5)
    assert wait_for_sms(api, rent_id, since=since, **QUICK).text == "new"


def test_an_sms_is_found_behind_many_newer_ones(
    sandbox: Sandbox, api: NumbersApi, rent_id: str, after_first_poll: Any
) -> None:
    def many() -> None:
        for index in range(60):
            sandbox.receive_sms(rent_id, SENDER, str(index))

    after_first_poll(many)
    assert wait_for_sms(api, rent_id, timeout=5, poll_interval=0.4, predicate=lambda sms: sms.text == "7").text == "7"


def received(name: str, second: int) -> dict[str, str]:
    return {"msgId": name, "from": "SHOP", "text": name, "receivedAt": f"2026-01-01 10:00:{second:02}"}


def test_an_sms_is_found_behind_another_of_the_same_second(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    before = [received("known", 5), received("older", 1)]
    states = iter([before, [before[0], received("new", 5), before[1]]])
    server = serve(lambda _: Reply(body={"data": next(states)}))
    assert wait_for_sms(connect(server), "id", **QUICK).text == "new"


def test_an_sms_without_a_date_counts(serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]) -> None:
    undated = {**received("new", 0), "receivedAt": None}
    server = serve(lambda _: Reply(body={"data": [undated, received("older", 1)]}))
    since = datetime(2026, 1, 2, tzinfo=timezone.utc)
    assert wait_for_sms(connect(server), "id", since=since, **QUICK).text == "new"


MALFORMED_ROWS: list[object] = [
    "not an object",
    None,
    {},
    {**received("malformed", 9), "receivedAt": "yesterday"},
    {**received("malformed", 9), "receivedAt": ["2026"], "msgId": 7},
    {**received("malformed", 9), "text": {"en": "Your code is 111111"}},
    {**received("malformed", 9), "from": 40404, "cost": "free"},
]


@pytest.mark.parametrize("row", MALFORMED_ROWS)
@pytest.mark.parametrize("since", [None, datetime(2026, 1, 1, tzinfo=timezone.utc)])
def test_a_malformed_row_does_not_end_the_waiting(
    row: object, since: datetime | None, serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    wanted = {**received("new", 5), "text": "Your code is 482913"}
    states = iter([[row], [row], [wanted, row]])
    server = serve(lambda _: Reply(body={"data": next(states), "paging": "none"}))
    accept = lambda sms: sms.received_at is not None and "482913" in sms.text  # noqa: E731
    assert wait_for_sms(connect(server), "id", since=since, sender="SHOP", predicate=accept, **QUICK).msg_id == "new"
    states = iter([[row], [row], [wanted, row]])
    assert wait_for_code(connect(server), "id", since=since, sender="SHOP", **QUICK) == "482913"


def test_an_sms_with_a_malformed_field_is_returned(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    states = iter([[], [{**received("odd", 5), "receivedAt": "yesterday", "msgId": 7}]])
    server = serve(lambda _: Reply(body={"data": next(states)}))
    assert wait_for_sms(connect(server), "id", **QUICK).text == "odd"


def test_each_sms_without_an_id_counts_once(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    first, second = ({**received(name, at), "msgId": None} for name, at in (("first", 5), ("second", 6)))
    states = iter([[first], [first], [second, first]])
    server = serve(lambda _: Reply(body={"data": next(states)}))
    assert wait_for_sms(connect(server), "id", **QUICK).text == "second"


def test_a_malformed_date_does_not_hide_a_new_sms_behind_it(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    odd = {**received("odd", 5), "receivedAt": "yesterday"}
    states = iter([[odd, received("known", 5)], [odd, received("known", 5), received("new", 5)]])
    server = serve(lambda _: Reply(body={"data": next(states)}))
    assert wait_for_sms(connect(server), "id", **QUICK).text == "new"


def test_the_code_of_the_next_sms_is_returned(
    sandbox: Sandbox, api: NumbersApi, rent_id: str, after_first_poll: Any
) -> None:
    def arrive() -> None:
        sandbox.receive_sms(rent_id, "OTHER", "Your code is 111111")
        sandbox.receive_sms(rent_id, "SHOP", "Welcome! Your parcel arrives on 12.03.2024 at 14:05.")
        sandbox.receive_sms(rent_id, "SHOP", "رمز التحقق ٤٨٢٩١٣")

    sandbox.receive_sms(rent_id, "SHOP", "Your code is 999999")
    after_first_poll(arrive)
    assert wait_for_code(api, rent_id, sender="SHOP", **QUICK) == "482913"


@pytest.mark.parametrize("pattern", [r"token ([a-z-]+)", r"[a-z]+-[a-z]+", re.compile("TOKEN (.*)!", re.IGNORECASE)])
def test_a_pattern_finds_codes_of_any_form(sandbox: Sandbox, api: NumbersApi, rent_id: str, pattern: Any) -> None:
    since = api.get_rent_status(rent_id).info.rent_start
    for text in ("Your code is 482913", "Your token kind-otter!"):
        sandbox.receive_sms(rent_id, SENDER, text)
    assert wait_for_code(api, rent_id, pattern=pattern, since=since, **QUICK) == "kind-otter"


def test_the_timeout_says_how_many_sms_had_no_code(sandbox: Sandbox, api: NumbersApi, rent_id: str) -> None:
    since = api.get_rent_status(rent_id).info.rent_start
    sandbox.receive_sms(rent_id, SENDER, "Hello")
    sandbox.receive_sms(rent_id, SENDER, "Hello again")
    with pytest.raises(ApiTimeoutException, match="no SMS with a code arrived within 0 s; 2 other SMS did"):
        wait_for_code(api, rent_id, since=since, timeout=0)


@pytest.mark.parametrize("pattern", ["(", b"x", re.compile(b"x"), 7])
def test_a_wrong_pattern_raises_before_anything_is_sent(sandbox: Sandbox, api: NumbersApi, pattern: Any) -> None:
    with pytest.raises((ApiTypeError, ApiValueError), match="pattern"):
        wait_for_code(api, NO_RENT, pattern=pattern)
    assert sandbox.requests == []


def test_reordered_sms_of_one_second_are_not_new(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    there = [received("a", 5), received("b", 5)]
    states = iter([there, there[::-1], [received("new", 6), *there]])

    def answer(request: Request) -> Reply:
        return Reply(body={"data": next(states)[: int(request.query.partition("limit=")[2])]})

    assert wait_for_sms(connect(serve(answer)), "id", **QUICK).text == "new"


def test_a_poll_stops_reading_at_known_sms(
    sandbox: Sandbox, api: NumbersApi, rent_id: str, after_first_poll: Any
) -> None:
    for index in range(120):
        sandbox.receive_sms(rent_id, SENDER, str(index))
        sandbox.advance(minutes=1)
    asked = len(sandbox.requests)
    after_first_poll(sandbox.receive_sms, rent_id, SENDER, "new")
    looks: list[str] = []
    assert wait_for_sms(api, rent_id, predicate=lambda sms: not looks.append(sms.text), **QUICK).text == "new"
    assert looks == ["new"]
    assert not any("next=" in request.query for request in sandbox.requests[asked:])


def test_waiting_for_an_sms_times_out(sandbox: Sandbox, api: NumbersApi, rent_id: str) -> None:
    began = time.monotonic()
    with pytest.raises(ApiTimeoutException, match=r"no SMS from SHOP arrived within 0\.2 s") as caught:
        wait_for_sms(api, rent_id, sender="SHOP", timeout=0.2, poll_interval=5)
    assert 0.2 <= time.monotonic() - began < 2
    assert (caught.value.operation, caught.value.outcome_unknown) == ("get_inbound_sms", False)
    with pytest.raises(ApiTimeoutException) as caught:
        wait_for_sms(api, rent_id, sender=SENDER, timeout=0, poll_interval=0.05)
    assert "336122" not in str(caught.value)


def test_the_polling_interval_grows(sandbox: Sandbox, api: NumbersApi, rent_id: str) -> None:
    asked = len(sandbox.requests)
    with pytest.raises(ApiTimeoutException):
        wait_for_sms(api, rent_id, timeout=0.6, poll_interval=0.02, max_poll_interval=10)
    assert 4 < len(sandbox.requests) - asked < 20


def test_transient_failures_do_not_end_the_polling(
    sandbox: Sandbox, api: NumbersApi, rent_id: str, after_first_poll: Any
) -> None:
    sandbox.fail_next(status=503)
    sandbox.fail_next(drop="before")
    sandbox.fail_next(status=429)
    after_first_poll(sandbox.receive_sms, rent_id, SENDER, "hello")
    assert wait_for_sms(api, rent_id, **QUICK).text == "hello"
    sandbox.fail_next(50, status=500)
    with pytest.raises(ApiTimeoutException) as caught:
        wait_for_sms(api, rent_id, timeout=1, poll_interval=0.6)
    assert isinstance(caught.value.__cause__, ServerErrorException)


def test_sms_that_arrive_while_the_first_polls_fail_count(sandbox: Sandbox, api: NumbersApi, rent_id: str) -> None:
    sandbox.receive_sms(rent_id, SENDER, "old")
    sandbox.advance(minutes=1)
    sandbox.fail_next(2, status=503)
    waiting: list[str] = []
    thread = Thread(target=lambda: waiting.append(wait_for_sms(api, rent_id, **QUICK).text))
    thread.start()
    while not any(request.status == 503 for request in sandbox.requests):
        time.sleep(0.001)
    sandbox.receive_sms(rent_id, SENDER, "482913")
    thread.join()
    assert waiting == ["482913"]


def test_an_exception_of_the_predicate_is_raised(sandbox: Sandbox, api: NumbersApi, rent_id: str) -> None:
    def fails(_: object) -> bool:
        raise ApiTimeoutException(reason="of the caller's own")

    sandbox.receive_sms(rent_id, SENDER, "482913")
    since = datetime(2020, 1, 1, tzinfo=timezone.utc)
    with pytest.raises(ApiTimeoutException, match="of the caller's own"):
        wait_for_sms(api, rent_id, since=since, predicate=fails, **QUICK)


def test_an_sms_of_the_second_of_since_counts(sandbox: Sandbox, api: NumbersApi, rent_id: str) -> None:
    sandbox.receive_sms(rent_id, SENDER, "482913")
    received = api.get_inbound_sms(rent_id).data[0].received_at
    assert wait_for_sms(api, rent_id, since=received.replace(microsecond=999_999), **QUICK).text == "482913"


def test_old_sms_of_one_second_are_not_new_however_many(sandbox: Sandbox, api: NumbersApi, rent_id: str) -> None:
    for number in range(120):
        sandbox.receive_sms(rent_id, SENDER, str(number))
    with sandbox.locked() as account:
        rent = account.rentals[rent_id]
        rent.received[:] = [sms._replace(received_at=rent.received[0].received_at) for sms in rent.received]
    with pytest.raises(ApiTimeoutException):
        wait_for_sms(api, rent_id, timeout=0.3, poll_interval=0.02, max_poll_interval=0.05)


def test_an_error_response_ends_the_polling_at_once(api: NumbersApi) -> None:
    with pytest.raises(ResourceNotFoundException):
        wait_for_sms(api, NO_RENT, **QUICK)
    with pytest.raises(ResourceNotFoundException):
        wait_for_lookup(api, NO_RENT, **QUICK)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"timeout": -1}, ApiValueError),
        ({"poll_interval": 0}, ApiValueError),
        ({"poll_interval": 3, "max_poll_interval": 2}, ApiValueError),
        ({"timeout": float("nan")}, ApiValueError),
        ({"since": datetime(2026, 1, 1)}, ApiValueError),
        ({"timeout": None}, ApiTypeError),
        ({"poll_interval": "1"}, ApiTypeError),
        ({"since": "2026-01-01"}, ApiTypeError),
        ({"sender": 33612246450}, ApiTypeError),
    ],
)
def test_wrong_arguments_raise_before_anything_is_sent(
    options: dict[str, Any], fault: type[Exception], api: NumbersApi, sandbox: Sandbox
) -> None:
    with pytest.raises(fault, match=next(iter(options))):
        wait_for_sms(api, NO_RENT, **options)
    assert sandbox.requests == []


def bulk(api: NumbersApi, size: int) -> str:
    return api.lookup_numbers(NumbersLookupRequest([f"+336122{index:05}" for index in range(size)])).info.lookup_bulk_id


@pytest.mark.parametrize("api_version", ["2022-10", "2023-02"])
def test_wait_for_lookup_returns_the_complete_results(api_version: Any) -> None:
    with Sandbox(api_version=api_version, credit=1000) as sandbox, ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        bulk_id, steps = bulk(api, 1200), []
        timer = Timer(0.2, sandbox.finish_lookups)
        timer.start()
        results = wait_for_lookup(api, bulk_id, progress=lambda done, total: steps.append((done, total)), **QUICK)
        timer.join()
        assert len({result.phone_number for result in results}) == 1200
        assert steps[-1] == (1200, 1200)
        assert steps == sorted(steps)


def test_a_timeout_says_how_many_results_arrived(sandbox: Sandbox, api: NumbersApi) -> None:
    bulk_id = bulk(api, 5)
    with pytest.raises(ApiTimeoutException, match="only [0-5] of 5 results arrived within 0 s"):
        wait_for_lookup(api, bulk_id, timeout=0)


class Growing:
    """A bulk lookup whose pages of two fill up while it is read; it gives no cursor twice."""

    def __init__(self, *states: list[str]) -> None:
        self.states = list(states)
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Reply:
        cursor = int(request.query.rpartition(".")[2]) if "next=" in request.query else 0
        if cursor == 0 or not self.asked or self.asked[-1] == "end":
            self.ids = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        more = f"{len(self.asked)}.{cursor + 2}" if cursor + 2 < len(self.ids) else None
        self.asked += [str(cursor)] + ([] if more else ["end"])
        data = [{"lookupId": lookup_id} for lookup_id in self.ids[cursor : cursor + 2]]
        return Reply(body={"info": {"totalValid": 6}, "data": data, "paging": {"next": more}})


def test_full_pages_are_not_read_again(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    growing = Growing(list("abc"), list("abcde"), list("abcdef"))
    results = wait_for_lookup(connect(serve(growing)), "id", **QUICK)
    assert [result.lookup_id for result in results] == list("abcdef")
    assert growing.asked == ["0", "2", "end", "2", "4", "end", "4", "end"]


def test_results_inserted_before_others_are_found(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    growing = Growing(list("cdef"), list("acdef"), list("abcdef"))
    results = wait_for_lookup(connect(serve(growing)), "id", **QUICK)
    assert sorted(result.lookup_id for result in results) == list("abcdef")


def test_all_pages_are_rarely_read_again_while_no_results_arrive(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    class EnoughPollsError(Exception):
        pass

    growing, polls = Growing(list("abcde")), 0

    def count(*_: int) -> None:
        nonlocal polls
        polls += 1
        if polls == 40:
            raise EnoughPollsError

    api = connect(serve(growing))
    with pytest.raises(EnoughPollsError):
        wait_for_lookup(api, "id", timeout=600, poll_interval=0.01, max_poll_interval=0.01, progress=count)
    assert growing.asked.count("0") <= 1 + polls.bit_length()
    with pytest.raises(ApiTimeoutException, match="only 5 of 6 results"):
        wait_for_lookup(api, "id", timeout=0)


def test_all_pages_are_read_again_once_they_are_full(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    growing = Growing(*[list("bcdef")] * 7, list("abcdef"))
    looks: list[int] = []
    results = wait_for_lookup(connect(serve(growing)), "id", progress=lambda done, _: looks.append(done), **QUICK)
    assert [result.lookup_id for result in results] == list("bcdefa")
    assert looks == [5] * 8 + [6]


def test_results_that_join_an_earlier_page_are_found(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    first_pages = iter(["ab", "abc"])

    def answer(request: Request) -> Reply:
        last = "next=" in request.query
        data = [{"lookupId": lookup_id} for lookup_id in ("de" if last else next(first_pages))]
        return Reply(body={"info": {"totalValid": 5}, "data": data, "paging": {"next": None if last else "after-c"}})

    results = wait_for_lookup(connect(serve(answer)), "id", **QUICK)
    assert sorted(result.lookup_id for result in results) == list("abcde")


def test_a_failure_between_pages_does_not_restart_the_reading(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    growing, failures = Growing(list("abcdef")), [503]

    def answer(request: Request) -> Reply:
        return Reply(failures.pop()) if request.query.endswith(".4") and failures else growing(request)

    assert len(wait_for_lookup(connect(serve(answer)), "id", **QUICK)) == 6
    assert growing.asked == ["0", "2", "2", "4", "end"]


# ---- every wait ends in time

SLOW = {
    "asks for a delay": Reply(429, headers={"Retry-After": "20"}),
    "fails": Reply(503),
    "never responds": Reply(fault="stall"),
    "drips": Reply(fault="drip"),
    "drips a body": Reply(fault="drip body"),
    "closes": Reply(fault="close"),
}
WAITS: dict[str, Callable[..., object]] = {
    "sms": lambda api, **options: wait_for_sms(api, "id", **options),
    "code": lambda api, **options: wait_for_code(api, "id", **options),
    "lookup": lambda api, **options: wait_for_lookup(api, "id", **options),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize("reply", SLOW.values(), ids=SLOW)
def test_the_timeout_holds_whatever_the_service_does(
    reply: Reply,
    wait: Callable[..., object],
    serve: Callable[..., ScriptedServer],
    connect: Callable[..., NumbersApi],
) -> None:
    started = time.monotonic()
    with pytest.raises(ApiTimeoutException):
        wait(connect(serve(lambda _: reply), retries=2), timeout=0.5, poll_interval=0.05)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("total", [-1, True, False, "1", None, 1.0])
def test_an_odd_number_of_results_is_not_a_complete_lookup(
    total: Any, serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    api = connect(serve(lambda _: Reply(200, {"info": {"totalValid": total}, "data": [{"lookupId": "l-1"}]})))
    with pytest.raises(ApiTimeoutException, match="only 1 of an unknown number of results"):
        wait_for_lookup(api, "id", timeout=0)


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_the_timeout_holds_across_endless_pages(
    wait: Callable[..., object], serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    pages = 0

    def answer(_: Request) -> Reply:
        nonlocal pages
        pages += 1
        time.sleep(0.05)
        rows = [{"msgId": f"{pages}-{row}", "receivedAt": "2026-01-01 00:00:00", "lookupId": "l"} for row in range(50)]
        return Reply(200, {"info": {"totalValid": 10**9}, "data": rows, "paging": {"next": str(pages)}})

    started = time.monotonic()
    with pytest.raises(ApiTimeoutException):
        wait(connect(serve(answer), total_timeout=0.8), timeout=0.5, poll_interval=0.05)
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize(
    "reply", [Reply(200, {"data": []}), Reply(429, headers={"Retry-After": "9"})], ids=["polling", "retrying"]
)
def test_a_wait_can_be_cancelled_from_another_thread(
    reply: Reply,
    wait: Callable[..., object],
    serve: Callable[..., ScriptedServer],
    connect: Callable[..., NumbersApi],
) -> None:
    cancel, started = Event(), time.monotonic()
    Timer(0.3, cancel.set).start()
    with pytest.raises(CallCancelledException):
        wait(connect(serve(lambda _: reply), retries=5), timeout=60, poll_interval=10, cancel=cancel)
    assert time.monotonic() - started < 5
    with pytest.raises(ApiTypeError, match="cancel must be"):
        wait(connect(serve([])), cancel="now")


def test_asyncio_ends_at_once_if_a_wait_is_cancelled(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    api, cancel = connect(serve(lambda _: Reply(200, {"data": []}))), Event()

    async def main() -> None:
        waiting = asyncio.create_task(asyncio.to_thread(wait_for_sms, api, "id", timeout=60, cancel=cancel))
        await asyncio.sleep(0.2)
        waiting.cancel()
        cancel.set()

    started = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - started < 5


def test_setting_the_clock_after_a_failed_first_poll_does_not_matter(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(timezone.utc).replace(microsecond=0)
    old = {"msgId": "old", "receivedAt": f"{now - timedelta(minutes=5):%Y-%m-%d %H:%M:%S}", "text": "old"}
    new = {"msgId": "new", "receivedAt": f"{now + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}", "text": "new"}
    date = {"Date": format_datetime(now + timedelta(seconds=1), usegmt=True)}
    for hours in (-3, 3):
        replies = iter([Reply(503), Reply(200, {"data": [new, old]}, date)])

        def answer(_: Request, replies: Iterator[Reply] = replies, hours: int = hours) -> Reply:
            shifted = time.time() + hours * 3600
            monkeypatch.setattr("time.time", lambda: shifted)
            return next(replies)

        assert wait_for_sms(connect(serve(answer)), "id", timeout=5, poll_interval=0.05).text == "new"
        monkeypatch.undo()


# ---- lookup_results


def paged(pages: int) -> Callable[[Request], Reply]:
    """Return the pages of a finished bulk lookup, with one result each."""

    def answer(request: Request) -> Reply:
        at = int(request.query.rpartition("next=")[2]) if "next=" in request.query else 0
        rows = [{"phoneNumber": f"+3361224{at:04}", "lookupId": f"l-{at}"}]
        following = str(at + 1) if at + 1 < pages else None
        return Reply(body={"info": {"totalValid": pages}, "data": rows, "paging": {"next": following}})

    return answer


def test_a_page_is_requested_when_its_first_result_is_reached(serve: Any, connect: Any) -> None:
    server = serve(paged(3))
    results = lookup_results(connect(server), "id", **QUICK)
    assert [(next(results).lookup_id, len(server.requests)) for _ in range(3)] == [("l-0", 1), ("l-1", 2), ("l-2", 3)]
    assert list(results) == []


def test_the_time_that_the_caller_needs_for_results_does_not_count(serve: Any, connect: Any) -> None:
    results = lookup_results(connect(serve(paged(3))), "id", timeout=0.5, poll_interval=0.01)
    for _ in range(3):
        next(results)
        time.sleep(0.6)
    assert list(results) == []


def test_cancelling_one_wait_does_not_cancel_other_calls(serve: Any, connect: Any) -> None:
    api, cancel = connect(serve(paged(3))), Event()
    results = lookup_results(api, "id", cancel=cancel, **QUICK)
    next(results)
    cancel.set()
    assert next(lookup_results(api, "id", **QUICK)).lookup_id == "l-0"
    assert len(wait_for_lookup(api, "id", **QUICK)) == 3
