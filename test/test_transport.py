"""Transport: retries, delays, timeouts, connections and logging."""

from __future__ import annotations

import gc
import logging
import socket
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from email.utils import formatdate
from typing import Any

import pytest

import smscx_client
from smscx_client import ApiClient, ApiConnectionException, ApiException, ApiTimeoutException, Configuration
from smscx_client._transport import pool
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.http_info import Attempt
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.journal import Journal
from smscx_client.model_utils import Model
from smscx_client.models import NumbersLookupRequest, RentNumberRequest
from smscx_client.operation import Operation
from support.operations import DECLARED
from support.operations import call as call_operation
from support.raw_server import raw_server
from support.scripted_server import Reply, Request, ScriptedServer, no_server_url

SERVER_FAULTS = [
    *(Reply(fault=fault) for fault in ("reset", "close", "garbage", "truncated", "stall")),
    *(Reply(status) for status in (500, 502, 503, 504)),
    Reply(200, b"this is not compressed", {"Content-Encoding": "gzip"}),
]


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the delays in seconds instead of sleeping."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    pool._warn_about_plain_http.cache_clear()
    return slept


def call(name: str, server: ScriptedServer | str, **options: Any) -> Any:
    host = server if isinstance(server, str) else server.url
    login = {"username": "app", "password": "secret"} if name == "get_access_token" else {"api_key": "k"}
    with ApiClient(Configuration(host, **{"timeout": (5, 0.3), **login, **options})) as client:  # type: ignore[arg-type]
        return call_operation(name, NumbersApi(client))


@pytest.mark.parametrize("reply", SERVER_FAULTS, ids=lambda reply: reply.fault or str(reply.status))
@pytest.mark.parametrize("name", DECLARED)
def test_a_fault_after_the_request_arrived_is_retried_only_if_idempotent(name: str, reply: Reply, serve: Any) -> None:
    """An idempotent call succeeds; any other is processed once, and raises with outcome_unknown."""
    server = serve([reply, Reply(200, {})])
    if DECLARED[name].idempotent:
        call(name, server)
        assert len(server.requests) == 2
        return
    with pytest.raises(ApiException) as caught:
        call(name, server)
    assert len(server.requests) == 1
    assert caught.value.outcome_unknown is True
    assert caught.value.attempts == 1
    assert ("find_outcome()" if DECLARED[name].identified_by else "no other call can tell") in str(caught.value)
    assert "33612424105" not in str(caught.value)


@pytest.mark.parametrize("name", DECLARED)
def test_every_operation_is_retried_after_a_429(name: str, serve: Any, waits: list[float]) -> None:
    server = serve([Reply(429, {}, {"Retry-After": "3"}), Reply(200, {})])
    call(name, server)
    assert len(server.requests) == 2
    assert waits == [3.0]


@pytest.mark.parametrize("name", DECLARED)
def test_every_operation_is_retried_if_it_never_reached_the_service(name: str, waits: list[float]) -> None:
    for host in (no_server_url(), "http://no-such-host.invalid"):
        with (
            pytest.warns(UserWarning, match="http") if "invalid" in host else nullcontext(),
            pytest.raises(ApiConnectionException) as caught,
        ):
            call(name, host)
        assert caught.value.attempts == 3
        assert caught.value.outcome_unknown is False
    assert len(waits) == 4


