"""The sandbox is as strict as the service: methods, time, money, API versions, defaults, webhooks and concurrency."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
import yaml

import smscx_client
from smscx_client import ApiClient
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.models import (
    EditRentRequest,
    NumbersLookupRequest,
    NumbersValidateRequest,
    RenewRentRequest,
    RentNumberRequest,
)
from smscx_client.sandbox import Application, Sandbox, contract
from smscx_client.sandbox.contract import openapi
from support.scripted_server import Reply

FRENCH = "+33612246450"
CONTRACT = yaml.safe_load(
    (Path(__file__).parent.parent / "contract" / "numbers-api.openapi.yaml").read_text(encoding="utf-8")
)


@pytest.fixture
def old() -> Iterator[tuple[Sandbox, NumbersApi]]:
    with Sandbox(api_version="2022-10") as sandbox, ApiClient(sandbox.configuration(retries=0)) as client:
        yield sandbox, NumbersApi(client)


def with_cost_per_sms(api: NumbersApi, **options: Any) -> str:
    """Rent a number whose received SMS cost something."""
    offer = next(offer for offer in api.get_available_numbers("FR").data if offer.inbound_sms_cost)
    return api.rent_number(RentNumberRequest(offer.number_id, 7, **options)).info.rent_id


def balance(sandbox: Sandbox, credit: float = 100) -> float:
    return round(credit - sum(entry.amount for entry in sandbox.ledger), 4)


# ---- methods


def test_head_and_options_process_nothing_and_send_no_body(sandbox: Sandbox, http: Any) -> None:
    sandbox.fail_next(status=500)
    for method, status in (("HEAD", 405), ("OPTIONS", 204)):
        response = http(method, f"/numbers/lookup/{FRENCH}")
        assert (response.status, response.data, response.headers["Allow"]) == (status, b"", "GET, OPTIONS")
    assert sandbox.ledger == []
    assert http("GET", f"/numbers/validate/{FRENCH}").status == 500


def raw_exchange(sandbox: Sandbox, request: bytes, size: int) -> bytes:
    address = urlsplit(sandbox.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(request)
        received = b""
        while len(received) < size and (more := connection.recv(4096)):
            received += more
        return received


def test_a_head_response_is_followed_by_the_next_response(sandbox: Sandbox) -> None:
    head = b"HEAD /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    received = raw_exchange(sandbox, head + last, 1_000_000)
    first, _, rest = received.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200")
    assert rest.startswith(b"HTTP/1.1 404")


def test_expect_100_continue_gets_its_interim_response_before_the_body(sandbox: Sandbox) -> None:
    head = b"POST /numbers/validate HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    assert raw_exchange(sandbox, head, 25) == b"HTTP/1.1 100 Continue\r\n\r\n"


# ---- time


def test_what_was_due_is_processed_without_a_request_for_rentals(sandbox: Sandbox, rent: Callable[..., str]) -> None:
    rent(auto_renew=True)
    rented_at = sandbox.now
    sandbox.advance(days=15)
    renewals = [entry for entry in sandbox.ledger if entry.operation == "renew_rent"]
    assert [(entry.time - rented_at).days for entry in renewals] == [7, 14]
    assert {entry.reason.split(" of ")[0] for entry in renewals} == {"automatic renewal"}


def test_the_earlier_of_two_renewals_gets_the_credit(sandbox: Sandbox, api: NumbersApi, rent: Any) -> None:
    first = rent(auto_renew=True)
    sandbox.advance(hours=1)
    second = rent(auto_renew=True)
    sandbox.credit = max(api.get_rent_status(rent_id).info.rent_cost for rent_id in (first, second))
    sandbox.advance(days=8)
    active = [api.get_rent_status(rent_id).info.active_rent for rent_id in (first, second)]
    assert active == [True, False]


def test_an_ended_rental_receives_no_sms(sandbox: Sandbox, rent: Callable[..., str], http: Any) -> None:
    rent_id = rent()
    sandbox.advance(days=7)
    with pytest.raises(ValueError, match=f"^the rental {rent_id} has ended, so its number receives no SMS$"):
        sandbox.receive_sms(rent_id, FRENCH, "late")
    response = http("POST", "/_sandbox/receive_sms", {"rent_id": rent_id, "sender": FRENCH, "text": "late"})
    assert response.status == 400


def test_an_expired_rate_limit_window_shows_all_requests_remaining(sandbox: Sandbox, http: Any) -> None:
    sandbox.rate_limit(5)
    assert http("GET", "/numbers/rent").headers["X-Rate-Limit-Remaining"] == "4"
    sandbox.advance(seconds=61)
    assert http("GET", "/nothing").headers["X-Rate-Limit-Remaining"] == "5"


# ---- money


def test_the_ledger_adds_up_with_sms_and_set_credit(sandbox: Sandbox, api: NumbersApi, rent: Any) -> None:
    rent_id = with_cost_per_sms(api)
    for _ in range(3):
        msg_id = sandbox.receive_sms(rent_id, FRENCH, "hello")
    sandbox.credit = 7.25
    api.lookup_number(FRENCH)
    api.renew_rent(rent_id, RenewRentRequest())
    sandbox.advance(days=30)
    assert sandbox.credit == balance(sandbox)
    assert [entry.operation for entry in sandbox.ledger] == [
        "rent_number", "receive_sms", "receive_sms", "receive_sms", "credit", "lookup_number", "renew_rent",
    ]  # fmt: skip
    assert sandbox.ledger[3].id == msg_id
    assert all(entry.reason and entry.time for entry in sandbox.ledger)


def test_an_sms_that_cannot_be_paid_is_recorded_as_not_delivered(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = with_cost_per_sms(api)
    sandbox.credit = 0.005
    msg_id = sandbox.receive_sms(rent_id, FRENCH, "hello")
    assert api.get_inbound_sms(rent_id).data == []
    assert sandbox.credit == 0.005
    entry = sandbox.ledger[-1]
    assert (entry.operation, entry.id, entry.amount) == ("receive_sms", msg_id, 0.0)
    assert entry.reason.endswith("not delivered: insufficient credit")


def test_old_ledger_entries_are_summed_up(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, api: NumbersApi) -> None:
    monkeypatch.setattr("smscx_client.sandbox.ledger.MAX_ENTRIES", 3)
    for _ in range(6):
        api.lookup_number(FRENCH)
    assert [entry.amount for entry in sandbox.ledger] == [0.04, 0.01, 0.01]
    assert sandbox.credit == balance(sandbox)


def test_duplicates_in_a_bulk_request_are_each_charged(sandbox: Sandbox, api: NumbersApi) -> None:
    started = api.lookup_numbers(NumbersLookupRequest([FRENCH] * 3))
    assert (len(started.data), started.info.total_cost, sandbox.ledger[0].amount) == (3, 0.03, 0.03)


# ---- API versions


def undocumented(value: Any, schema: Any, document: Any) -> Iterator[str]:
    """Yield the fields of a response that its schema does not have, and the required ones that it lacks."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for item in value:
            yield from undocumented(item, schema["items"], document)
    elif isinstance(value, dict) and "properties" in schema:
        yield from set(schema.get("required", ())) - value.keys()
        yield from value.keys() - schema["properties"].keys()
        for name in value.keys() & schema["properties"].keys():
            yield from undocumented(value[name], schema["properties"][name], document)


