"""The sandbox is safe to run: checked controls, no access for web pages, checked callback addresses, and limits."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import RentNumberRequest
from smscx_client.sandbox import Sandbox
from support.scripted_server import Reply

FRENCH = "+33612246450"
RENTAL = "68aa4d9f-ee25-4a32-95d0-7272efe3b238"

# ---- controls

INVALID = [
    ("rate_limit", {"limit": "x"}, "limit must be an integer from 0 to 1,000,000,000, not 'x'"),
    ("rate_limit", {"limit": -1}, "limit must be an integer from 0 to 1,000,000,000, not -1"),
    ("rate_limit", {"limit": 5, "window": 0}, "window must be an integer from 1 to 2,678,400, not 0"),
    ("rate_limit", {}, "the argument 'limit' is missing"),
    ("advance", {"days": 10**12}, "days must be a number from 0 to 316,224,000, not 1000000000000"),
    ("advance", {"days": 5000}, "the clock can advance by at most 3,660 days at a time"),
    ("advance", {"days": -1}, "days must be a number from 0 to 316,224,000, not -1"),
    ("advance", {"hours": float("nan")}, "hours must be a number from 0 to 316,224,000, not nan"),
    ("advance", {"hours": True}, "hours must be a number from 0 to 316,224,000, not True"),
    ("advance", {"years": 1}, "unknown argument 'years'; valid arguments: seconds, minutes, hours, days"),
    ("set_time", {"moment": "soon"}, "Invalid isoformat string: 'soon'"),
    ("set_time", {"moment": "1999-12-31"}, "the time must be from 2000 to 2199"),
    ("set_time", {"moment": "0001-01-01T00:00:00+14:00"}, "date value out of range"),
    ("set_time", {"moment": 5}, "moment must be a string of at most 10,000 characters, not 5"),
    ("credit", {"credit": -1}, "credit must be a number from 0 to 1,000,000,000, not -1"),
    ("credit", {"credit": "much"}, "credit must be a number from 0 to 1,000,000,000, not 'much'"),
    ("fail_next", {"times": 10**8}, "times must be an integer from 1 to 1,000,000, not 100000000"),
    ("fail_next", {"times": 1.5}, "times must be an integer from 1 to 1,000,000, not 1.5"),
    ("fail_next", {"delay": float("inf")}, "delay must be a number from 0 to 3,600, not inf"),
    ("fail_next", {"drop": ["before"]}, "drop must be one of before, after, body, not ['before']"),
    ("receive_sms", {"rent_id": RENTAL, "sender": 5, "text": "x"}, "sender must be a string of at most 10,000"),
    ("flush_webhooks", {"timeout": None}, "timeout must be a number from 0 to 3,600, not None"),
    ("webhook_faults", {"fail": -1}, "fail must be an integer from 0 to 1,000,000, not -1"),
    ("redeliver", {}, "nothing has been delivered yet"),
    ("restore", {}, "there is no snapshot"),
    ("create_account", {"credit": -5}, "credit must be a number from 0 to 1,000,000,000, not -5"),
    ("create_account", {"api_version": "2030-01"}, "api_version must be 2022-10 or 2023-02, not '2030-01'"),
    ("reset", [], "the request body must be a JSON object with the arguments"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), INVALID)
def test_a_control_rejects_invalid_arguments_with_a_plain_sentence(
    http: Any, api: NumbersApi, name: str, arguments: Any, message: str
) -> None:
    response = http("POST", f"/_sandbox/{name}", arguments)
    assert response.status == 400
    assert json.loads(response.data)["error"]["message"].startswith(f"{name}: {message}")
    assert api.get_rented_numbers().data == []  # later calls still work


def test_controls_check_their_arguments_in_python_too(sandbox: Sandbox) -> None:
    for call in (
        lambda: sandbox.rate_limit("x"),  # type: ignore[arg-type]
        lambda: sandbox.advance(days=float("nan")),
        lambda: sandbox.fail_next(10**9),
        lambda: setattr(sandbox, "credit", -1),
        lambda: Sandbox(credit=float("inf")),
    ):
        with pytest.raises(ValueError, match="must be"):
            call()


# ---- browsers


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "localhost.evil.example", "", "[::1", "10.0.0.1"]
)
def test_another_host_is_refused(sandbox: Sandbox, http: Any, host: str) -> None:
    for method, path in (("GET", f"/numbers/lookup/{FRENCH}"), ("POST", "/_sandbox/reset"), ("GET", "/")):
        assert http(method, path, headers={"Host": host}).status == 403
    assert sandbox.ledger == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1234", "127.0.0.1", "[::1]:80"])
def test_loopback_hosts_are_accepted(http: Any, host: str) -> None:
    assert http("GET", "/numbers/rent", headers={"Host": host}).status == 200


def test_a_sandbox_on_all_addresses_accepts_addresses_but_no_names() -> None:
    with Sandbox(host="0.0.0.0") as sandbox, urllib3.PoolManager() as pool:
        url = sandbox.url.replace("0.0.0.0", "127.0.0.1")
        for host, status in (("192.168.1.5:8080", 200), ("localhost", 200), ("evil.example", 403)):
            headers = {"X-API-KEY": sandbox.api_key, "Host": host}
            assert pool.request("GET", f"{url}/numbers/rent", headers=headers).status == status


def test_more_hosts_can_be_allowed() -> None:
    with Sandbox(allow_hosts=["Sandbox.test"]) as sandbox, urllib3.PoolManager() as pool:
        headers = {"X-API-KEY": sandbox.api_key, "Host": "sandbox.test:8080"}
        assert pool.request("GET", f"{sandbox.url}/numbers/rent", headers=headers).status == 200


@pytest.mark.parametrize(("origin", "status"), [("http://evil.example", 403), ("null", 403), (None, 200)])
def test_another_origin_is_refused(sandbox: Sandbox, http: Any, origin: str | None, status: int) -> None:
    own = sandbox.url if origin is None else origin
    assert http("POST", "/_sandbox/reset", headers={"Origin": own}).status == status


def test_a_control_needs_a_json_content_type(http: Any, sandbox: Sandbox) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = http("POST", "/_sandbox/credit", {"credit": 1}, headers={"Content-Type": content_type})
        assert response.status == 415
    assert (
        http("POST", "/_sandbox/credit", {"credit": 1}, {"Content-Type": "application/json; charset=utf-8"}).status
        == 200
    )
    assert sandbox.credit == 1


# ---- callback URLs


@pytest.mark.parametrize(
    "host", ["127.0.0.1@10.0.0.1", "0x0a000001", "[::ffff:10.0.0.1]", "10.0.0.1", "167772161", "localhost.example"]
)
def test_nothing_is_posted_to_an_address_outside_loopback(
    sandbox: Sandbox, rent: Callable[..., str], host: str
) -> None:
    sandbox.receive_sms(rent(callback_url=f"http://{host}/sms"), FRENCH, "hello")
    assert sandbox.flush_webhooks()
    assert [delivery.outcome for delivery in sandbox.deliveries] == ["not sent"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "0x7f000001", "user:password@127.0.0.1"])
def test_every_form_of_a_loopback_address_is_posted_to(serve: Any, sandbox: Sandbox, rent: Any, host: str) -> None:
    receiver = serve(lambda _: Reply(200))
    port = urlsplit(receiver.url).port
    sandbox.receive_sms(rent(callback_url=f"http://{host}:{port}/sms?a=1"), FRENCH, "hello")
    assert sandbox.flush_webhooks()
    assert [request.target for request in receiver.requests] == ["/sms?a=1"]
    assert receiver.requests[0].headers["host"] == f"{host.rpartition('@')[2]}:{port}"


# ---- limits


def test_a_request_body_or_its_headers_cannot_be_too_large(http: Any) -> None:
    assert http("POST", "/numbers/validate", "x" * (8 * 1024 * 1024)).status == 413
    assert http("POST", "/_sandbox/reset", "x" * (8 * 1024 * 1024)).status == 413
    assert http("GET", "/numbers/rent", headers={f"X-{n}": "x" * 10_000 for n in range(9)}).status == 431


def test_a_response_says_that_the_connection_ends_after_it(http: Any) -> None:
    assert http("HEAD", "/events").headers["Connection"] == "close"
    too_large = "x" * (8 * 1024 * 1024)
    assert http("POST", "/numbers/validate", too_large).headers["Connection"] == "close"
    assert http("POST", "/nowhere", too_large).status == 404
    assert http("POST", "/nowhere", too_large).headers["Connection"] == "close"


def test_connections_are_limited(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smscx_client.sandbox.server.MAX_CONNECTIONS", 2)
    address = urlsplit(sandbox.url)
    connections = [socket.create_connection((address.hostname, address.port), timeout=5) for _ in range(3)]
    assert connections[2].recv(1) == b""
    connections[0].close()
    connections[1].sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connections[1].recv(12) == b"HTTP/1.1 404"
    for connection in connections:
        connection.close()


def test_recorded_bodies_are_limited(sandbox: Sandbox, http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smscx_client.sandbox.requests.MAX_BYTES", 10_000)
    for number in range(5):
        http("POST", "/numbers/validate", {"phoneNumbers": [str(number)], "padding": "x" * 3000})
    assert [request.json["phoneNumbers"] for request in sandbox.requests] == [["2"], ["3"], ["4"]]


def test_accounts_are_limited(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smscx_client.sandbox.server.MAX_ACCOUNTS", 3)
    first = sandbox.create_account()
    sandbox.create_account()
    with pytest.raises(ValueError, match="there are 3 accounts already"):
        sandbox.create_account()
    first.close()
    sandbox.create_account()


def test_a_rented_number_takes_only_a_valid_callback_url(api: NumbersApi, http: Any) -> None:
    number_id = api.get_available_numbers("FR").data[0].number_id
    for url in ("http://", "ftp://localhost", "http://localhost:99999", "http://local host", "http://[::1"):
        body = {"numberId": number_id, "rentPeriod": 7, "callbackUrl": url}
        assert json.loads(http("POST", "/numbers/rent", body).data)["error"]["code"] == 1226
    api.rent_number(RentNumberRequest(number_id, 7, callback_url="https://localhost:1/sms"))
