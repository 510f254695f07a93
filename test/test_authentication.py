"""Authentication: fetching, sharing and renewing access tokens."""

from __future__ import annotations

import base64
import threading
import time
from typing import Any

import pytest

import smscx_client
from smscx_client import ApiClient, ApiException, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.models import RentNumberRequest
from support.scripted_server import Reply, Request


class Service:
    """Issues tokens t1, t2, ...; accepts those that were not revoked."""

    def __init__(self, **token: Any) -> None:
        self.token = {"expires_in": 3600, "scope": "numbers", **token}
        self.issued = 0
        self.revoked: set[str] = set()
        self.processed: list[str] = []
        self.forms: list[str] = []

    def __call__(self, request: Request) -> Reply:
        if request.path == "/oauth/token":
            return self._issue(request)
        token = request.headers["authorization"].removeprefix("Bearer ")
        if token in self.revoked:
            return Reply(401, {"error": {"type": "invalid_client", "message": "expired", "code": 1, "uri": ""}})
        self.processed.append(token)
        return Reply(200, {"info": {}, "data": {}})

    def _issue(self, request: Request) -> Reply:
        if request.headers["authorization"] != "Basic " + base64.b64encode(b"app:secret").decode():
            return Reply(401, {"error": {"type": "invalid_client", "message": "no such application", "code": 1600}})
        time.sleep(0.02)
        self.issued += 1
        self.forms.append(request.body.decode())
        return Reply(200, {"access_token": f"t{self.issued}", **self.token})


def application(server: Any, **options: Any) -> ApiClient:
    return ApiClient(Configuration(server.url, **{"username": "app", "password": "secret", "retries": 0, **options}))


def test_id_and_secret_suffice_and_one_token_serves_many_calls(serve: Any) -> None:
    service = Service()
    with application(serve(service)) as client:
        for _ in range(3):
            NumbersApi(client).validate_number("1")
    assert service.processed == ["t1", "t1", "t1"]
    assert service.forms == ["grant_type=client_credentials"]


def test_the_configured_scope_is_requested(serve: Any) -> None:
    service = Service()
    with application(serve(service), scope="numbers sms") as client:
        NumbersApi(client).validate_number("1")
    assert service.forms == ["grant_type=client_credentials&scope=numbers+sms"]