@pytest.mark.parametrize("api_version", ["2022-10", "2023-02"])
def test_every_response_has_exactly_the_fields_of_its_api_version(api_version: Any) -> None:
    document = openapi(api_version)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    schemas = {
        operation["operationId"]: operation["responses"]["200"]["content"]["application/json"]["schema"]
        for operation in operations
        if "operationId" in operation and "application/json" in operation["responses"]["200"]["content"]
    }
    with Sandbox(api_version=api_version) as sandbox, ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        api.validate_number(FRENCH)
        api.validate_numbers(NumbersValidateRequest([FRENCH, "x"]))
        lookup = api.lookup_number(FRENCH)
        bulk = api.lookup_numbers(NumbersLookupRequest([FRENCH, "x"]))
        sandbox.finish_lookups()
        api.get_single_lookup_status(lookup.data.lookup_id)
        api.get_bulk_lookup_status(bulk.info.lookup_bulk_id)
        offer = api.get_available_numbers("FR").data[0]
        rent_id = api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id
        api.get_rented_numbers()
        api.get_rent_status(rent_id)
        if api_version > "2022-10":
            api.renew_rent(rent_id, RenewRentRequest())
            api.edit_rent_settings(rent_id, EditRentRequest(auto_renew=True))
            api.get_bulk_lookup_campaigns()
        api.get_inbound_sms(rent_id)
        api.cancel_rent(rent_id)
        requests = sandbox.requests
    for request in requests:
        if request.operation != "renew_rent":  # the contract gives it the schema of rent_number
            response = json.loads(request.response)
            assert set(undocumented(response, schemas[request.operation], document)) == set(), request.operation
    assert len({request.operation for request in requests}) >= 12