@pytest.mark.parametrize("name", DECLARED)
def test_a_retry_reaches_a_service_that_comes_back(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = no_server_url()
    port = int(url.rpartition(":")[2])
    started: list[ScriptedServer] = []

    def start_instead_of_sleeping(_: float) -> None:
        started.append(ScriptedServer([Reply(200, {})], port=port))

    monkeypatch.setattr(time, "sleep", start_instead_of_sleeping)
    call(name, url)
    assert len(started[0].requests) == 1
    started[0].close()


@pytest.mark.parametrize("name", DECLARED)
def test_a_reset_before_the_request_was_read_leaves_a_paid_call_unknown(name: str, serve: Any) -> None:
    """The client cannot know that the request was not read."""
    server = serve([Reply(200, {})])
    server.reset_unread = 1
    if DECLARED[name].idempotent:
        call(name, server)
        assert len(server.requests) == 1
        return
    with pytest.raises(ApiConnectionException) as caught:
        call(name, server)
    assert caught.value.outcome_unknown is True
    assert server.requests == []


@pytest.mark.parametrize("retries", [0, False, 1, 2, 5])
def test_retries_is_the_number_of_retries(retries: int, serve: Any) -> None:
    server = serve(lambda _: Reply(503))
    with pytest.raises(smscx_client.ServerErrorException) as caught:
        call("validate_number", server, retries=retries)
    assert len(server.requests) == caught.value.attempts == int(retries) + 1


def test_the_last_response_is_raised(serve: Any) -> None:
    server = serve([Reply(500), Reply(503), Reply(502, {"error": {"message": "the last"}})])
    with pytest.raises(smscx_client.ServerErrorException, match="the last\nFailed after 3 attempts.") as caught:
        call("validate_number", server)
    assert caught.value.status == 502


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 409, 501, 505])
def test_other_statuses_are_not_retried(status: int, serve: Any) -> None:
    server = serve(lambda _: Reply(status, headers={"Retry-After": "1"}))
    with pytest.raises(ApiException):
        call("validate_number", server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [413, 503])
def test_retry_after_does_not_make_a_paid_call_retried(status: int, serve: Any) -> None:
    server = serve(lambda _: Reply(status, headers={"Retry-After": "1"}))
    with pytest.raises(ApiException):
        call("rent_number", server)
    assert len(server.requests) == 1


def test_an_endpoint_without_a_method_is_retried_only_if_declared_idempotent(serve: Any) -> None:
    server = serve(lambda _: Reply(503))
    with ApiClient(Configuration(server.url, "k")) as client:
        for idempotent, sends in ((False, 1), (True, 3)):
            server.requests.clear()
            with pytest.raises(smscx_client.ServerErrorException):
                client.call_api(Operation("new", "GET", "/new", response_type=dict, idempotent=idempotent))
            assert len(server.requests) == sends


def test_the_backoff_is_exponential_with_full_jitter_and_a_maximum(serve: Any, waits: list[float]) -> None:
    for _ in range(30):
        with pytest.raises(smscx_client.ServerErrorException):
            call("validate_number", serve(lambda _: Reply(503)), retries=5, max_retry_delay=3.0)
    by_attempt = [waits[attempt::5] for attempt in range(5)]
    for attempt, bound in enumerate((0.5, 1.0, 2.0, 3.0, 3.0)):
        assert all(0 <= wait <= bound for wait in by_attempt[attempt])
        assert max(by_attempt[attempt]) > bound / 2
        assert min(by_attempt[attempt]) < bound / 2


NOW = 1_700_000_000


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 7 "}, 7.0),
        ({"Retry-After": formatdate(NOW + 9, usegmt=True), "Date": formatdate(NOW, usegmt=True)}, 9.0),
        ({"Retry-After": formatdate(NOW - 9, usegmt=True), "Date": formatdate(NOW, usegmt=True)}, 0.0),
        ({"X-Rate-Limit-Reset": str(NOW + 11), "Date": formatdate(NOW, usegmt=True)}, 11.0),
        ({"Retry-After": "7", "X-Rate-Limit-Reset": str(NOW + 11), "Date": formatdate(NOW, usegmt=True)}, 7.0),
    ],
)
def test_a_retry_waits_as_long_as_the_service_asks(
    headers: dict[str, str], wait: float, serve: Any, waits: list[float]
) -> None:
    call("validate_number", serve([Reply(429, {}, headers), Reply(200, {})]))
    assert waits == [wait]