def test_threads_share_one_fetch(serve: Any) -> None:
    service = Service()
    with application(serve(service)) as client:
        threads = [threading.Thread(target=NumbersApi(client).validate_number, args=("1",)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (service.issued, service.processed) == (1, ["t1"] * 16)


@pytest.mark.parametrize(
    ("expires_in", "until_renewed"), [(3600, 3570), (40, 20), (0, None), (None, None), ("odd", None), (-1, None)]
)
def test_a_token_is_renewed_before_it_expires(
    expires_in: Any, until_renewed: float | None, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    service = Service(expires_in=expires_in)
    with application(serve(service)) as client:
        NumbersApi(client).validate_number("1")
        now[0] += 10**9 if until_renewed is None else until_renewed - 1
        NumbersApi(client).validate_number("1")
        assert service.issued == 1
        if until_renewed is not None:
            now[0] += 2
            NumbersApi(client).validate_number("1")
            assert service.issued == 2


def test_a_rejected_token_is_renewed_once_and_the_call_retried(serve: Any) -> None:
    service = Service()
    with application(serve(service)) as client:
        NumbersApi(client).validate_number("1")
        service.revoked.add("t1")
        NumbersApi(client).rent_number(RentNumberRequest("n", 1))
        assert service.processed == ["t1", "t2"]
        service.revoked |= {"t2", "t3"}
        with pytest.raises(smscx_client.InvalidCredentialsException, match="validate_number: 401"):
            NumbersApi(client).validate_number("1")
    assert service.issued == 3


def test_a_configured_token_is_not_renewed(serve: Any) -> None:
    service = Service()
    service.revoked.add("given")
    with application(serve(service), access_token="given") as client:
        with pytest.raises(smscx_client.InvalidCredentialsException):
            NumbersApi(client).validate_number("1")
    assert service.issued == 0


def test_a_wrong_secret_raises_the_error_of_the_token_endpoint(serve: Any) -> None:
    server = serve(Service())
    with application(server, password="wrong") as client:
        with pytest.raises(smscx_client.InvalidCredentialsException, match="no such application") as caught:
            NumbersApi(client).validate_number("1")
    assert (caught.value.operation, caught.value.error_type) == ("get_access_token", "invalid_client")
    assert [request.path for request in server.requests] == ["/oauth/token"]


@pytest.mark.parametrize("token", [None, 5, "", "a\nb"])
def test_a_token_that_headers_cannot_carry_raises_without_showing_it(token: Any, serve: Any) -> None:
    with application(serve(Service(access_token=token))) as client:
        with pytest.raises(ApiException, match="access_token"):
            NumbersApi(client).validate_number("1")


def test_an_application_may_request_tokens_itself(serve: Any) -> None:
    with application(serve(Service())) as client:
        answer = OauthApi(client).get_access_token("client_credentials", scope="numbers")
        assert (answer.access_token, answer.expires_in, answer.scope) == ("t1", 3600, "numbers")
        with pytest.raises(smscx_client.ApiValueError, match="grant_type must be one of 'client_credentials'"):
            OauthApi(client).get_access_token("password")  # type: ignore[arg-type]


def test_without_an_application_no_token_is_requested(serve: Any) -> None:
    server = serve(Service())
    with ApiClient(Configuration(server.url, "key")) as client:
        with pytest.raises(smscx_client.InvalidCredentialsException, match="username"):
            OauthApi(client).get_access_token()
    assert server.requests == []


def test_a_token_is_not_used_after_the_application_changed(serve: Any) -> None:
    service = Service()
    with application(serve(service)) as client:
        NumbersApi(client).validate_number("1")
        client.configuration.username = "other"
        with pytest.raises(smscx_client.InvalidCredentialsException):
            NumbersApi(client).validate_number("1")


class Vault:
    """Returns the current API key; the service accepts only ``valid``."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.valid = "new-key"
        self.received: list[str] = []

    def api_key(self) -> Any:
        key = self.keys.pop(0) if len(self.keys) > 1 else self.keys[0]
        if isinstance(key, Exception):
            raise key
        return key

    def serve(self, request: Request) -> Reply:
        self.received.append(request.headers["x-api-key"])
        return Reply(200 if self.received[-1] == self.valid else 401, {"info": {}, "data": {}})


def test_a_function_that_returns_the_api_key_is_called_for_each_call(serve: Any, connect: Any) -> None:
    vault = Vault("key-1", "key-2", "key-2")
    api = connect(serve([Reply(503), Reply(200), Reply(200)]), api_key=vault.api_key, retries=1)
    api.validate_number("1")
    assert vault.keys == ["key-2", "key-2"]
    api.validate_number("1")
    assert vault.keys == ["key-2"]


@pytest.mark.parametrize("keys", [("old-key", "new-key"), ("new-key",)])
def test_a_paid_call_whose_key_was_rotated_is_retried_once_with_the_new_key(
    keys: tuple[str, ...], serve: Any, connect: Any
) -> None:
    vault = Vault(*keys)
    connect(serve(vault.serve), api_key=vault.api_key).rent_number(RentNumberRequest("n", 1))
    assert tuple(vault.received) == keys


@pytest.mark.parametrize(("keys", "sent"), [(("old-key",), 1), (("old-key", "other-key", "new-key"), 2)])
def test_a_rejected_key_is_retried_only_if_it_changed_and_only_once(
    keys: tuple[str, ...], sent: int, serve: Any, connect: Any
) -> None:
    vault = Vault(*keys)
    with pytest.raises(smscx_client.InvalidCredentialsException, match="rent_number: 401"):
        connect(serve(vault.serve), api_key=vault.api_key).rent_number(RentNumberRequest("n", 1))
    assert len(vault.received) == sent


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (OSError("vault.example key-7f3a"), "the api_key function raised OSError"),
        (None, "the result of the api_key function must be str, not NoneType"),
        ("", "the result of the api_key function is empty"),
        ("key-7f3a\n", "the result of the api_key function contains a line break"),
    ],
)
@pytest.mark.parametrize("sent", [0, 1])
def test_a_failure_to_get_the_api_key_is_reported_and_nothing_is_processed(
    key: Any, reason: str, sent: int, serve: Any, connect: Any
) -> None:
    vault = Vault(*["old-key"] * sent, key)
    with pytest.raises(smscx_client.InvalidCredentialsException, match=reason) as caught:
        connect(serve(vault.serve), api_key=vault.api_key).rent_number(RentNumberRequest("n", 1))
    assert "key-7f3a" not in str(caught.value)
    assert not caught.value.outcome_unknown
    assert caught.value.__cause__ is not None
    assert len(vault.received) == sent
