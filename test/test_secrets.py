"""Secrets: no log line, message, traceback, repr or pickled exception contains a credential or phone number."""

from __future__ import annotations

import logging
import pickle
import time
import traceback
from typing import Any

import pytest

from smscx_client import ApiClient, ApiExceptionBase, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.http_info import Attempt
from support.operations import DECLARED, call
from support.scripted_server import Reply, no_server_url

KEY, TOKEN, PASSWORD, PROXY_PASSWORD = "planted-key-1", "planted-token-2", "planted-secret-3", "planted-proxy-4"
NUMBER = "33612424105"
PLANTED = (KEY, TOKEN, PASSWORD, PROXY_PASSWORD, "cGxhbnRlZC", NUMBER)
REPLIES = [
    Reply(200, b"<html>"),
    Reply(302, {}, {"Location": "https://other.example"}),
    Reply(400, {"error": {"type": "invalid_param", "code": 1207, "message": f"+{NUMBER} is not valid", "uri": ""}}),
    *(Reply(status) for status in (401, 403, 404, 405, 429, 500, 502, 503, 504)),
    *(Reply(fault=fault) for fault in ("reset", "close", "garbage", "truncated", "stall")),
]


@pytest.mark.parametrize("login", ["key", "token", "application"])
@pytest.mark.parametrize("name", DECLARED)
def test_no_failure_shows_a_credential_or_a_phone_number(
    name: str, login: str, serve: Any, caplog: Any, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    credentials = {
        "key": {"api_key": KEY},
        "token": {"access_token": TOKEN},
        "application": {"username": "app", "password": PASSWORD},
    }[login]
    seen: list[str] = []
    server = serve(lambda request: reply_to(request, current))
    hosts = [(server.url, reply) for reply in REPLIES] + [(no_server_url(), Reply())]
    with caplog.at_level(logging.DEBUG):
        for host, current in hosts:  # noqa: B007 - the server reads it
            proxy = None if host == server.url else f"http://user:{PROXY_PASSWORD}@{host[7:]}"
            configuration = Configuration(host, proxy=proxy, timeout=(5, 0.1), debug=True, retries=1, **credentials)  # type: ignore[arg-type]
            with ApiClient(configuration) as client:
                api: Any = OauthApi(client) if name == "get_access_token" else NumbersApi(client)
                seen += [repr(api), repr(client), repr(configuration), configuration.to_debug_report()]
                try:
                    call(name, NumbersApi(client))
                except ApiExceptionBase as exception:
                    seen += ["".join(traceback.format_exception(exception)), repr(exception)]
                    exception.body = ""  # type: ignore[attr-defined]  # what the service sent is kept as it is
                    exception.error = exception.message = None  # type: ignore[attr-defined]
                    seen.append(repr(pickle.dumps(exception)))
    logging.getLogger("smscx_client").setLevel(logging.NOTSET)
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    everything = "\n".join([*seen, caplog.text, *(repr(record.args) for record in caplog.records)])
    assert "smscx_client" in everything
    for secret in PLANTED:
        assert secret not in everything, secret


def reply_to(request: Any, reply: Reply) -> Reply:
    if request.path == "/oauth/token" and reply.status != 401:
        return Reply(200, {"access_token": TOKEN, "expires_in": 3600, "scope": "numbers"})
    return reply


def test_what_a_response_says_cannot_forge_a_log_line_or_show_a_number(serve: Any, connect: Any, caplog: Any) -> None:
    odd = f"bad header {NUMBER}\r\n".encode()
    replies = [
        Reply(200, {}, {"X-Request-Id": "r-1\x1b[31m\x85ERROR forged\x0b"}),
        Reply(before=b"HTTP/1.1 200 OK\r\n" + odd + b"Content-Length: 0\r\n\r\n"),
    ]
    attempts: list[Attempt] = []
    api = connect(serve(replies), on_attempt=attempts.append, timeout=0.5)
    with caplog.at_level(logging.DEBUG):
        api.validate_number(NUMBER)
        with pytest.raises(ApiExceptionBase):
            api.validate_number(NUMBER)
    assert "request ID r-1\\x1b[31m\\x85ERROR forged\\x0b" in caplog.text
    assert attempts[0].request_id == "r-1\\x1b[31m\\x85ERROR forged\\x0b"
    assert "Failed to parse headers" in caplog.text
    assert NUMBER not in caplog.text
    assert not any(record.exc_info for record in caplog.records)