def test_without_a_date_header_the_reset_is_compared_with_the_local_clock(serve: Any, waits: list[float]) -> None:
    call("validate_number", serve([Reply(429, {}, {"X-Rate-Limit-Reset": str(int(time.time()) + 20)}), Reply(200, {})]))
    assert 17 < waits[0] <= 20


@pytest.mark.parametrize("odd", ["soon", "-5", "1e3", "9" * 30, "Mon, 99 Foo 2020"])
def test_a_malformed_retry_after_is_ignored(odd: str, serve: Any, waits: list[float]) -> None:
    call("validate_number", serve([Reply(429, {}, {"Retry-After": odd}), Reply(200, {})]))
    assert 0 <= waits[0] <= 0.5


def test_a_server_error_does_not_wait_for_the_rate_limit_reset(serve: Any, waits: list[float]) -> None:
    call("validate_number", serve([Reply(500, {}, {"X-Rate-Limit-Reset": str(int(time.time()) + 20)}), Reply(200, {})]))
    assert 0 <= waits[0] <= 0.5


def test_a_delay_above_the_maximum_raises_at_once_with_retry_after(serve: Any, waits: list[float]) -> None:
    server = serve(lambda _: Reply(429, {}, {"Retry-After": "61"}))
    with pytest.raises(smscx_client.RateLimitExceededException) as caught:
        call("validate_number", server)
    assert caught.value.retry_after == 61.0
    assert (waits, len(server.requests), caught.value.attempts) == ([], 1, 1)


