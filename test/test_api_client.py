"""ApiClient: requests, responses and per-call options."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

import smscx_client
from smscx_client import ApiClient, ApiException, ApiTypeError, ApiValueError, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api_client import CallOptions
from smscx_client.http_info import Attempt
from smscx_client.model.edit_rent_request import EditRentRequest
from smscx_client.model.number_validate_response import NumberValidateResponse
from smscx_client.model.numbers_validate_request import NumbersValidateRequest
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.model_utils import Model
from smscx_client.models import NumbersLookupRequest, RenewRentRequest
from smscx_client.operation import Operation
from support.scripted_server import Reply, Request

VALID = {
    "data": {"phoneNumber": "+33612424105", "countryIso": "FR", "networkOperator": "SFR", "timezone": "Europe/Paris"}
}
HEADERS = {
    "X-Request-Id": "r-1",
    "X-Rate-Limit-Limit": "100",
    "X-Rate-Limit-Remaining": "99",
    "X-Rate-Limit-Reset": "1664103086",
}


def answer_valid(request: Request) -> Reply:
    return Reply(200, VALID, HEADERS)


def test_a_response_is_a_typed_model_with_its_http_details(serve: Any, connect: Any) -> None:
    response = connect(serve(answer_valid)).validate_number("+33612424105")
    assert isinstance(response, NumberValidateResponse)
    assert response.data.country_iso == "FR"
    assert (response.http_info.status, response.http_info.request_id) == (200, "r-1")
    assert response.http_info.headers["x-request-ID"] == "r-1"
    assert response.http_info.rate_limit == (100, 99, datetime(2022, 9, 25, 10, 51, 26, tzinfo=timezone.utc))
    assert pickle.loads(pickle.dumps(response)).http_info.request_id == "r-1"


def test_missing_and_odd_rate_limit_headers_are_none(serve: Any, connect: Any) -> None:
    odd = {"X-Rate-Limit-Limit": "many", "X-Rate-Limit-Remaining": "", "X-Rate-Limit-Reset": "9" * 18}
    response = connect(serve([Reply(200, VALID, odd)])).validate_number("1")
    assert response.http_info.rate_limit == (None, None, None)
    assert response.http_info.request_id is None


def test_each_request_carries_one_credential(serve: Any, connect: Any) -> None:
    server = serve(answer_valid)
    connect(server, api_key="key", access_token="token").validate_number("1")
    connect(server, api_key="key").validate_number("1")
    by_token, by_key = (request.headers for request in server.requests)
    assert (by_token.get("authorization"), by_token.get("x-api-key")) == ("Bearer token", None)
    assert (by_key.get("authorization"), by_key.get("x-api-key")) == (None, "key")


def test_without_a_credential_nothing_is_sent(serve: Any) -> None:
    server = serve(answer_valid)
    with (
        ApiClient(Configuration(host=server.url)) as client,
        pytest.raises(smscx_client.InvalidCredentialsException, match="SMSCX_API_KEY") as caught,
    ):
        NumbersApi(client).validate_number("1")
    assert caught.value.status == 0
    assert server.requests == []


def test_a_changed_configuration_applies_from_the_next_call(serve: Any, connect: Any) -> None:
    first, second = serve(answer_valid), serve(answer_valid)
    api = connect(first, api_key="one")
    api.validate_number("1")
    api.api_client.configuration.api_key = "two"
    api.api_client.configuration.host = second.url + "/base"
    api.validate_number("1")
    assert [request.headers["x-api-key"] for request in first.requests + second.requests] == ["one", "two"]
    assert second.requests[0].target == "/base/numbers/validate/1"


def test_connections_are_kept_open_between_calls(serve: Any, connect: Any) -> None:
    server = serve(answer_valid)
    api = connect(server)
    for _ in range(5):
        api.validate_number("1")
    assert server.connections == 1


def test_a_with_block_leaves_no_socket_open(serve: Any) -> None:
    server = serve(answer_valid)
    with ApiClient(Configuration(host=server.url, api_key="k")) as client:
        NumbersApi(client).validate_number("1")
        assert len(server.open_sockets) == 1
    wait_until(lambda: not server.open_sockets)


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_request_contains_only_the_fields_that_were_set(serve: Any, connect: Any) -> None:
    server = serve([Reply(200, {"info": {"rentId": "r"}})])
    connect(server).rent_number(RentNumberRequest("n", 7, callback_url=None))
    request = server.requests[0]
    assert (request.method, request.target) == ("POST", "/numbers/rent")
    assert request.json() == {"numberId": "n", "rentPeriod": 7, "callbackUrl": None}
    assert request.headers["content-type"] == request.headers["accept"] == "application/json"
    assert request.headers["user-agent"].startswith("smscx_client/")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda api: api.rent_number({"numberId": "n"}),
            ApiTypeError,
            "rent_number takes a RentNumberRequest, not dict",
        ),
        (lambda api: api.rent_number(None), ApiTypeError, "rent_number takes a RentNumberRequest, not None"),
        (lambda api: api.rent_number(EditRentRequest(auto_renew=True)), ApiTypeError, "not EditRentRequest"),
        (lambda api: api.rent_number(RentNumberRequest.from_dict({})), ApiTypeError, "number_id is missing"),
        (lambda api: api.edit_rent_settings("r", EditRentRequest()), ApiValueError, "nothing to send"),
        (lambda api: api.get_inbound_sms("r", limit=501), ApiValueError, "get_inbound_sms: limit must be 1 to 500"),
        (lambda api: api.get_available_numbers("FR", features=5), ApiValueError, "features must be one of 1, 2, 3"),
        (
            lambda api: api.get_available_numbers("FR", include=""),
            ApiValueError,
            "the length of .*include must be 1 to 17",
        ),
        (lambda api: api.get_rented_numbers(number_type="fixed"), ApiValueError, "'mobile', 'landline'"),
        (lambda api: api.get_rented_numbers(active_rent="yes"), ApiTypeError, "active_rent must be bool"),
        (lambda api: api.get_rent_status(".."), ApiValueError, "rent_id"),
        (lambda api: api.validate_number(33612424105), ApiTypeError, "phone_number must be str"),
        (lambda api: api.validate_number("1", _reqest_timeout=1), ApiTypeError, "unknown option '_reqest_timeout'"),
        (lambda api: api.validate_number("1", _request_timeout="1"), ApiTypeError, "_request_timeout"),
        (lambda api: api.validate_number("1", _request_timeout=0), ApiValueError, "_request_timeout"),
        (lambda api: api.validate_number("1", _headers={"X": "a\nb"}), ApiValueError, "_headers"),
        (lambda api: api.validate_number("1", _headers={"X Y": "a"}), ApiValueError, "not an HTTP header name"),
        (lambda api: api.validate_number("1", _headers={"X:\n": "a"}), ApiValueError, "_headers"),
        (lambda api: api.validate_number("1", _headers={"X": 5}), ApiTypeError, "_headers"),
        (lambda api: api.validate_number("1", _headers=[("X", "y")]), ApiTypeError, "_headers must be a dict"),
        (lambda api: api.validate_number("1", _request_auths=[{"in": "query"}]), ApiValueError, "_request_auths"),
        (lambda api: api.validate_number("1", _request_auths=[{"in": "header"}]), ApiTypeError, "_request_auths"),
        (lambda api: api.validate_number("1", _request_auths={"in": "header"}), ApiValueError, "_request_auths"),
    ],
)
def test_wrong_arguments_raise_before_anything_is_sent(
    call: Any, error: type[Exception], message: str, serve: Any, connect: Any
) -> None:
    server = serve(answer_valid)
    with pytest.raises(error, match=message):
        call(connect(server))
    assert server.connections == 0


@pytest.mark.parametrize("switch", ["_check_input_type", "client_side_validation"])
def test_checks_can_be_turned_off(switch: str, serve: Any, connect: Any) -> None:
    server = serve(lambda _: Reply(200, {"info": {}}))
    api = connect(server, **({switch: False} if switch == "client_side_validation" else {}))
    options = {switch: False} if switch == "_check_input_type" else {}
    api.rent_number({"numberId": 5}, **options)
    api.get_inbound_sms("r", limit=1000, **options)
    api.edit_rent_settings("r", EditRentRequest(), **options)
    assert server.requests[0].json() == {"numberId": 5}
    assert server.requests[1].target == "/numbers/rent/r/inbound?limit=1000"
    assert server.requests[2].body == b"{}"


def test_formats_are_checked_by_the_service_only(serve: Any, connect: Any) -> None:
    server = serve(lambda _: Reply(200, {"info": {}, "data": []}))
    connect(server).validate_numbers(
        NumbersValidateRequest(["phone_numbers_example"], country_iso="country_iso_example")
    )
    assert server.requests[0].json() == {"phoneNumbers": ["phone_numbers_example"], "countryIso": "country_iso_example"}


def test_the_limits_of_a_bulk_request_are_checked() -> None:
    assert len(NumbersValidateRequest(["1"] * 40_000).phone_numbers) == 40_000
    for numbers in ([], ["1"] * 40_001):
        with pytest.raises(ApiValueError, match="phone_numbers must be 1 to 40,000"):
            NumbersValidateRequest(numbers)
    with pytest.raises(ApiTypeError, match="phone_numbers\\[1\\] must be str"):
        NumbersValidateRequest(["1", 2])  # type: ignore[list-item]


def test_return_http_data_only_false_returns_data_status_and_headers(serve: Any, connect: Any) -> None:
    answer: Any = connect(serve(answer_valid)).validate_number("1", _return_http_data_only=False)
    data, status, headers = answer
    assert (data.data.country_iso, status, headers["x-request-id"]) == ("FR", 200, "r-1")
    assert answer.data is data


def test_preload_content_false_returns_a_response_to_stream(serve: Any, connect: Any) -> None:
    server = serve(answer_valid)
    raw: Any = connect(server).validate_number("1", _preload_content=False)
    assert raw.status == 200
    assert json.loads(b"".join(raw.stream(10))) == VALID
    raw.release_conn()


def test_a_streamed_response_that_is_closed_leaves_no_socket_open(serve: Any, connect: Any) -> None:
    server = serve(lambda _: Reply(200, b" " * 1_000_000))
    raw: Any = connect(server).validate_number("1", _preload_content=False)
    raw.read(10)
    raw.close()
    wait_until(lambda: not server.open_sockets)


def test_preload_content_false_raises_for_error_responses(serve: Any, connect: Any) -> None:
    with pytest.raises(smscx_client.InvalidPhoneNumberException):
        connect(serve([Reply(400, {"error": {"code": 1207}})])).validate_number("1", _preload_content=False)
    with pytest.raises(smscx_client.ServerErrorException):
        connect(serve([Reply(500, fault="truncated")])).validate_number("1", _preload_content=False)


def test_headers_adds_headers_and_replaces_those_of_the_same_name(serve: Any, connect: Any) -> None:
    server = serve(answer_valid)
    connect(server).validate_number("1", _headers={"X-Trace": "t", "user-agent": "mine"})
    assert server.requests[0].headers["x-trace"] == "t"
    assert server.requests[0].headers["user-agent"] == "mine"


def test_request_auths_replaces_the_credential(serve: Any, connect: Any) -> None:
    server = serve(answer_valid)
    auth = {"type": "api_key", "in": "header", "key": "X-API-KEY", "value": "other"}
    connect(server, access_token="token").validate_number("1", _request_auths=[auth])
    assert (server.requests[0].headers["x-api-key"], server.requests[0].headers.get("authorization")) == ("other", None)


def test_request_timeout_ends_a_call_without_a_response(serve: Any, connect: Any) -> None:
    api = connect(serve(lambda _: Reply(fault="stall")))
    for timeout in (0.2, (5, 0.2)):
        started = time.monotonic()
        with pytest.raises(smscx_client.ApiTimeoutException) as caught:
            api.validate_number("1", _request_timeout=timeout)
        assert time.monotonic() - started < 3
        assert caught.value.status == 0


def test_options_of_older_clients_are_accepted(serve: Any, connect: Any) -> None:
    response = connect(serve(answer_valid)).validate_number(
        "1", _check_return_type=False, _spec_property_naming=True, _content_type="application/json", _host_index=0
    )
    assert response.data.country_iso == "FR"


def test_every_option_is_declared_once() -> None:
    assert set(CallOptions.__optional_keys__) == {
        "_request_timeout",
        "_retries",
        "_total_timeout",
        "_return_http_data_only",
        "_preload_content",
        "_check_input_type",
        "_headers",
        "_request_auths",
        "async_req",
        "_check_return_type",
        "_spec_property_naming",
        "_content_type",
        "_host_index",
    }


def test_async_req_returns_at_once_and_calls_run_concurrently(serve: Any) -> None:
    def slow(request: Request) -> Reply:
        return Reply(404) if request.target.endswith("/404") else answer_valid(request)

    server = serve(slow)
    with ApiClient(Configuration(host=server.url, api_key="k"), pool_threads=3) as client:
        api = NumbersApi(client)
        results: list[Any] = [api.validate_number(str(number), async_req=True) for number in range(6)]
        assert [result.get(10).data.country_iso for result in results] == ["FR"] * 6
        failing: Any = api.validate_number("404", async_req=True)
        with pytest.raises(smscx_client.ResourceNotFoundException):
            failing.get(10)
    assert len(server.requests) == 7


def test_an_async_call_sends_the_model_as_it_was_when_called(serve: Any) -> None:
    server = serve(lambda _: Reply(200, {"info": {}}))
    with ApiClient(Configuration(host=server.url, api_key="k"), pool_threads=1) as client:
        request = RentNumberRequest("n", 1)
        result: Any = NumbersApi(client).rent_number(request, async_req=True)
        request.rent_period = 30
        result.get(10)
    assert server.requests[0].json()["rentPeriod"] == 1


def test_async_get_times_out(serve: Any) -> None:
    server = serve(lambda _: Reply(fault="stall"))
    with ApiClient(Configuration(host=server.url, api_key="k", timeout=1.0, retries=0)) as client:
        result: Any = NumbersApi(client).validate_number("1", async_req=True)
        with pytest.raises(multiprocessing.TimeoutError):
            result.get(0.05)


def test_an_endpoint_without_a_method_can_be_called(serve: Any, connect: Any) -> None:
    server = serve([Reply(200, {"accountBalance": 5}, HEADERS), Reply(200, {"done": True})])
    client = connect(server).api_client
    balance = client.call_api(Operation("get_balance", "GET", "/account/{accountId}", response_type=Model), "a/b")
    assert balance.account_balance == 5
    assert balance.http_info.request_id == "r-1"
    post = Operation("post", "POST", "/things", response_type=Model)
    assert client.call_api(post, query={"dry": True}, body={"any": ["json"]}).done is True
    assert server.requests[0].target == "/account/a%2Fb"
    assert (server.requests[1].target, server.requests[1].json()) == ("/things?dry=true", {"any": ["json"]})


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b"\xff", b'{"cut', b"[" * 100_000])
def test_a_2xx_body_that_is_not_a_json_object_raises_and_is_kept(body: bytes, serve: Any, connect: Any) -> None:
    server = serve(lambda _: Reply(200, body, HEADERS))
    with pytest.raises(ApiException, match="not a JSON object") as caught:
        connect(server).validate_number("1")
    assert (caught.value.status, caught.value.request_id) == (200, "r-1")
    assert caught.value.body == body.decode("utf-8", "backslashreplace")
    assert caught.value.outcome_unknown is False
    with pytest.raises(ApiException) as caught:
        connect(server).rent_number(RentNumberRequest("n", 1))
    assert caught.value.outcome_unknown is True
    assert "find_outcome()" in str(caught.value)


def test_text_and_files_are_returned_unchanged(serve: Any, connect: Any) -> None:
    server = serve([Reply(200, "\ufeffa;b\né".encode()), Reply(200, b"PK\x03\x04\xff")])
    api = connect(server)
    assert api.export_number_lookup_report_to_csv("b") == "a;b\né"
    assert api.export_number_lookup_report_to_xlsx("b") == b"PK\x03\x04\xff"
    assert [request.headers["accept"] for request in server.requests] == [
        "application/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]


def test_a_compressed_response_is_read(serve: Any, connect: Any) -> None:
    import gzip

    packed = gzip.compress(json.dumps(VALID).encode())
    server = serve([Reply(200, packed, {"Content-Encoding": "gzip"})])
    assert connect(server).validate_number("1").data.country_iso == "FR"
    assert "gzip" in server.requests[0].headers["accept-encoding"]


def test_a_client_can_be_pickled_and_copied(serve: Any, connect: Any) -> None:
    server = serve(answer_valid)
    api = connect(server)
    api.validate_number("1")
    with pickle.loads(pickle.dumps(api.api_client)) as twin:
        assert NumbersApi(twin).validate_number("2").data.country_iso == "FR"
    assert "test-key" not in repr(api.api_client)


def test_an_unreachable_service_raises_a_connection_exception(connect: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(smscx_client.ApiConnectionException) as caught:
        connect(url).validate_number("33612424105")
    assert (caught.value.status, caught.value.operation, caught.value.outcome_unknown) == (0, "validate_number", False)
    assert "33612424105" not in str(caught.value)


PAID_CALLS: list[Callable[[NumbersApi], object]] = [
    lambda api: api.lookup_number("33612246450"),
    lambda api: api.lookup_numbers(NumbersLookupRequest(["+33612246450"])),
    lambda api: api.rent_number(RentNumberRequest("id", 1)),
    lambda api: api.renew_rent("id", RenewRentRequest()),
]


@pytest.mark.parametrize("call", PAID_CALLS)
@pytest.mark.parametrize("setting", [{"allow_paid_calls": False}, "0", "false", "No", "OFF"])
def test_paid_calls_can_be_switched_off(
    setting: Any, call: Callable[[NumbersApi], object], serve: Any, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(answer_valid)
    if isinstance(setting, str):
        monkeypatch.setenv("SMSCX_ALLOW_PAID_CALLS", setting)
    api = connect(server, **({} if isinstance(setting, str) else setting))
    with pytest.raises(
        smscx_client.ApiValueError, match="costs money, and allow_paid_calls is False. Nothing was sent"
    ):
        call(api)
    assert server.requests == []
    api.validate_number("33612246450")


def test_allow_paid_calls_overrides_the_environment_and_an_invalid_variable_is_rejected(
    serve: Any, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMSCX_ALLOW_PAID_CALLS", "0")
    connect(serve(answer_valid), allow_paid_calls=True).lookup_number("33612246450")
    monkeypatch.setenv("SMSCX_ALLOW_PAID_CALLS", "maybe")
    with pytest.raises(smscx_client.ApiValueError, match="SMSCX_ALLOW_PAID_CALLS must be 0 or 1"):
        Configuration()


def test_on_attempt_gets_every_attempt_and_cannot_change_the_call(serve: Any, connect: Any, caplog: Any) -> None:
    headers = {"X-Request-Id": "r-1", "X-Rate-Limit-Remaining": "7"}
    server = serve([Reply(fault="close"), Reply(503, {}, headers), Reply(200, {}, headers)])
    attempts: list[Attempt] = []

    def record(attempt: Attempt) -> None:
        attempts.append(attempt)
        raise RuntimeError("in on_attempt")

    connect(server, retries=2, max_retry_delay=0.01, on_attempt=record).validate_number("33612246450")
    assert [(one.number, one.status, one.error, one.delay is None) for one in attempts] == [
        (1, None, "ProtocolError", False),
        (2, 503, None, False),
        (3, 200, None, True),
    ]
    assert {(one.operation, one.paid) for one in attempts} == {("validate_number", False)}
    assert (attempts[2].request_id, attempts[2].rate_limit.remaining) == ("r-1", 7)
    assert all(0 < one.seconds < 5 for one in attempts)
    assert caplog.text.count("on_attempt raised; the call continues") == 3


@pytest.mark.parametrize(
    "options", [{"_headers": {"Authorization": "Bearer theirs"}}, {"_headers": {"x-api-key": "theirs"}}]
)
@pytest.mark.parametrize("login", [{"api_key": "ours"}, {"access_token": "ours"}, {"username": "app", "password": "s"}])
def test_a_credential_passed_for_one_call_is_never_replaced_or_combined(
    options: dict[str, Any], login: dict[str, str], serve: Any
) -> None:
    server = serve(lambda _: Reply(401))
    with (
        ApiClient(Configuration(server.url, **login)) as client,
        pytest.raises(smscx_client.InvalidCredentialsException),
    ):  # type: ignore[arg-type]
        NumbersApi(client).rent_number(RentNumberRequest("id", 1), **options)
    (request,) = server.requests
    sent = {name: request.headers[name] for name in ("authorization", "x-api-key") if name in request.headers}
    assert sent == {name.lower(): value for name, value in options["_headers"].items()}


@pytest.mark.parametrize("name", ["Authorization", "authorization", "X-API-KEY", "x-Api-Key"])
@pytest.mark.parametrize("login", [{"api_key": "ours"}, {"access_token": "ours"}, {"username": "app", "password": "s"}])
def test_a_credential_in_default_headers_is_never_combined_with_another(
    name: str, login: dict[str, str], serve: Any
) -> None:
    server = serve(lambda _: Reply(401))
    with ApiClient(Configuration(server.url, **login)) as client:  # type: ignore[arg-type]
        client.default_headers[name] = "theirs"
        with pytest.raises(smscx_client.InvalidCredentialsException):
            NumbersApi(client).lookup_number("1")
        auth = {"in": "header", "key": "X-Api-Key", "value": "passed"}
        with pytest.raises(smscx_client.InvalidCredentialsException):
            NumbersApi(client).lookup_number("1", _request_auths=[auth])
    sent = [
        {key: value for key, value in request.headers.items() if key in ("authorization", "x-api-key")}
        for request in server.requests
    ]
    assert sent == [{name.lower(): "theirs"}, {"x-api-key": "passed"}]


@pytest.mark.parametrize("header", [("X", "a\nb"), ("X", "\u20ac"), ("X", None), ("X\n", "a"), ("", "a"), (1, "a")])
def test_malformed_default_headers_raise_before_anything_is_sent(header: tuple[Any, Any], serve: Any) -> None:
    server = serve([])
    with ApiClient(Configuration(server.url, username="app", password="s")) as client:
        client.default_headers[header[0]] = header[1]
        with pytest.raises(smscx_client.ApiExceptionBase, match="default_headers"):
            NumbersApi(client).lookup_number("1")
    assert server.requests == []


def test_two_first_calls_in_threads_share_one_thread_pool(serve: Any) -> None:
    with ApiClient(Configuration(serve(answer_valid).url, "k")) as client:
        ready = threading.Barrier(8)
        pools: list[object] = []

        def call() -> None:
            ready.wait()
            NumbersApi(client).validate_number("1", async_req=True).get(10)
            pools.append(client._threads[os.getpid()])

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(map(id, pools))) == 1


def test_a_streaming_call_with_a_renewed_token_leaves_no_response_open(serve: Any) -> None:
    tokens = iter(["t1", "t2"])

    def answer(request: Request) -> Reply:
        if request.path == "/oauth/token":
            return Reply(200, {"access_token": next(tokens), "expires_in": 3600})
        return (
            Reply(200, {"data": {}}) if request.headers["authorization"] == "Bearer t2" else Reply(401, {"error": {}})
        )

    server = serve(answer)
    with ApiClient(Configuration(server.url, username="app", password="secret")) as client:
        NumbersApi(client).validate_number("1", _preload_content=False).read()
        assert server.connections == 1


@pytest.mark.parametrize("expires_in", [10**400, 1e400, float("nan"), True, "1e9", -(10**30), [1]])
def test_an_odd_token_lifetime_is_accepted(expires_in: Any, serve: Any) -> None:
    body = json.dumps({"access_token": "t", "expires_in": expires_in}).encode()
    server = serve([Reply(200, body), Reply(200, {"data": {}}), Reply(200, {"data": {}})])
    with ApiClient(Configuration(server.url, username="app", password="secret")) as client:
        NumbersApi(client).validate_number("1")
        NumbersApi(client).validate_number("1")


LONG_ZONE = "Mon, 01 Jan 2026 00:00:00 -" + "9" * 400


@pytest.mark.parametrize(
    "value", ["9" * 400, "1e400", "nan", "-1", "Mon, 01 Jan 0000 00:00:00 GMT", "inf", "\u0661", LONG_ZONE]
)
@pytest.mark.parametrize("name", ["Retry-After", "Date", "X-Rate-Limit-Reset", "X-Rate-Limit-Remaining"])
def test_odd_headers_never_escape_as_other_exceptions(name: str, value: str, serve: Any, connect: Any) -> None:
    headers = {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "1", name: value.encode().decode("latin-1")}
    for throttle in (False, True):
        api = connect(serve(lambda _: Reply(429, {}, headers)), throttle=throttle, retries=1, max_retry_delay=0.01)
        with pytest.raises(smscx_client.RateLimitExceededException) as caught:
            api.validate_number("1")
        assert "validate_number" in str(caught.value)
