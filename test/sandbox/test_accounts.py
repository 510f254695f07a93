"""Accounts, faults, assertions, the clock and snapshots: the controls that tests use."""

from __future__ import annotations

import json
import socket
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import urllib3

import smscx_client
from smscx_client import ApiClient
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.models import NumbersLookupRequest, RentNumberRequest
from smscx_client.sandbox import Sandbox
from support.scripted_server import Reply

FRENCH = "+33612246450"

# ---- faults


def test_a_fault_can_be_for_one_operation_and_one_documented_error(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    sandbox.fail_next(operation="rent_number", error_code=1113, retry_after=30)
    api.lookup_number(FRENCH)
    with pytest.raises(smscx_client.InsufficientBalanceException) as caught:
        api.rent_number(RentNumberRequest(offer.number_id, 7))
    assert (caught.value.error_code, dict(caught.value.headers or {})["Retry-After"]) == (1113, "30")
    api.rent_number(RentNumberRequest(offer.number_id, 7))


def test_faults_of_several_operations_do_not_wait_for_each_other(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.fail_next(2, operation="cancel_rent", status=503)
    sandbox.fail_next(operation="validate_number", status=500)
    with pytest.raises(smscx_client.ServerErrorException):
        api.validate_number(FRENCH)
    api.validate_number(FRENCH)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"operation": "nothing"}, "operation must be one of validate_number, .*, not 'nothing'"),
        ({"operation": "validate_number", "error_code": 1113}, "error_code of validate_number must be one of 1000, "),
        ({"error_code": 1}, "error_code of any operation must be one of "),
        ({"error_code": 1113, "status": 404}, "error_code of any operation must be one of "),
    ],
)
def test_an_undocumented_error_is_rejected(sandbox: Sandbox, fault: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        sandbox.fail_next(**fault)


def test_a_response_can_be_malformed_json(sandbox: Sandbox, api: NumbersApi) -> None:
    sandbox.fail_next(malformed_json=True)
    with pytest.raises(smscx_client.ApiException) as caught:
        api.lookup_number(FRENCH)
    assert caught.value.status == 200
    assert len(sandbox.ledger) == 1
    api.validate_number(FRENCH)


def received_bytes(sandbox: Sandbox) -> bytes:
    host, _, port = sandbox.url.rpartition("/")[2].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_interim_responses_precede_the_response(sandbox: Sandbox) -> None:
    sandbox.fail_next(interim_responses=2)
    assert received_bytes(sandbox).startswith(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2 + b"HTTP/1.1 404 Not Found\r\n")


def test_unsolicited_bytes_follow_the_response(sandbox: Sandbox) -> None:
    sandbox.fail_next(unsolicited_bytes=10)
    assert received_bytes(sandbox).endswith(b"}}" + b"?" * 10)


# ---- webhook faults


def send(sandbox: Sandbox, rent_id: str, *texts: str) -> None:
    for text in texts:
        sandbox.receive_sms(rent_id, FRENCH, text)
    assert sandbox.flush_webhooks()


@pytest.fixture
def inbox(serve: Any, sandbox: Sandbox, rent: Any) -> tuple[str, Any]:
    receiver = serve(lambda _: Reply(200, body=b"thanks"))
    return rent(callback_url=receiver.url), lambda: [json.loads(r.body)["data"][0]["text"] for r in receiver.requests]


def test_webhooks_can_fail_and_be_delivered_again(sandbox: Sandbox, inbox: Any) -> None:
    rent_id, received = inbox
    sandbox.webhook_faults(fail=6)
    send(sandbox, rent_id, "hello")
    assert {delivery.outcome for delivery in sandbox.deliveries} == {"failed"}
    assert received() == []
    sandbox.redeliver(sandbox.deliveries[0].id)
    assert sandbox.flush_webhooks()
    last = sandbox.deliveries[-1]
    assert (received(), last.outcome, last.response) == (["hello"], "200", "thanks")
    assert json.loads(last.payload)["data"][0]["text"] == "hello"
    sandbox.redeliver()
    assert sandbox.flush_webhooks()
    assert received() == ["hello", "hello"]


def test_webhooks_can_be_duplicated(sandbox: Sandbox, inbox: Any) -> None:
    rent_id, received = inbox
    sandbox.webhook_faults(duplicate=1)
    send(sandbox, rent_id, "one", "two")
    assert received() == ["one", "one", "two"]


def test_webhooks_can_be_reordered(sandbox: Sandbox, inbox: Any) -> None:
    rent_id, received = inbox
    sandbox.webhook_faults(reorder=2)
    sandbox.receive_sms(rent_id, FRENCH, "one")
    send(sandbox, rent_id, "two", "three")
    assert received() == ["two", "one", "three"]
    sandbox.webhook_faults(reorder=5)
    send(sandbox, rent_id, "held until the flush")
    assert received()[-1] == "held until the flush"


# ---- accounts


def test_accounts_share_nothing_but_the_server(sandbox: Sandbox, api: NumbersApi) -> None:
    other = sandbox.create_account(credit=10)
    assert (other.url, other.credit, other.api_key != sandbox.api_key) == (sandbox.url, 10, True)
    other.fail_next(status=503)
    other.advance(days=2)
    with ApiClient(other.configuration(retries=0)) as client:
        with pytest.raises(smscx_client.ServerErrorException):
            NumbersApi(client).get_rented_numbers()
        NumbersApi(client).lookup_number(FRENCH)
        offer = NumbersApi(client).get_available_numbers("FR").data[0]
        NumbersApi(client).rent_number(RentNumberRequest(offer.number_id, 7))
    assert (sandbox.credit, sandbox.ledger, sandbox.requests) == (100, [], [])
    assert api.get_rented_numbers().data == []
    assert [entry.operation for entry in other.ledger] == ["lookup_number", "rent_number"]
    assert len(other.requests) == 4
    assert other.now - sandbox.now >= timedelta(days=2) - timedelta(seconds=2)


def test_an_account_has_an_application_of_its_own(sandbox: Sandbox) -> None:
    other = sandbox.create_account()
    login = {"username": other.application_id, "password": other.application_secret}
    with ApiClient(other.configuration(**login)) as client:
        NumbersApi(client).lookup_number(FRENCH)
        token = OauthApi(client).get_access_token().access_token
    assert (len(other.ledger), sandbox.ledger) == (1, [])
    other.reset()
    with ApiClient(other.configuration(access_token=token, retries=0)) as client:
        with pytest.raises(smscx_client.InvalidCredentialsException):
            NumbersApi(client).get_rented_numbers()


def test_an_account_can_have_another_api_version(sandbox: Sandbox) -> None:
    old = sandbox.create_account(api_version="2022-10")
    with ApiClient(old.configuration(retries=0)) as client:
        assert "rental_cost" in NumbersApi(client).get_available_numbers("FR").data[0]
        with pytest.raises(smscx_client.ApiMethodNotAllowedException):
            NumbersApi(client).get_bulk_lookup_campaigns()


def test_a_closed_account_is_unknown(sandbox: Sandbox) -> None:
    other = sandbox.create_account()
    other.close()
    with ApiClient(other.configuration(retries=0)) as client, pytest.raises(smscx_client.InvalidCredentialsException):
        NumbersApi(client).get_rented_numbers()


def test_accounts_are_created_and_controlled_over_http(sandbox: Sandbox, http: Any) -> None:
    created = json.loads(http("POST", "/_sandbox/create_account", {"credit": 3}).data)["create_account"]
    own = {"X-API-KEY": created["api_key"]}
    assert json.loads(http("GET", "/_sandbox/credit", headers=own).data) == {"credit": 3}
    http("POST", "/_sandbox/credit", {"credit": 4}, headers=own)
    assert json.loads(http("GET", "/_sandbox/credit").data) == {"credit": 100}
    assert http("GET", "/_sandbox/credit", headers={"X-API-KEY": "unknown"}).status == 401
    assert created.keys() == {"url", "api_key", "application_id", "application_secret"}
    assert created["url"] == sandbox.url


# ---- recorded requests and assertions


def test_an_account_can_create_another_one_over_http(sandbox: Sandbox, http: Any) -> None:
    key = {"X-API-KEY": sandbox.create_account(credit=1).api_key}
    created = json.loads(http("POST", "/_sandbox/create_account", {}, headers=key).data)["create_account"]
    assert created["api_key"] not in (sandbox.api_key, key["X-API-KEY"])


def test_secrets_are_masked_in_recorded_bodies(sandbox: Sandbox, http: Any) -> None:
    login = {"username": sandbox.application_id, "password": sandbox.application_secret}
    with ApiClient(sandbox.configuration(**login)) as client:
        token = OauthApi(client).get_access_token().access_token
    http("POST", "/oauth/token?client_secret=planted-1", {"client_secret": 'planted-2"&planted-3', "scope": "numbers"})
    form = {"grant_type": "client_credentials", "client_secret": "planted-4", "scope": "numbers"}
    with urllib3.PoolManager() as pool:
        pool.request("POST", f"{sandbox.url}/oauth/token", fields=form, encode_multipart=False)
    issued, as_json, as_form = sandbox.requests
    assert json.loads(issued.response)["access_token"] == "***"
    assert as_json.json == {"client_secret": "***", "scope": "numbers"}
    assert as_form.form == {**form, "client_secret": "***"}
    for secret in (token, "planted"):
        assert secret not in http("GET", "/").data.decode()
        assert secret not in http("GET", "/_sandbox/requests").data.decode()


def test_recorded_requests_have_json_form_and_headers(sandbox: Sandbox, api: NumbersApi) -> None:
    api.lookup_numbers(NumbersLookupRequest([FRENCH]))
    login = {"username": sandbox.application_id, "password": sandbox.application_secret}
    with ApiClient(sandbox.configuration(**login)) as client:
        OauthApi(client).get_access_token(scope="numbers")
    lookup, token = sandbox.requests
    assert (lookup.json, lookup.form) == ({"phoneNumbers": [FRENCH]}, {})
    assert lookup.headers["content-type"] == "application/json"
    assert (token.json, token.form) == (None, {"grant_type": "client_credentials", "scope": "numbers"})
    assert json.loads(lookup.response)["info"]["totalValid"] == 1


def test_assert_requested_compares_the_request(sandbox: Sandbox, api: NumbersApi) -> None:
    for numbers in ([FRENCH], ["+40711912673"]):
        api.lookup_numbers(NumbersLookupRequest(numbers))
    sandbox.assert_requested("lookup_numbers")
    sandbox.assert_requested("lookup_numbers", times=2)
    sandbox.assert_requested("lookup_numbers", times=1, json={"phoneNumbers": [FRENCH]}, status=200)
    sandbox.assert_not_requested("rent_number")
    sandbox.assert_not_requested("lookup_numbers", json={"phoneNumbers": []})
    with pytest.raises(AssertionError, match="^lookup_numbers was expected 0 times, and requested 2 times"):
        sandbox.assert_not_requested("lookup_numbers")


def test_assert_requested_shows_a_readable_difference(sandbox: Sandbox, api: NumbersApi) -> None:
    api.lookup_numbers(NumbersLookupRequest([FRENCH]))
    with pytest.raises(AssertionError) as caught:
        sandbox.assert_requested("lookup_numbers", times=1, json={"phoneNumbers": ["+33612246451"]})
    assert str(caught.value).splitlines() == [
        "lookup_numbers was expected 1 times, and requested 0 times with these values.",
        "Request 1: POST /numbers/lookup, status 200",
        "  json differs (- expected, + sent):",
        "      {",
        '        "phoneNumbers": [',
        '    -     "+33612246451"',
        "    ?                 ^",
        '    +     "+33612246450"',
        "    ?                 ^",
        "        ]",
        "      }",
    ]


# ---- the clock and snapshots


def test_the_clock_can_be_frozen_set_and_resumed(sandbox: Sandbox, api: NumbersApi, rent: Any) -> None:
    sandbox.freeze_time()
    sandbox.set_time(datetime(2024, 2, 28, 23, 59, 59, tzinfo=timezone.utc))
    rent_id = rent()
    sandbox.advance(seconds=1, days=1)
    assert sandbox.now == datetime(2024, 3, 1, tzinfo=timezone.utc)
    end = api.get_rent_status(rent_id).info.rent_end
    assert (end.month, end.day, end.hour) == (3, 6, 23)
    sandbox.set_time(end)
    assert api.get_rent_status(rent_id).info.active_rent is False
    with pytest.raises(ValueError, match="^the clock cannot go back"):
        sandbox.set_time("2024-03-01T00:00:00Z")
    sandbox.resume_time()
    assert timedelta() <= sandbox.now - end.replace(tzinfo=timezone.utc) < timedelta(seconds=30)


def test_a_snapshot_can_be_restored_more_than_once(sandbox: Sandbox, api: NumbersApi, rent: Any) -> None:
    rent_id = rent(auto_renew=True)
    before, taken_at = sandbox.credit, sandbox.now
    snapshot = sandbox.snapshot()
    for _ in range(2):
        sandbox.advance(days=30)
        sandbox.fail_next(5, status=500)
        assert sandbox.credit < before
        sandbox.restore(snapshot)
        assert sandbox.credit == before
        assert sandbox.now - taken_at < timedelta(seconds=30)
        assert api.get_rent_status(rent_id).info.rent_period == 7
    sandbox.advance(days=8)
    assert [entry.operation for entry in sandbox.ledger] == ["rent_number", "renew_rent"]
    sandbox.restore()
    assert len(sandbox.ledger) == 1
    with pytest.raises(ValueError, match="^there is no snapshot-99$"):
        sandbox.restore("snapshot-99")


# ---- pytest fixtures

LOADED = ["-p", "no:smscx_sandbox", "-p", "smscx_client.pytest_plugin", "-q", "--strict-markers"]


def test_the_fixtures_have_the_scope_of_their_name_and_the_options_of_the_marker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test_first(smscx_sandbox, smscx_sandbox_module, smscx_sandbox_session):
            for account in (smscx_sandbox, smscx_sandbox_module, smscx_sandbox_session):
                account.credit = 1
            assert len({smscx_sandbox.api_key, smscx_sandbox_module.api_key, smscx_sandbox_session.api_key}) == 3

        def test_second(smscx_sandbox, smscx_sandbox_module, smscx_sandbox_session):
            credits = [account.credit for account in (smscx_sandbox, smscx_sandbox_module, smscx_sandbox_session)]
            assert credits == [100, 1, 1]

        @pytest.mark.smscx_sandbox(credit=5, api_version="2022-10")
        def test_options(smscx_sandbox):
            assert smscx_sandbox.credit == 5
            with pytest.raises(ValueError, match="renew_rent must be one of"):
                smscx_sandbox.fail_next(operation="renew_rent", error_code=1113)
        """
    )
    pytester.runpytest_subprocess(*LOADED).assert_outcomes(passed=3)


def test_the_plugin_imports_nothing_but_pytest(pytester: pytest.Pytester) -> None:
    code = (
        "import sys, pytest, typing, collections.abc; before = set(sys.modules)\n"
        "import smscx_client.pytest_plugin\n"
        "loaded = set(sys.modules) - before\n"
        "print(*(name for name in loaded if not name.startswith('smscx_client') or 'sandbox' in name))"
    )
    pytester.makepyfile(script=code)
    assert pytester.runpython("script.py").stdout.str().split() == []