def test_a_retry_delay_can_be_interrupted(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    server = serve(lambda _: Reply(503))
    with pytest.raises(KeyboardInterrupt):
        call("validate_number", server)


def test_a_stall_ends_at_the_read_timeout_and_a_dead_host_at_the_connect_timeout(serve: Any) -> None:
    with pytest.raises(ApiTimeoutException, match="no response within 0.3 s") as caught:
        call("lookup_number", serve(lambda _: Reply(fault="stall")))
    assert caught.value.outcome_unknown is True
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        held = [_connecting(port) for _ in range(4)]
        started = time.monotonic()
        with pytest.raises(ApiTimeoutException) as caught:
            call("lookup_number", f"http://127.0.0.1:{port}", timeout=(0.2, 60), retries=1)
        assert time.monotonic() - started < 5
        assert (caught.value.attempts, caught.value.outcome_unknown) == (2, False)
        for connection in held:
            connection.close()


def _connecting(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex(("127.0.0.1", port))
    return connection


def test_the_read_timeout_applies_while_a_large_body_is_sent(serve: Any) -> None:
    """A slow reader takes longer than the connect timeout and gets the whole body."""
    received = bytearray()

    def read_slowly(connection: socket.socket) -> None:
        connection.settimeout(5)
        while not received.endswith(b"]}"):
            received.extend(connection.recv(65536))
            threading.Event().wait(0.01)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with raw_server(read_slowly) as port:
        request = NumbersLookupRequest([f"+336{number:02000}" for number in range(4_000)])
        started = time.monotonic()
        with ApiClient(Configuration(f"http://127.0.0.1:{port}", "k", timeout=(0.1, 20), retries=0)) as client:
            NumbersApi(client).lookup_numbers(request)
        assert time.monotonic() - started > 0.1
    assert received.count(b"+336") == 4_000


SENDING = """
import sys
from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import NumbersLookupRequest, NumbersValidateRequest

port, operation = sys.argv[1:]
numbers = [f"+336{number:0100}" for number in range(40_000)]
with ApiClient(Configuration(f"http://127.0.0.1:{port}", "k", proxy=False, retries=0)) as client:
    request = NumbersLookupRequest if operation == "lookup_numbers" else NumbersValidateRequest
    getattr(NumbersApi(client), operation)(request(numbers))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems may send the data of a dead process")
@pytest.mark.parametrize(("operation", "is_reset"), [("lookup_numbers", True), ("validate_numbers", False)])
def test_what_a_killed_process_did_not_send_of_a_paid_request_is_discarded(operation: str, is_reset: bool) -> None:
    started, killed = threading.Event(), threading.Event()
    received, resets = bytearray(), []

    def read_later(connection: socket.socket) -> None:
        connection.settimeout(20)
        received.extend(connection.recv(4096))
        started.set()
        killed.wait(20)
        try:
            while data := connection.recv(65536):
                received.extend(data)
        except ConnectionResetError:
            resets.append(True)

    with raw_server(read_later) as port:
        with subprocess.Popen([sys.executable, "-c", SENDING, str(port), operation]) as sending:
            assert started.wait(20)
            sending.kill()
        killed.set()
    assert resets == [True] * is_reset
    assert not received.endswith(b"]}")


def test_each_attempt_is_recorded_before_its_first_byte(serve: Any, tmp_path: Any) -> None:
    at_the_service: list[tuple[str, int]] = []
    after_attempts: list[tuple[str, int]] = []

    def state() -> tuple[str, int]:
        (intent,) = journal.entries()
        return intent.state, intent.attempts

    def answer(request: Request) -> Reply:
        if request.method == "GET":
            return Reply(200, {"data": []})
        at_the_service.append(state())
        rejected = Reply(429, {}, {"Retry-After": "0"})
        return rejected if len(at_the_service) < 3 else Reply(200, {"info": {"rentId": "r-1"}})

    def after(attempt: Attempt) -> None:
        if attempt.paid:
            after_attempts.append(state())

    server = serve(answer)
    with ApiClient(Configuration(server.url, "k", retries=2, on_attempt=after)) as client:
        with Journal(tmp_path / "journal") as journal:
            keyed = IdempotentNumbersApi(NumbersApi(client), journal)
            keyed.rent_number(RentNumberRequest("n", 7), idempotency_key="k")
            assert state() == ("done", 3)
    assert at_the_service == [("open", 1), ("open", 2), ("open", 3)]
    assert after_attempts == [("unsent", 1), ("unsent", 2), ("open", 3)]


def test_an_attempt_that_finds_no_service_is_not_recorded(serve: Any, tmp_path: Any) -> None:
    server = serve(lambda _: Reply(200, {"data": []}))

    def stop(attempt: Attempt) -> None:
        server.close()

    with ApiClient(Configuration(server.url, "k", retries=0, on_attempt=stop)) as client:
        with Journal(tmp_path / "journal") as journal:
            keyed = IdempotentNumbersApi(NumbersApi(client), journal)
            request = NumbersLookupRequest(["+33612246450"])
            with pytest.raises(ApiConnectionException):
                keyed.lookup_numbers(request, idempotency_key="k")
            assert [request.method for request in server.requests] == ["GET"]
            assert journal.entries() == []


def test_timeout_none_means_no_limit(serve: Any) -> None:
    server = serve([Reply(200, {})])
    call("validate_number", server, timeout=None)
    assert len(server.requests) == 1


def test_threads_share_a_client_and_its_connections(serve: Any) -> None:
    server = serve(lambda request: Reply(200, {"data": {"phoneNumber": request.path.rpartition("/")[2]}}))
    wrong: list[object] = []
    with ApiClient(Configuration(server.url, "k")) as client:
        api = NumbersApi(client)

        def work(worker: int) -> None:
            for number in range(20):
                sent = f"{worker}{number:04}"
                got = api.validate_number(sent).data.phone_number
                if got != sent:
                    wrong.append((sent, got))

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(1, 33)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(server.requests) == 640
    assert server.connections <= 64


def test_each_attempt_logs_a_debug_line_and_each_retry_a_warning(serve: Any, caplog: Any) -> None:
    server = serve([Reply(503, {}, {"X-Request-Id": "r-1"}), Reply(200, {}, {"X-Request-Id": "r-2"})])
    with caplog.at_level(logging.DEBUG):
        call("validate_number", server)
    lines = [record for record in caplog.records if record.name == "smscx_client"]
    assert [record.levelname for record in lines] == ["DEBUG", "WARNING", "DEBUG"]
    first, again, second = (record.getMessage() for record in lines)
    assert all(float(line.partition(" after ")[2].partition(" ms")[0]) < 5000 for line in (first, second))
    assert first.startswith("validate_number: GET /numbers/validate/{phoneNumber}: 503 after ")
    assert first.endswith("attempt 1, request ID r-1")
    assert again.startswith("validate_number: attempt 1 of 3: 503; retrying in ")
    assert second.endswith("attempt 2, request ID r-2")
    assert "33612424105" not in caplog.text


def test_no_log_line_of_ours_or_of_urllib3_contains_a_phone_number_or_a_key(serve: Any, caplog: Any) -> None:
    server = serve([Reply(fault="reset"), Reply(503), Reply(200, {})])
    with caplog.at_level(logging.DEBUG):
        call("validate_number", server, api_key="very-secret-key")
        with pytest.raises(ApiConnectionException):
            call("lookup_number", no_server_url(), api_key="very-secret-key")
    assert "urllib3" in {record.name.partition(".")[0] for record in caplog.records}
    for secret in ("33612424105", "very-secret-key"):
        assert secret not in caplog.text


def test_plain_http_to_a_remote_host_warns_once() -> None:
    with ApiClient(Configuration("http://no-such-host.invalid", "k", retries=0)) as client:
        with pytest.warns(UserWarning, match="is not https"), pytest.raises(ApiConnectionException):
            NumbersApi(client).validate_number("1")
        client.configuration.api_key = "other"
        with pytest.raises(ApiConnectionException):
            NumbersApi(client).validate_number("1")


@pytest.mark.parametrize("host", ["http://localhost:1", "http://127.8.8.8:1", "http://[::1]:1"])
def test_plain_http_to_loopback_does_not_warn(host: str) -> None:
    with ApiClient(Configuration(host, "k", retries=0)) as client, pytest.raises(ApiConnectionException):
        NumbersApi(client).validate_number("1")


def test_the_last_failed_attempt_logs_a_debug_line(caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ApiConnectionException):
        call("validate_number", no_server_url(), retries=1)
    lines = [
        record.getMessage()
        for record in caplog.records
        if record.levelname == "DEBUG" and record.name == "smscx_client"
    ]
    assert ["attempt 1" in lines[0], "attempt 2" in lines[1], len(lines)] == [True, True, 2]


def test_operations_created_per_call_are_not_kept(serve: Any) -> None:
    with ApiClient(Configuration(serve(lambda _: Reply(200, {})).url, "k")) as client:
        for number in range(200):
            client.call_api(Operation(f"new_{number}", "GET", "/new", response_type=Model))
        gc.collect()
        assert sum(isinstance(held, Operation) and held.name.startswith("new_") for held in gc.get_objects()) <= 64


MALFORMED_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nnot a header\r\n\r\n"


@pytest.mark.parametrize("path", ["/numbers/validate/{phoneNumber}", "/v2/check/{phoneNumber}/now"])
def test_no_log_of_urllib3_contains_an_argument_of_any_operation(path: str, serve: Any, caplog: Any) -> None:
    operation = Operation("check", "GET", path, response_type=Model, idempotent=True)
    replies = [Reply(200, b'{"data": {}}', before=MALFORMED_HEAD + b'{"data": {}}'), Reply(fault="reset"), Reply(503)]
    server = serve([*replies, Reply(200, {})])
    with caplog.at_level(logging.DEBUG), ApiClient(Configuration(server.url, "k", retries=3, timeout=1)) as client:
        for _ in range(2):
            try:
                client.call_api(operation, "33612424105", query={"include": "33612424"})
            except ApiException as exception:
                assert "336124241" not in str(exception)
    records = [record for record in caplog.records if record.name.startswith("urllib3")]
    assert {record.name for record in records} >= {"urllib3.connectionpool", "urllib3.connection"}
    for record in records:
        assert "336124241" not in record.getMessage() + str(record.exc_info)
    assert path in caplog.text
