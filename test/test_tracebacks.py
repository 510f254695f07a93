"""Tracebacks: error trackers that capture local variables find no credential in any reachable frame."""

from __future__ import annotations

import base64
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

import pytest
from rich.console import Console
from rich.traceback import Traceback

from smscx_client import (
    ApiClient,
    ApiException,
    ApiTypeError,
    ApiValueError,
    Configuration,
    ServerErrorException,
)
from smscx_client.api.numbers_api import LOOKUP_NUMBER, NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.models import RentNumberRequest
from support.scripted_server import Reply, ScriptedServer, no_server_url

SECRETS = {
    "key": {"api_key": "planted-key-1"},
    "token": {"access_token": "planted-token-2"},
    "application": {"username": "app", "password": "planted-secret-3"},
}
PLANTED = ("planted-", base64.b64encode(b"app:planted-secret-3").decode(), "fetched-token")
Serve = Callable[..., ScriptedServer]


def frames(exception: BaseException | None) -> Iterator[FrameType]:
    """Yield every frame that is reachable from an exception, its causes and its contexts included."""
    seen: set[int] = set()
    waiting = [exception]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        waiting += [current.__cause__, current.__context__]
        traceback: TracebackType | None = current.__traceback__
        while traceback is not None:
            yield traceback.tb_frame
            traceback = traceback.tb_next


def assert_no_secret(exception: BaseException) -> None:
    reachable = [frame for frame in frames(exception) if frame.f_code.co_filename != __file__]
    assert any("smscx_client" in frame.f_code.co_filename for frame in reachable)
    for frame in reachable:
        code = frame.f_code
        assert "urllib3" not in code.co_filename, code
        assert "http/client" not in code.co_filename, code
        for name, value in frame.f_locals.items():
            shown = repr(value)
            assert not any(secret in shown for secret in PLANTED), (code.co_name, name, shown)


def client(host: str, login: str, **options: Any) -> ApiClient:
    return ApiClient(Configuration(host, **{"retries": 1, "timeout": (1, 0.2), **SECRETS[login], **options}))


def reply(fault: Reply) -> Callable[[Any], Reply]:
    """Issue tokens, and reply to everything else with a fault."""
    token = Reply(200, {"access_token": "fetched-token", "expires_in": 3600})
    return lambda request: token if request.path == "/oauth/token" and fault.status != 401 else fault


FAULTS = {
    **{fault: Reply(fault=fault) for fault in ("reset", "close", "garbage", "truncated", "stall")},
    "not JSON": Reply(200, b"<html>"),
    "not gzip": Reply(200, b"x", {"Content-Encoding": "gzip"}),
    "brotli": Reply(200, b"x", {"Content-Encoding": "br"}),
    "401": Reply(401),
    "500": Reply(500),
}


@pytest.mark.parametrize("login", SECRETS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_call_shows_no_credential(fault: str, login: str, serve: Serve) -> None:
    with client(serve(reply(FAULTS[fault])).url, login) as one, pytest.raises(ApiException) as caught:
        NumbersApi(one).rent_number(RentNumberRequest("id", 1))
    assert_no_secret(caught.value)


@pytest.mark.parametrize("login", SECRETS)
@pytest.mark.parametrize("proxy", [False, True])
def test_a_failure_to_connect_shows_no_credential(login: str, proxy: bool) -> None:
    address = no_server_url()
    through = f"http://user:planted-proxy-4@{address[7:]}" if proxy else False
    with client(address, login, proxy=through) as one, pytest.raises(ApiException) as caught:
        NumbersApi(one).lookup_number("1")
    assert_no_secret(caught.value)


def test_a_failed_token_request_shows_no_credential(serve: Serve) -> None:
    with client(serve([Reply(fault="reset"), Reply(fault="reset")]).url, "application") as one:
        with pytest.raises(ApiException) as caught:
            OauthApi(one).get_access_token()
    assert_no_secret(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"_headers": {"X-API-KEY": "planted-passed"}},
        {"_request_auths": [{"in": "header", "key": "X-API-KEY", "value": "planted-passed"}]},
    ],
)
def test_a_credential_passed_for_one_call_is_not_shown(options: dict[str, Any], serve: Serve) -> None:
    with client(serve([Reply(500), Reply(500)]).url, "key", retries=0) as one:
        with pytest.raises(ServerErrorException) as caught:
            one.call_api(LOOKUP_NUMBER, "1", **options)
        assert_no_secret(caught.value)
        with pytest.raises(ServerErrorException) as caught:
            NumbersApi(one).lookup_number("1", async_req=True, **options).get()
        reachable = [frame for frame in frames(caught.value) if frame.f_code.co_name in ("worker", "call_api", "_send")]
    assert len(reachable) == 3
    assert all("planted-" not in repr(frame.f_locals) for frame in reachable)