def test_api_version_2022_10_has_no_newer_filters(old: tuple[Sandbox, NumbersApi]) -> None:
    sandbox, api = old
    listed = api.get_available_numbers("FR", registration=True, features=3, include="999")
    assert len(listed.data) == 12
    rent_id = api.rent_number(RentNumberRequest(listed.data[0].number_id, 7)).info.rent_id
    for _ in range(3):
        sandbox.receive_sms(rent_id, FRENCH, "hello")
    page = api.get_inbound_sms(rent_id, limit=1)
    assert (len(page.data), page.paging.next) == (3, None)


def test_api_version_2022_10_has_no_newer_errors(old: tuple[Sandbox, NumbersApi]) -> None:
    sandbox, api = old
    first, second, *_ = api.get_available_numbers("FR").data
    unknown: Any = "68aa4d9f-ee25-4a32-95d0-7272efe3b238"
    rent_id = api.rent_number(RentNumberRequest(first.number_id, 7, registration_id=unknown)).info.rent_id
    sandbox.receive_sms(rent_id, FRENCH, "hello")
    assert api.cancel_rent(rent_id).info.rent_id == rent_id
    other = api.rent_number(RentNumberRequest(second.number_id, 7)).info.rent_id
    sandbox.credit = 0
    with pytest.raises(smscx_client.AccessDeniedException) as caught:
        api.renew_rent(other, RenewRentRequest())
    assert caught.value.error_code == 1228
    with pytest.raises(ValueError, match="error_code of renew_rent must be one of"):
        sandbox.fail_next(operation="renew_rent", error_code=1113)


def test_the_openapi_document_describes_the_running_version_and_server(http: Any, sandbox: Sandbox, old: Any) -> None:
    newer = json.loads(http("GET", "/openapi.json").data)
    assert newer.pop("servers") == [{"url": sandbox.url}]
    fields = newer["components"]["schemas"]["InfoLookupDetails"]["properties"]
    assert ("invalid" in fields, "totalInvalid" in fields) == (False, False)
    assert "rentalCost" not in newer["components"]["schemas"]["DataAvailableNumbersRent"]["properties"]
    assert newer["paths"].keys() == CONTRACT["paths"].keys()

    with urllib3.PoolManager() as pool:
        older = pool.request("GET", old[0].url + "/openapi.json").json()
    assert older["servers"] == [{"url": old[0].url}]
    assert '"x-since": "2023-02"' not in json.dumps(older)
    assert '"in": "query"' not in json.dumps(older)
    assert "/numbers/rent/{rentId}/edit" not in older["paths"]
    assert "get" not in older["paths"]["/numbers/lookup"]
    codes = [error[1] for error in older["paths"]["/numbers/rent/{rentId}"]["patch"]["x-errors"]]
    assert 1113 not in codes
    assert {1221, 1228} <= set(codes)


def test_the_contract_of_the_package_is_the_contract() -> None:
    package = Path(contract.__file__).parent / "openapi.json"
    assert json.loads(package.read_text(encoding="utf-8")) == CONTRACT


def test_api_version_2023_02_sends_the_corrected_fields(sandbox: Sandbox, api: NumbersApi, rent: Any) -> None:
    bulk = api.lookup_numbers(NumbersLookupRequest([FRENCH, "x"]))
    info = api.get_bulk_lookup_status(bulk.info.lookup_bulk_id).info
    assert ("invalid" in info, "total_invalid" in info) == (False, False)
    rent_id = rent()
    assert api.get_inbound_sms(rent_id).info.rent_id == rent_id
    number_id = api.get_rent_status(rent_id).info.number_id
    assert api.cancel_rent(rent_id).info.number_id == number_id


# ---- defaults and scopes


def test_lists_hide_numbers_with_registration_or_alphanumeric_senders_by_default(api: NumbersApi) -> None:
    shown = api.get_available_numbers("FR").data
    assert {(offer.registration, offer.inbound_sms_sender) for offer in shown} == {(False, False)}
    assert api.get_available_numbers("FR", registration=True).data[0].registration is True
    alphanumeric = api.get_available_numbers("FR", inbound_sms_sender=True).data[0]
    rent_id = api.rent_number(RentNumberRequest(alphanumeric.number_id, 7)).info.rent_id
    assert api.get_rented_numbers().data == []
    assert [rental.rent_id for rental in api.get_rented_numbers(inbound_sms_sender=True).data] == [rent_id]


