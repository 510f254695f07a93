"""The sandbox's controls work in Python and over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

import smscx_client
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import NumbersLookupRequest, RenewRentRequest, RentNumberRequest
from smscx_client.sandbox import Sandbox

FRENCH = "+33612246450"


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[Any]:
    pool = urllib3.PoolManager(retries=False)

    def call(method: str, name: str, arguments: object = None) -> tuple[int, Any]:
        body = arguments if isinstance(arguments, bytes) else json.dumps(arguments) if arguments is not None else None
        headers = {"Content-Type": "application/json"}
        response = pool.request(method, f"{sandbox.url}/_sandbox/{name}", body=body, headers=headers)
        return response.status, json.loads(response.data)

    yield call
    pool.clear()


def rent(api: NumbersApi) -> str:
    offer = api.get_available_numbers("FR", registration=False).data[0]
    return api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id


STATUSES = {
    400: smscx_client.InvalidRequestException,
    401: smscx_client.InvalidCredentialsException,
    403: smscx_client.InsufficientScopeException,
    404: smscx_client.ResourceNotFoundException,
    405: smscx_client.ApiMethodNotAllowedException,
    429: smscx_client.RateLimitExceededException,
    500: smscx_client.ServerErrorException,
    502: smscx_client.ServerErrorException,
    503: smscx_client.ServerErrorException,
    504: smscx_client.ServerErrorException,
}


@pytest.mark.parametrize("status", STATUSES)
def test_the_next_requests_can_fail_with_any_general_status(api: NumbersApi, sandbox: Sandbox, status: int) -> None:
    sandbox.fail_next(2, status=status)
    for _ in range(2):
        with pytest.raises(STATUSES[status]) as caught:
            api.lookup_number(FRENCH)
        assert caught.value.status == status
        assert caught.value.error is not None
        assert caught.value.request_id
    assert sandbox.ledger == []
    api.lookup_number(FRENCH)
    assert [entry.operation for entry in sandbox.ledger] == ["lookup_number"]


@pytest.mark.parametrize(("drop", "processed"), [("before", 0), ("after", 1), ("body", 1)])
def test_the_next_response_can_be_lost(api: NumbersApi, sandbox: Sandbox, drop: Any, processed: int) -> None:
    sandbox.fail_next(drop=drop)
    with pytest.raises(smscx_client.ApiConnectionException) as caught:
        api.lookup_number(FRENCH)
    assert caught.value.outcome_unknown is True
    assert len(sandbox.ledger) == processed
    assert sandbox.credit == pytest.approx(100 - 0.01 * processed)


def test_a_delayed_response_makes_the_client_time_out(api: NumbersApi, sandbox: Sandbox) -> None:
    sandbox.fail_next(delay=5)
    with pytest.raises(smscx_client.ApiTimeoutException):
        api.validate_number(FRENCH, _request_timeout=0.2)


def test_a_slow_response_body_arrives_complete(api: NumbersApi, sandbox: Sandbox) -> None:
    sandbox.fail_next(slow_body=0.3)
    started = time.monotonic()
    assert api.validate_number(FRENCH).data.country_iso == "FR"
    assert time.monotonic() - started > 0.25


def test_close_interrupts_a_delay(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.fail_next(delay=60)
    result: Any = api.validate_number(FRENCH, async_req=True)
    while not sandbox.requests:
        time.sleep(0.005)
    started = time.monotonic()
    sandbox.close()
    with pytest.raises(smscx_client.ApiConnectionException):
        result.get(10)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"drop": "sometimes"}, "drop must be one of before, after, body, not 'sometimes'"),
        *(
            (
                {"status": status},
                f"status must be one of 400, 401, 403, 404, 405, 429, 500, 502, 503, 504, not {status}",
            )
            for status in (200, 402, 418, 501)
        ),
    ],
)
def test_an_unknown_fault_is_rejected_with_the_valid_ones(sandbox: Sandbox, fault: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        sandbox.fail_next(**fault)


def test_the_ledger_records_every_charge_and_refund(api: NumbersApi, sandbox: Sandbox) -> None:
    rent_id = rent(api)
    api.renew_rent(rent_id, RenewRentRequest())
    api.cancel_rent(rent_id)
    bulk_id = api.lookup_numbers(NumbersLookupRequest([FRENCH])).info.lookup_bulk_id
    assert [(entry.operation, entry.id) for entry in sandbox.ledger] == [
        ("rent_number", rent_id),
        ("renew_rent", rent_id),
        ("cancel_rent", rent_id),
        ("lookup_numbers", bulk_id),
    ]
    assert sum(entry.amount for entry in sandbox.ledger) == pytest.approx(100 - sandbox.credit)


def test_the_rate_limit_can_be_set(api: NumbersApi, sandbox: Sandbox) -> None:
    sandbox.rate_limit(1, 30)
    api.get_rented_numbers()
    with pytest.raises(smscx_client.RateLimitExceededException) as caught:
        api.get_rented_numbers()
    assert 0 < (caught.value.retry_after or 0) <= 31


def test_reset_gives_a_fresh_account_in_under_half_a_second(api: NumbersApi, sandbox: Sandbox) -> None:
    first = api.get_available_numbers("FR")
    rent(api)
    sandbox.advance(days=3)
    sandbox.rate_limit(1)
    sandbox.fail_next(status=500)
    started = time.perf_counter()
    sandbox.reset()
    assert time.perf_counter() - started < 0.5
    assert (sandbox.credit, sandbox.requests, sandbox.ledger) == (100.0, [], [])
    assert api.get_rented_numbers().data == []
    assert [offer.number_id for offer in api.get_available_numbers("FR").data] == [
        offer.number_id for offer in first.data
    ]


def test_every_control_works_over_http(api: NumbersApi, sandbox: Sandbox, control: Any) -> None:
    assert control("POST", "credit", {"credit": 50}) == (200, {})
    assert control("GET", "credit") == (200, {"credit": 50.0})
    rent_id = rent(api)
    status, body = control("POST", "receive_sms", {"rent_id": rent_id, "sender": FRENCH, "text": "hi"})
    assert (status, api.get_inbound_sms(rent_id).data[0].msg_id) == (200, body["receive_sms"])
    assert control("POST", "advance", {"minutes": 31}) == (200, {})
    with pytest.raises(smscx_client.AccessDeniedException):
        api.cancel_rent(rent_id)
    bulk_id = api.lookup_numbers(NumbersLookupRequest([FRENCH])).info.lookup_bulk_id
    assert control("POST", "finish_lookups") == (200, {})
    assert len(api.get_bulk_lookup_status(bulk_id).data) == 1
    assert control("POST", "fail_next", {"times": 1, "status": 503}) == (200, {})
    with pytest.raises(smscx_client.ServerErrorException):
        api.get_rented_numbers()
    assert control("POST", "flush_webhooks", {"timeout": 1}) == (200, {"flush_webhooks": True})
    assert control("GET", "ledger")[1]["ledger"][1]["operation"] == "rent_number"
    assert control("GET", "requests")[1]["requests"][-1]["status"] == 503
    assert control("GET", "deliveries") == (200, {"deliveries": []})
    assert control("POST", "rate_limit", {"limit": 0}) == (200, {})
    with pytest.raises(smscx_client.RateLimitExceededException):
        api.get_rented_numbers()
    assert control("POST", "reset") == (200, {})
    assert control("GET", "credit") == (200, {"credit": 100.0})
    assert api.get_rented_numbers().data == []


@pytest.mark.parametrize(
    ("method", "name", "arguments", "status"),
    [
        ("GET", "nothing", None, 404),
        ("POST", "nothing", {}, 404),
        ("POST", "requests", {}, 405),
        ("GET", "advance", None, 405),
        ("POST", "advance", {"centuries": 1}, 400),
        ("POST", "advance", {"days": 1e300}, 400),
        ("POST", "advance", {"days": "one"}, 400),
        ("POST", "advance", b"[]", 400),
        ("POST", "advance", b"nonsense", 400),
        ("POST", "credit", {"credit": "much"}, 400),
        ("POST", "fail_next", {"drop": "never"}, 400),
        ("POST", "fail_next", {"status": 418}, 400),
        ("POST", "fail_next", {"status": [500]}, 400),
        ("POST", "receive_sms", {"rent_id": "68aa4d9f-ee25-4a32-95d0-7272efe3b238", "sender": "x", "text": "x"}, 404),
    ],
)
def test_an_invalid_control_request_gets_a_documented_error(
    control: Any, method: str, name: str, arguments: object, status: int
) -> None:
    response = control(method, name, arguments)
    assert response[0] == status
    assert response[1]["error"].keys() == {"type", "message", "uri", "code"}


def test_the_page_shows_the_account_and_escapes_received_text(api: NumbersApi, sandbox: Sandbox) -> None:
    rent_id = rent(api)
    sandbox.receive_sms(rent_id, "<b>Bank</b>", "<script>alert(1)</script> & your code")
    lookup_id = api.lookup_number(FRENCH).data.lookup_id
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", sandbox.url + "/")
    page = response.data.decode()
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    for shown in (
        rent_id,
        lookup_id,
        "/numbers/rent",
        f"{sandbox.credit:,.2f}",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ):
        assert shown in page
    assert "<script>" not in page
    assert "<b>Bank" not in page


def test_the_fixture_gives_each_test_a_fresh_account(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import smscx_client
        from smscx_client.api.numbers_api import NumbersApi

        def rent(sandbox):
            with smscx_client.ApiClient(sandbox.configuration()) as client:
                api = NumbersApi(client)
                assert api.get_rented_numbers().data == []
                sandbox.credit = 7
                assert sandbox.credit == 7

        def test_one(smscx_sandbox):
            assert smscx_sandbox.credit == 100
            rent(smscx_sandbox)

        def test_two(smscx_sandbox):
            assert smscx_sandbox.credit == 100
            rent(smscx_sandbox)
        """
    )
    loaded = ["-p", "no:smscx_sandbox", "-p", "smscx_client.pytest_plugin"]
    pytester.runpytest_subprocess(*loaded, "-q").assert_outcomes(passed=2)
