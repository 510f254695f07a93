"""Total timeout: every call ends in time, whatever the service does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import smscx_client
from smscx_client import ApiClient, ApiTimeoutException, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.http_info import Attempt
from smscx_client.models import NumbersLookupRequest
from support.raw_server import raw_server
from support.scripted_server import Reply, ScriptedServer

Serve = Callable[..., ScriptedServer]
Connect = Callable[..., NumbersApi]


def elapsed(call: Callable[[], object], error: type[Exception] = ApiTimeoutException) -> tuple[float, Any]:
    """Make a call that must fail; return the seconds it took and its exception."""
    started = time.monotonic()
    with pytest.raises(error) as caught:
        call()
    return time.monotonic() - started, caught.value


@pytest.mark.parametrize("fault", ["drip", "drip body", "stall"])
@pytest.mark.parametrize("status", [200, 500])
def test_a_slow_response_ends_at_the_total_timeout(fault: str, status: int, serve: Serve, connect: Connect) -> None:
    api = connect(serve(lambda _: Reply(status, fault=fault)), total_timeout=0.6)
    if status == 500 and fault == "drip body":
        seconds, exception = elapsed(lambda: api.lookup_number("33612246450"), smscx_client.ServerErrorException)
    else:
        seconds, exception = elapsed(lambda: api.lookup_number("33612246450"))
        assert "total timeout of 0.6 s" in str(exception)
    assert 0.5 < seconds < 1.6
    assert exception.outcome_unknown is True


def test_the_limit_holds_for_each_call_and_the_connection_stays_usable(serve: Serve, connect: Connect) -> None:
    server = serve([Reply(), Reply(fault="drip"), Reply()])
    api = connect(server)
    api.validate_number("1")
    seconds, _ = elapsed(lambda: api.validate_number("1", _total_timeout=0.4))
    assert seconds < 1.4
    api.validate_number("1")


def test_retries_and_delays_count(serve: Serve, connect: Connect) -> None:
    server = serve(lambda _: Reply(503, headers={"Retry-After": "1"}))
    api = connect(server, retries=50, total_timeout=1.5)
    seconds, exception = elapsed(lambda: api.validate_number("1"), smscx_client.ServerErrorException)
    assert seconds < 2.5
    assert exception.attempts == len(server.requests) == 2


def test_a_delay_that_would_pass_the_limit_raises_the_last_response_at_once(serve: Serve, connect: Connect) -> None:
    api = connect(serve(lambda _: Reply(429, headers={"Retry-After": "30"})), retries=2, total_timeout=5)
    seconds, exception = elapsed(lambda: api.validate_number("1"), smscx_client.RateLimitExceededException)
    assert seconds < 1
    assert exception.retry_after == 30


def test_a_token_request_counts(serve: Serve) -> None:
    configuration = Configuration(
        serve(lambda _: Reply(fault="drip")).url, username="app", password="secret", retries=0, total_timeout=0.5
    )
    with ApiClient(configuration) as client:
        seconds, exception = elapsed(lambda: NumbersApi(client).lookup_number("1"))
    assert seconds < 1.5
    assert exception.outcome_unknown is False


def test_waiting_for_the_token_of_another_thread_counts(serve: Serve) -> None:
    configuration = Configuration(
        serve(lambda _: Reply(fault="drip")).url, username="app", password="secret", retries=0, total_timeout=1.5
    )
    with ApiClient(configuration) as client:
        api = NumbersApi(client)
        first = threading.Thread(target=lambda: elapsed(lambda: api.validate_number("1")))
        first.start()
        while not client._authenticator._token.lock.locked():
            time.sleep(0.01)
        seconds, _ = elapsed(lambda: api.validate_number("1", _total_timeout=0.3))
        first.join()
    assert seconds < 1.3


def test_waiting_for_another_thread_to_renew_the_token_counts(serve: Serve) -> None:
    def let_another_thread_renew(attempt: Attempt) -> None:
        if attempt.status == 401:
            client._authenticator._token.lock.acquire()

    token = Reply(200, {"access_token": "old", "expires_in": 3600})
    server = serve(lambda request: token if request.path == "/oauth/token" else Reply(401))
    configuration = Configuration(server.url, username="app", password="secret", on_attempt=let_another_thread_renew)
    with ApiClient(configuration) as client:
        seconds, exception = elapsed(lambda: NumbersApi(client).lookup_number("1", _total_timeout=0.3))
    assert seconds < 1.3
    assert exception.outcome_unknown is False


def test_connecting_to_every_address_of_a_host_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        held = [socket.socket() for _ in range(4)]
        for connection in held:
            connection.setblocking(False)
            connection.connect_ex(address)
        found = (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_: [found] * (5 if host == "localhost" else 1))
        with ApiClient(Configuration(f"http://localhost:{address[1]}", "k", retries=0, total_timeout=0.6)) as client:
            seconds, exception = elapsed(lambda: NumbersApi(client).lookup_number("1"))
        for connection in held:
            connection.close()
    assert seconds < 1.6
    assert exception.outcome_unknown is False


def test_sending_to_a_slow_reader_counts() -> None:
    ended = threading.Event()

    def read_slowly(connection: socket.socket) -> None:
        while not ended.wait(0.05):
            connection.recv(1000)

    with raw_server(read_slowly) as port:
        request = NumbersLookupRequest([f"+336{number:0200}" for number in range(40_000)])
        with ApiClient(Configuration(f"http://127.0.0.1:{port}", "k", retries=0, total_timeout=1)) as client:
            seconds, exception = elapsed(lambda: NumbersApi(client).lookup_numbers(request))
        ended.set()
    assert seconds < 2
    assert exception.outcome_unknown is True


def test_a_streamed_body_is_not_limited_after_it_was_returned(serve: Serve, connect: Connect) -> None:
    api = connect(serve([Reply(body=b" " * 100_000)]), total_timeout=0.2)
    response = api.validate_number("1", _preload_content=False)
    time.sleep(0.3)
    assert len(response.read()) == 100_000


def test_only_the_read_timeout_counts_while_a_returned_body_is_read() -> None:
    def respond_slowly(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        time.sleep(0.8)
        connection.sendall(b"{}")

    with raw_server(respond_slowly) as port:
        with ApiClient(Configuration(f"http://127.0.0.1:{port}", "k", total_timeout=0.4)) as client:
            response = NumbersApi(client).validate_number("1", _preload_content=False)
            assert response.read() == b"{}"


def test_none_means_no_limit_and_retries_can_be_set_per_call(serve: Serve, connect: Connect) -> None:
    server = serve(lambda _: Reply(503))
    with pytest.raises(smscx_client.ServerErrorException) as caught:
        connect(server, total_timeout=None).validate_number("1", _retries=1)
    assert caught.value.attempts == 2


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"_total_timeout": 0}, smscx_client.ApiValueError),
        ({"_total_timeout": "1"}, smscx_client.ApiTypeError),
        ({"_total_timeout": (1, 2)}, smscx_client.ApiTypeError),
        ({"_total_timeout": 1e300}, smscx_client.ApiValueError),
        ({"_retries": -1}, smscx_client.ApiValueError),
        ({"_retries": 1.5}, smscx_client.ApiTypeError),
        ({"_request_timeout": -1}, smscx_client.ApiValueError),
        ({"_headers": {"X": "a\nb"}}, smscx_client.ApiValueError),
        ({"_request_auths": [{"in": "query"}]}, smscx_client.ApiValueError),
    ],
)
def test_wrong_options_raise_before_even_a_token_is_requested(
    options: dict[str, Any], error: type[Exception], serve: Serve
) -> None:
    server = serve([])
    with ApiClient(Configuration(server.url, username="app", password="secret")) as client:
        with pytest.raises(error, match=next(iter(options))):
            NumbersApi(client).lookup_number("1", **options)
    assert server.requests == []