@pytest.mark.parametrize(
    "options",
    [
        {"_headers": {"X-API-KEY": "planted-\n"}},
        {"_headers": {"X-API-KEY": "planted-", "X": 1}},
        {"_request_auths": [{"in": "query", "key": "X-API-KEY", "value": "planted-"}]},
        {"_request_auths": {"in": "header", "key": "X-API-KEY", "value": "planted-"}},
        {"_headers": {"X-API-KEY": "planted-"}, "_retries": -1},
    ],
)
def test_wrong_options_show_no_credential(options: dict[str, Any]) -> None:
    with client(no_server_url(), "key") as one, pytest.raises((ApiTypeError, ApiValueError)) as caught:
        one.call_api(LOOKUP_NUMBER, "1", **options)
    assert_no_secret(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": "planted-\n"},
        {"api_key": {"ApiKeyAuth": "planted-\n"}},
        {"api_key": {"Other": "planted-"}},
        {"access_token": "planted-\n"},
        {"username": "app", "password": "planted-\n"},
        {"api_key": "planted-", "access_token": "planted-", "password": "planted-", "retries": -1},
        {"key_password": "planted-", "timeout": "1"},
        {"proxy": "http://user:planted-/@proxy"},
        {"proxy": "socks5://user:planted-@proxy"},
        {"proxy_headers": {"Proxy-Authorization": "planted-\n"}},
    ],
)
def test_a_wrong_option_of_the_configuration_shows_no_credential(options: dict[str, Any]) -> None:
    with pytest.raises((ApiTypeError, ApiValueError)) as caught:
        Configuration(**options)
    assert_no_secret(caught.value)
    configuration = Configuration(api_key="k")
    with pytest.raises((ApiTypeError, ApiValueError)) as caught:
        any(setattr(configuration, name, value) for name, value in options.items())  # type: ignore[func-returns-value]
    assert_no_secret(caught.value)


@pytest.mark.parametrize("proxy", ["http://user:planted-%E2%82%AC@127.0.0.1:1", "http://user:planted-@[v1.x]:1"])
def test_a_proxy_that_cannot_be_used_raises_early_and_shows_no_password(proxy: str) -> None:
    with client("http://127.0.0.1:1", "key", proxy=proxy) as one, pytest.raises(ApiValueError, match="proxy") as caught:
        NumbersApi(one).lookup_number("1")
    assert_no_secret(caught.value)


def test_a_malformed_proxy_of_the_environment_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://user:planted-/@proxy")
    with client("http://127.0.0.1:1", "key") as one, pytest.raises(ApiValueError, match="HTTP_PROXY") as caught:
        NumbersApi(one).lookup_number("1")
    assert_no_secret(caught.value)


def test_a_malformed_access_token_is_not_shown(serve: Serve) -> None:
    with client(serve([Reply(200, {"access_token": "planted-\n"})]).url, "application") as one:
        with pytest.raises(ApiException, match="access_token") as caught:
            NumbersApi(one).lookup_number("1")
    assert_no_secret(caught.value)


def test_the_log_record_of_a_hook_that_raises_shows_no_credential(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with client(serve(reply(Reply(200))).url, "application", on_attempt=lambda _: 1 / 0) as one:
        NumbersApi(one).lookup_number("1")
    failures = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert len(failures) == 2
    for failure in failures:
        assert_no_secret(failure)


@pytest.mark.parametrize("login", ["key", "token"])
def test_a_traceback_of_rich_shows_no_part_of_a_long_credential(login: str, serve: Serve) -> None:
    (name,) = SECRETS[login]
    with client(serve([Reply(500)]).url, login, **{name: "planted-" * 100, "retries": 0}) as one:
        with pytest.raises(ServerErrorException) as caught:
            NumbersApi(one).lookup_number("1")
    output = io.StringIO()
    shown = Traceback.from_exception(type(caught.value), caught.value, caught.tb.tb_next, show_locals=True)
    Console(file=output, width=200).print(shown)
    assert "headers" in output.getvalue()
    assert "planted-" not in output.getvalue()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not interrupt a socket operation")
@pytest.mark.parametrize("login", ["key", "application"])
def test_ctrl_c_shows_no_credential(login: str, serve: Serve) -> None:
    arrived = threading.Event()

    def stall(request: Any) -> Reply:
        if request.path == "/oauth/token":
            return Reply(200, {"access_token": "fetched-token", "expires_in": 3600})
        arrived.set()
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        return Reply(fault="stall")

    with client(serve(stall).url, login, timeout=30) as one, pytest.raises(KeyboardInterrupt) as caught:
        NumbersApi(one).lookup_number("1")
    assert arrived.is_set()
    assert_no_secret(caught.value)