def test_an_application_gets_only_its_own_scopes() -> None:
    with Sandbox(applications={"app": Application("secret", ("sms",))}) as sandbox:
        with ApiClient(sandbox.configuration(username="app", password="secret", retries=0)) as client:
            assert OauthApi(client).get_access_token(scope="sms").scope == "sms"
            with pytest.raises(smscx_client.ApiException) as caught:
                OauthApi(client).get_access_token(scope="numbers")
    assert caught.value.error_type == "invalid_scope"


# ---- webhooks


def test_a_slow_receiver_delays_no_other(serve: Any, sandbox: Sandbox, rent: Any) -> None:
    release = threading.Event()
    slow = serve(lambda _: (release.wait(10), Reply(200))[1])
    fast = serve(lambda _: Reply(200))
    slow_rental, fast_rental = rent(callback_url=slow.url), rent(callback_url=fast.url)
    sandbox.receive_sms(slow_rental, FRENCH, "first")
    sandbox.receive_sms(fast_rental, FRENCH, "second")
    deadline = time.monotonic() + 5
    while not sandbox.deliveries and time.monotonic() < deadline:
        time.sleep(0.005)
    assert [delivery.url for delivery in sandbox.deliveries] == [fast.url]
    release.set()
    assert sandbox.flush_webhooks()


@pytest.mark.parametrize("stop", [Sandbox.reset, Sandbox.close])
def test_reset_and_close_stop_deliveries_in_flight_and_forget_them(
    serve: Any, sandbox: Sandbox, rent: Any, stop: Callable[[Sandbox], None]
) -> None:
    arrived, release = threading.Event(), threading.Event()
    receiver = serve(lambda _: (arrived.set(), release.wait(10), Reply(500))[2])
    sandbox.receive_sms(rent(callback_url=receiver.url), FRENCH, "hello")
    assert arrived.wait(5)
    stop(sandbox)
    deadline = time.monotonic() + 5
    while "smscx webhooks" in {thread.name for thread in threading.enumerate()} and time.monotonic() < deadline:
        time.sleep(0.005)
    assert "smscx webhooks" not in {thread.name for thread in threading.enumerate()}
    release.set()
    assert sandbox.deliveries == []
    assert sandbox.flush_webhooks(0.2)
    assert len(receiver.requests) == 1


def test_an_sms_from_before_the_callback_url_is_not_delivered_later(
    serve: Any, sandbox: Sandbox, api: NumbersApi, rent: Any
) -> None:
    receiver = serve(lambda _: Reply(200))
    rent_id = rent()
    sandbox.receive_sms(rent_id, FRENCH, "before")
    api.edit_rent_settings(rent_id, EditRentRequest(callback_url=receiver.url))
    sandbox.receive_sms(rent_id, FRENCH, "after")
    assert sandbox.flush_webhooks()
    assert [json.loads(request.body)["data"][0]["text"] for request in receiver.requests] == ["after"]


def test_flush_webhooks_delivers_pending_retries_at_once(serve: Any, sandbox: Sandbox, rent: Any) -> None:
    receiver = serve(lambda _: Reply(500))
    sandbox.freeze_time()
    sandbox.receive_sms(rent(callback_url=receiver.url), FRENCH, "hello")
    assert sandbox.flush_webhooks()
    assert [delivery.attempt for delivery in sandbox.deliveries] == [1, 2, 3, 4, 5, 6]


def test_retries_follow_the_clock_of_the_account(serve: Any, sandbox: Sandbox, rent: Any) -> None:
    receiver = serve(lambda _: Reply(500))
    sandbox.freeze_time()
    sandbox.receive_sms(rent(callback_url=receiver.url), FRENCH, "hello")
    for attempts in (1, 2, 3):
        deadline = time.monotonic() + 5
        while len(sandbox.deliveries) < attempts and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(sandbox.deliveries) == attempts
        sandbox.advance(seconds=1)


# ---- concurrency


def test_a_slow_export_does_not_hold_up_other_requests(
    sandbox: Sandbox, api: NumbersApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk_id = api.lookup_numbers(NumbersLookupRequest([FRENCH])).info.lookup_bulk_id
    started, release = threading.Event(), threading.Event()
    monkeypatch.setattr(
        "smscx_client.sandbox.endpoints.to_xlsx", lambda _: (started.set(), release.wait(10), b"workbook")[2]
    )
    export: Any = api.export_number_lookup_report_to_xlsx(bulk_id, async_req=True)
    assert started.wait(5)
    assert api.validate_number(FRENCH, _request_timeout=2).data.phone_number == FRENCH
    api.lookup_number(FRENCH, _request_timeout=2)
    assert sandbox.credit == 99.98
    release.set()
    assert export.get(5) == b"workbook"
