"""The sandbox behaves like the service: it keeps state, charges costs and rejects invalid requests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlsplit

import openpyxl
import pytest
import urllib3

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
from smscx_client.sandbox import Application, Sandbox
from smscx_client.sandbox.numbering import TEST_NUMBERS
from smscx_client.sandbox.rentals import REGISTRATION_ID
from smscx_client.sandbox.server import APPLICATION_ID, APPLICATION_SECRET

UNKNOWN_ID = "68aa4d9f-ee25-4a32-95d0-7272efe3b238"
FRENCH = "+33612246450"


class PlainClient:
    """An HTTP client that is not ours."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._pool = urllib3.PoolManager(retries=False)

    def __call__(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, Any, Any]:
        headers = {"X-API-KEY": self.sandbox.api_key, **options.pop("headers", {})}
        data = json.dumps(body).encode() if body is not None and not isinstance(body, bytes) else body
        response = self._pool.request(method, self.sandbox.url + path, body=data, headers=headers, **options)
        is_json = response.headers.get("Content-Type") == "application/json"
        return response.status, json.loads(response.data) if is_json else response.data, response.headers

    def close(self) -> None:
        self._pool.clear()


@pytest.fixture
def plain(sandbox: Sandbox) -> Iterator[PlainClient]:
    client = PlainClient(sandbox)
    yield client
    client.close()


def rent(api: NumbersApi, **options: Any) -> str:
    offer = api.get_available_numbers("FR", registration=False).data[0]
    return api.rent_number(RentNumberRequest(offer.number_id, 7, **options)).info.rent_id


# ---- credentials


def test_a_request_needs_a_credential(plain: PlainClient) -> None:
    for headers in ({"X-API-KEY": "wrong"}, {"X-API-KEY": "", "Authorization": "Bearer wrong"}):
        status, body, _ = plain("GET", "/numbers/rent", headers=headers)
        assert (status, body["error"]["type"]) == (401, "invalid_api_key")
    assert plain("GET", "/numbers/rent")[0] == 200


def test_the_access_tokens_of_an_application_expire(sandbox: Sandbox) -> None:
    with ApiClient(sandbox.configuration(username=APPLICATION_ID, password=APPLICATION_SECRET)) as client:
        token = OauthApi(client).get_access_token(scope="numbers")
    with ApiClient(sandbox.configuration(access_token=token.access_token)) as client:
        NumbersApi(client).get_rented_numbers()
        sandbox.advance(hours=25)
        with pytest.raises(smscx_client.InvalidCredentialsException):
            NumbersApi(client).get_rented_numbers()


def test_a_client_with_an_application_id_and_secret_renews_an_expired_token(sandbox: Sandbox) -> None:
    with ApiClient(sandbox.configuration(username=APPLICATION_ID, password=APPLICATION_SECRET)) as client:
        NumbersApi(client).get_rented_numbers()
        sandbox.advance(hours=25)
        NumbersApi(client).get_rented_numbers()
    assert [request.operation for request in sandbox.requests].count("get_access_token") == 2


def test_an_access_token_without_the_scope_is_rejected() -> None:
    with Sandbox(applications={"app": Application("secret", ("sms",))}) as sandbox:
        with ApiClient(sandbox.configuration(username="app", password="secret")) as client:
            with pytest.raises(smscx_client.InsufficientScopeException):
                NumbersApi(client).get_rented_numbers()


@pytest.mark.parametrize(
    ("form", "login", "status", "error_type"),
    [
        ("", "sandbox-application:sandbox-secret", 400, "invalid_request"),
        ("grant_type=password", "sandbox-application:sandbox-secret", 400, "unsupported_grant_type"),
        ("grant_type=client_credentials&scope=all", "sandbox-application:sandbox-secret", 400, "invalid_scope"),
        ("grant_type=client_credentials", "sandbox-application:wrong", 401, "invalid_client"),
        ("grant_type=client_credentials", None, 401, "invalid_client"),
    ],
)
def test_the_token_endpoint_rejects_invalid_requests(
    plain: PlainClient, form: str, login: str | None, status: int, error_type: str
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", **urllib3.make_headers(basic_auth=login)}
    response = plain("POST", "/oauth/token", form.encode(), headers=headers)
    assert (response[0], response[1]["error"]["type"], response[1]["error"]["code"]) == (status, error_type, 1600)


# ---- validation and lookups


def test_numbers_are_validated_by_the_numbering_plans(api: NumbersApi) -> None:
    data = api.validate_number(FRENCH).data
    assert (data.phone_number, data.country_iso, data.network_operator, data.timezone) == (
        FRENCH,
        "FR",
        "SFR",
        "Europe/Paris",
    )
    with pytest.raises(smscx_client.InvalidPhoneNumberException):
        api.validate_number("+3361")


@pytest.mark.parametrize("written", [FRENCH, FRENCH[1:], "%2B" + FRENCH[1:]])
def test_a_number_in_a_path_can_have_an_encoded_plus_or_none(plain: PlainClient, written: str) -> None:
    assert plain("GET", f"/numbers/validate/{written}")[1]["data"]["phoneNumber"] == FRENCH


def test_a_bulk_validation_keeps_the_order_and_marks_invalid_numbers(api: NumbersApi) -> None:
    validated = api.validate_numbers(NumbersValidateRequest(["x", "06 12 24 64 50", "+40711912673"], country_iso="fr"))
    assert [number.invalid for number in validated.data] == [True, False, False]
    assert [number.phone_number for number in validated.data] == ["x", FRENCH, "+40711912673"]
    assert "country_iso" not in validated.data[0]
    assert validated.info.phone_numbers_by_country is not None
    assert validated.info.phone_numbers_by_country.country_code == {"FR": 1, "RO": 1}
    assert (validated.info.total_phone_numbers, validated.info.total_valid, validated.info.total_invalid) == (3, 2, 1)


def test_each_lookup_of_a_number_is_charged_and_has_the_same_result(api: NumbersApi, sandbox: Sandbox) -> None:
    first, second = api.lookup_number(FRENCH).data, api.lookup_number(FRENCH).data
    assert sandbox.credit == 99.98
    assert first.lookup_id != second.lookup_id
    assert (first.status, first.mccmnc, first.ported) == (second.status, second.mccmnc, second.ported)
    assert (first.mcc, first.country_name) == ("208", "France")
    german = api.lookup_number("+4915112345678").data
    assert (german.country_name, german.country_name_locale) == ("Germany", "Deutschland")
    assert api.get_single_lookup_status(first.lookup_id) == first


@pytest.mark.parametrize("number", [number for number, result in TEST_NUMBERS.items() if result.isupper()])
def test_there_is_a_test_number_for_each_status(api: NumbersApi, number: str) -> None:
    assert api.lookup_number(number).data.status == TEST_NUMBERS[number]


def test_there_are_test_numbers_for_porting_roaming_and_errors(api: NumbersApi) -> None:
    number_for = {result: number for number, result in TEST_NUMBERS.items()}
    assert api.lookup_number(number_for["ported"]).data.ported is True
    assert api.lookup_number(number_for["ported"]).data.ported_network.name == "Ported Mobile"
    assert api.lookup_number(number_for["roaming"]).data.roaming_network.country_iso == "DE"
    for result, error, code in (
        ("no coverage", smscx_client.NoCoverageException, 1214),
        ("invalid parameters", smscx_client.InvalidRequestException, 1212),
        ("credit limit", smscx_client.InsufficientBalanceException, 1114),
    ):
        with pytest.raises(error) as caught:
            api.lookup_number(number_for[result])
        assert caught.value.error_code == code


def test_a_bulk_lookup_finishes_over_time(api: NumbersApi, sandbox: Sandbox) -> None:
    started = api.lookup_numbers(NumbersLookupRequest([FRENCH, "not a number", "+40711912673"]))
    assert (started.info.total_valid, started.info.total_invalid, started.info.invalid) == (2, 1, ["not a number"])
    assert (started.info.total_cost, sandbox.credit) == (0.02, 99.98)
    bulk_id = started.info.lookup_bulk_id
    assert api.get_bulk_lookup_status(bulk_id).data == []
    with pytest.raises(smscx_client.ResourceNotFoundException):
        api.get_single_lookup_status(started.data[0].lookup_id)
    sandbox.advance(minutes=1)
    assert [result.phone_number for result in api.get_bulk_lookup_status(bulk_id).data] == [FRENCH, "+40711912673"]
    assert api.get_single_lookup_status(started.data[0].lookup_id).phone_number == FRENCH


def test_finish_lookups_makes_results_available_immediately(api: NumbersApi, sandbox: Sandbox) -> None:
    started = api.lookup_numbers(NumbersLookupRequest([FRENCH]))
    sandbox.finish_lookups()
    assert len(api.get_bulk_lookup_status(started.info.lookup_bulk_id).data) == 1


def test_bulk_lookup_results_are_paginated_and_exported(api: NumbersApi, sandbox: Sandbox) -> None:
    numbers = [f"+3361224{number:04}" for number in range(6400, 6412)]
    bulk_id = api.lookup_numbers(NumbersLookupRequest(numbers)).info.lookup_bulk_id
    sandbox.finish_lookups()
    seen, cursor, pages = [], None, 0
    while True:
        page = api.get_bulk_lookup_status(bulk_id, limit=5, next=cursor)
        seen += [result.phone_number for result in page.data]
        pages += 1
        assert page.paging is not None
        if page.paging.next is None:
            break
        cursor = page.paging.next
    assert (seen, pages) == (numbers, 3)
    back = api.get_bulk_lookup_status(bulk_id, limit=5, previous=page.paging.previous)
    assert [result.phone_number for result in back.data] == numbers[5:10]
    lines = api.export_number_lookup_report_to_csv(bulk_id).splitlines()
    assert (len(lines), lines[1].split(",")[0]) == (13, numbers[0])
    workbook = openpyxl.load_workbook(BytesIO(api.export_number_lookup_report_to_xlsx(bulk_id)))
    rows = list(workbook["Lookups"].values)
    assert (len(rows), rows[12][0]) == (13, numbers[-1])


def test_bulk_lookups_are_listed_newest_first(api: NumbersApi) -> None:
    ids = [api.lookup_numbers(NumbersLookupRequest([FRENCH])).info.lookup_bulk_id for _ in range(3)]
    listed = api.get_bulk_lookup_campaigns(limit=2)
    assert [bulk.id for bulk in listed.data] == [ids[2], ids[1]]
    assert [bulk.id for bulk in api.get_bulk_lookup_campaigns(limit=2, next=listed.paging.next).data] == [ids[0]]


# ---- rentals


def test_available_numbers_are_varied_and_the_same_for_a_seed() -> None:
    def offers(seed: int, country: str) -> Any:
        with Sandbox(seed=seed) as sandbox, ApiClient(sandbox.configuration()) as client:
            listed = NumbersApi(client).get_available_numbers(country).to_dict()["data"]
        return [{**offer, "datetime": None} for offer in listed]

    assert offers(1, "FR") == offers(1, "fr") != offers(2, "FR")
    numbers = offers(1, "RO")
    assert {number["number_type"] for number in numbers} == {"mobile", "landline"}
    assert {number["features"] for number in numbers} == {1, 3, 7}
    assert {number["setup_time"] for number in numbers} == {"instant", "delayed"}
    assert None in {number["phone_number"] for number in numbers}
    assert offers(1, "JP")


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        ({"features": 2}, lambda offer: offer.features & 2),
        ({"features": 3}, lambda offer: offer.features & 3 == 3),
        ({"number_type": "landline"}, lambda offer: offer.number_type == "landline"),
        ({"setup_time": "delayed"}, lambda offer: offer.setup_time == "delayed"),
        ({"registration": True}, lambda offer: offer.registration),
        ({"inbound_sms_sender": False}, lambda offer: not offer.inbound_sms_sender),
        ({"include": "336"}, lambda offer: "336" in (offer.phone_number or "336")),
        ({"exclude": "336"}, lambda offer: "336" not in (offer.phone_number or "")),
    ],
)
def test_available_numbers_can_be_filtered(api: NumbersApi, filters: Any, holds: Callable[[Any], bool]) -> None:
    found = api.get_available_numbers("FR", **filters).data
    assert 0 < len(found) < 12
    assert all(holds(offer) for offer in found)


def test_a_rental_is_charged_and_listed(api: NumbersApi, sandbox: Sandbox) -> None:
    offer = next(offer for offer in api.get_available_numbers("FR").data if offer.setup_cost)
    made = api.rent_number(RentNumberRequest(offer.number_id, 7, auto_renew=True, callback_url="http://localhost/sms"))
    cost = next(cost.cost for cost in offer.rent_cost or [] if cost.days == 7)
    assert (made.info.rent_cost, made.info.setup_cost) == (cost, offer.setup_cost)
    assert sandbox.credit == pytest.approx(100 - cost - offer.setup_cost)
    assert (made.info.rent_end - made.info.rent_start).days == 7
    status = api.get_rent_status(made.info.rent_id).info
    assert (status.auto_renew, status.callback_url, status.active_rent) == (True, "http://localhost/sms", True)
    assert [rent.rent_id for rent in api.get_rented_numbers().data] == [made.info.rent_id]
    assert offer.number_id not in [other.number_id for other in api.get_available_numbers("FR").data]


def test_rentals_can_be_filtered(api: NumbersApi, sandbox: Sandbox) -> None:
    rent_id = rent(api)
    assert api.get_rented_numbers(country_iso="fr", active_rent=True).data[0].rent_id == rent_id
    assert api.get_rented_numbers(country_iso="RO").data == []
    sandbox.advance(days=8)
    assert api.get_rented_numbers(active_rent=True).data == []
    assert [ended.rent_id for ended in api.get_rented_numbers(active_rent=False).data] == [rent_id]


def test_a_cancellation_within_30_minutes_refunds_the_rental_but_not_the_setup(
    api: NumbersApi, sandbox: Sandbox
) -> None:
    offer = next(offer for offer in api.get_available_numbers("FR").data if offer.setup_cost)
    rented = api.rent_number(RentNumberRequest(offer.number_id, 7)).info
    sandbox.advance(minutes=29)
    assert api.cancel_rent(rented.rent_id).info.credit_returned == rented.rent_cost
    assert sandbox.credit == pytest.approx(100 - offer.setup_cost)
    with pytest.raises(smscx_client.ResourceNotFoundException):
        api.cancel_rent(rented.rent_id)


def test_a_cancellation_after_a_renewal_refunds_all_periods(api: NumbersApi, sandbox: Sandbox) -> None:
    rent_id = rent(api)
    cost = api.get_rent_status(rent_id).info.rent_cost
    renewed = api.renew_rent(rent_id, RenewRentRequest(rent_period=30)).info
    returned = api.cancel_rent(rent_id).info.credit_returned
    assert returned == pytest.approx(cost + renewed.rent_cost)
    assert sandbox.ledger[-1].amount == -returned


def test_a_rental_cannot_be_cancelled_after_30_minutes_or_after_an_sms(api: NumbersApi, sandbox: Sandbox) -> None:
    late, used = rent(api), rent(api)
    sandbox.receive_sms(used, FRENCH, "hello")
    with pytest.raises(smscx_client.AccessDeniedException) as caught:
        api.cancel_rent(used)
    assert caught.value.error_code == 1232
    sandbox.advance(minutes=31)
    with pytest.raises(smscx_client.AccessDeniedException) as caught:
        api.cancel_rent(late)
    assert caught.value.error_code == 1227


def test_a_renewal_is_charged_and_extends_the_rental(api: NumbersApi, sandbox: Sandbox) -> None:
    rent_id = rent(api)
    end, credit = api.get_rent_status(rent_id).info.rent_end, sandbox.credit
    renewed = api.renew_rent(rent_id, RenewRentRequest(rent_period=30, auto_renew=True)).info
    assert (renewed.rent_end - end).days == 30
    assert sandbox.credit == pytest.approx(credit - renewed.rent_cost)
    again = api.renew_rent(rent_id, RenewRentRequest()).info
    assert (again.rent_end - renewed.rent_end).days == 30
    sandbox.advance(days=100)
    ended = api.get_rent_status(rent_id).info
    assert ended.active_rent is False
    with pytest.raises(smscx_client.AccessDeniedException) as caught:
        api.renew_rent(rent_id, RenewRentRequest())
    assert caught.value.error_code == 1228


def test_a_rental_auto_renews_while_there_is_credit(api: NumbersApi, sandbox: Sandbox) -> None:
    rent_id = rent(api, auto_renew=True)
    sandbox.advance(days=10)
    assert api.get_rent_status(rent_id).info.active_rent is True
    sandbox.credit = 0
    sandbox.advance(days=10)
    assert api.get_rent_status(rent_id).info.active_rent is False


def test_the_settings_of_a_rental_can_be_edited(api: NumbersApi) -> None:
    rent_id = rent(api, callback_url="http://localhost/sms")
    api.edit_rent_settings(rent_id, EditRentRequest(auto_renew=True))
    info = api.get_rent_status(rent_id).info
    assert (info.auto_renew, info.callback_url) == (True, "http://localhost/sms")
    api.edit_rent_settings(rent_id, EditRentRequest(callback_url=None))
    assert api.get_rent_status(rent_id).info.callback_url is None


def test_received_sms_are_paginated_newest_first(api: NumbersApi, sandbox: Sandbox) -> None:
    rent_id = rent(api)
    for number in range(7):
        sandbox.receive_sms(rent_id, FRENCH, f"text {number}")
    first = api.get_inbound_sms(rent_id, limit=3)
    sandbox.receive_sms(rent_id, "INFO", "text 7")
    second = api.get_inbound_sms(rent_id, limit=3, next=first.paging.next)
    third = api.get_inbound_sms(rent_id, limit=3, next=second.paging.next)
    messages = [sms.text for page in (first, second, third) for sms in page.data]
    assert messages == [f"text {number}" for number in (6, 5, 4, 3, 2, 1, 0)]
    assert (first.data[0]._from, first.data[0].country_iso, third.paging.next) == (FRENCH, "FR", None)
    assert api.get_inbound_sms(rent_id).data[0].text == "text 7"


def test_a_registration_approves_a_number_that_needs_one(api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR", registration=True).data[0]
    period = min(cost.days for cost in offer.rent_cost or [])
    with pytest.raises(smscx_client.InvalidRequestException) as caught:
        api.rent_number(RentNumberRequest(offer.number_id, period, registration_id=UNKNOWN_ID))  # type: ignore[arg-type]
    assert caught.value.error_code == 1234
    made = api.rent_number(RentNumberRequest(offer.number_id, period, registration_id=REGISTRATION_ID))  # type: ignore[arg-type]
    assert made.info.approved is True


# ---- errors


def invalid_requests() -> list[tuple[str, str, object, int, int]]:
    rent_body = {"numberId": UNKNOWN_ID, "rentPeriod": 1}
    return [
        ("GET", "/numbers/validate/abc", None, 400, 1207),
        ("GET", "/numbers/lookup/abc", None, 400, 1207),
        *(("POST", f"/numbers/{kind}", {}, 400, 1203) for kind in ("validate", "lookup")),
        *(("POST", f"/numbers/{kind}", {"phoneNumbers": []}, 400, 1203) for kind in ("validate", "lookup")),
        *(("POST", f"/numbers/{kind}", {"phoneNumbers": "x"}, 400, 1208) for kind in ("validate", "lookup")),
        *(("POST", f"/numbers/{kind}", {"phoneNumbers": [5]}, 400, 1208) for kind in ("validate", "lookup")),
        *(("POST", f"/numbers/{kind}", {"phoneNumbers": ["1"] * 40001}, 400, 1205) for kind in ("validate", "lookup")),
        ("POST", "/numbers/lookup", {"phoneNumbers": [FRENCH], "lookupCallbackUrl": "x"}, 400, 1209),
        ("POST", "/numbers/lookup", {"phoneNumbers": ["x"]}, 400, 1216),
        ("POST", "/numbers/lookup", {"phoneNumbers": ["+33600000008"]}, 403, 1214),
        ("GET", "/numbers/lookup/lookupId/abc", None, 400, 1217),
        ("GET", f"/numbers/lookup/lookupId/{UNKNOWN_ID}", None, 404, 1219),
        ("GET", "/numbers/lookup/lookupBulkId/abc", None, 400, 1218),
        ("GET", f"/numbers/lookup/lookupBulkId/{UNKNOWN_ID}", None, 404, 1220),
        ("GET", "/numbers/lookup/lookupBulkId/abc/csv", None, 400, 1218),
        ("GET", f"/numbers/lookup/lookupBulkId/{UNKNOWN_ID}/xlsx", None, 404, 1220),
        ("GET", "/numbers/rent/available/XX", None, 400, 2003),
        ("GET", "/numbers/rent/available/FR?features=9", None, 400, 1212),
        ("GET", "/numbers/rent/available/FR?registration=maybe", None, 400, 1212),
        ("GET", "/numbers/rent/available/FR?include=abc", None, 400, 1212),
        ("POST", "/numbers/rent", {**rent_body, "numberId": "abc"}, 400, 1222),
        ("POST", "/numbers/rent", {**rent_body, "rentPeriod": 2}, 400, 1224),
        ("POST", "/numbers/rent", {**rent_body, "rentPeriod": True}, 400, 1224),
        ("POST", "/numbers/rent", {"numberId": UNKNOWN_ID}, 400, 1224),
        ("POST", "/numbers/rent", {**rent_body, "autoRenew": "yes"}, 400, 1225),
        ("POST", "/numbers/rent", {**rent_body, "callbackUrl": "callback_url_example"}, 400, 1226),
        ("POST", "/numbers/rent", {**rent_body, "registrationId": "abc"}, 400, 1234),
        ("POST", "/numbers/rent", rent_body, 404, 1230),
        ("GET", "/numbers/rent/abc", None, 400, 1221),
        ("GET", f"/numbers/rent/{UNKNOWN_ID}", None, 404, 1223),
        ("PATCH", f"/numbers/rent/{UNKNOWN_ID}", {}, 404, 1223),
        ("DELETE", f"/numbers/rent/{UNKNOWN_ID}", None, 404, 1223),
        ("PATCH", f"/numbers/rent/{UNKNOWN_ID}/edit", {"autoRenew": True}, 404, 1223),
        ("GET", f"/numbers/rent/{UNKNOWN_ID}/inbound", None, 404, 1223),
        ("POST", "/numbers/validate", b"not json", 400, 1004),
        ("POST", "/numbers/validate", b"[]", 400, 1004),
        ("POST", "/numbers/validate", b"\xff", 400, 1004),
        ("POST", "/numbers/validate", b"[" * 100_000, 400, 1004),
        ("POST", "/numbers/validate", b"x" * (8 * 1024 * 1024 + 1), 413, 1004),
        ("GET", "/nothing", None, 404, 1002),
        ("GET", "/numbers/validate/a/b", None, 404, 1002),
        ("DELETE", "/numbers/rent", None, 405, 1003),
    ]


def test_invalid_requests_get_their_documented_errors(plain: PlainClient) -> None:
    for method, path, body, status, code in invalid_requests():
        response = plain(method, path, body)
        assert (response[0], response[1]["error"]["code"]) == (status, code), (method, path)
        assert response[1]["error"].keys() == {"type", "message", "uri", "code"}
    assert plain("DELETE", "/numbers/rent")[2]["Allow"] == "GET, OPTIONS, POST"


def test_invalid_requests_for_a_rental_get_their_documented_errors(
    api: NumbersApi, sandbox: Sandbox, plain: PlainClient
) -> None:
    rent_id = rent(api)
    number_id = api.get_rent_status(rent_id).info.number_id
    weekly = next(offer for offer in api.get_available_numbers("RO").data if offer.min_rent == 7)
    for method, path, body, status, code in (
        ("POST", "/numbers/rent", {"numberId": number_id, "rentPeriod": 7}, 403, 1231),
        ("POST", "/numbers/rent", {"numberId": weekly.number_id, "rentPeriod": 1}, 400, 1229),
        ("PATCH", f"/numbers/rent/{rent_id}", {"rentPeriod": 5}, 400, 1224),
        ("PATCH", f"/numbers/rent/{rent_id}", {"autoRenew": None}, 400, 1225),
        ("PATCH", f"/numbers/rent/{rent_id}", {"callbackUrl": 5}, 400, 1226),
        ("PATCH", f"/numbers/rent/{rent_id}/edit", {}, 400, 1233),
        ("PATCH", f"/numbers/rent/{rent_id}/edit", {"callbackUrl": "ftp://x"}, 400, 1226),
    ):
        response = plain(method, path, body)
        assert (response[0], response[1]["error"]["code"]) == (status, code), (method, path, body)
    sandbox.credit = 0.001
    for call in (
        lambda: api.lookup_number(FRENCH),
        lambda: api.lookup_numbers(NumbersLookupRequest([FRENCH])),
        lambda: api.rent_number(RentNumberRequest(weekly.number_id, 7)),
        lambda: api.renew_rent(rent_id, RenewRentRequest()),
    ):
        with pytest.raises(smscx_client.InsufficientBalanceException):
            call()
    assert sandbox.credit == 0.001


def test_requests_over_the_rate_limit_are_rejected_until_the_window_resets() -> None:
    with Sandbox(rate_limit=2) as sandbox, ApiClient(sandbox.configuration(retries=0)) as client:
        api = NumbersApi(client)
        left = [api.get_rented_numbers().http_info.rate_limit.remaining for _ in range(2)]
        assert left == [1, 0]
        with pytest.raises(smscx_client.RateLimitExceededException) as caught:
            api.get_rented_numbers()
        assert 0 < (caught.value.retry_after or 0) <= 61
        sandbox.advance(minutes=1)
        api.get_rented_numbers()


def test_an_invalid_query_parameter_is_ignored_if_the_operation_documents_no_400(
    plain: PlainClient, api: NumbersApi
) -> None:
    rent(api)
    for query in ("country_iso=XX", "features=9", "active_rent=maybe", "include=abc", "number_type=fixed"):
        status, body, _ = plain("GET", f"/numbers/rent?{query}")
        assert (status, len(body["data"])) == (200, 1), query
    api.lookup_numbers(NumbersLookupRequest([FRENCH]))
    for query in ("limit=0", "limit=x", "next=nonsense", "previous=%FF", "next=YXQgLTE="):
        status, body, _ = plain("GET", f"/numbers/lookup?{query}")
        assert (status, len(body["data"])) == (200, 1), query


def test_an_invalid_cursor_or_limit_is_rejected(plain: PlainClient, api: NumbersApi) -> None:
    rent_id = rent(api)
    for query in ("limit=0", "limit=501", "limit=-1", "next=nonsense", "next=YXQgLTE="):
        status, body, _ = plain("GET", f"/numbers/rent/{rent_id}/inbound?{query}")
        assert (status, body["error"]["code"]) == (400, 1212), query


# ---- API versions


def test_the_older_api_version_has_its_own_fields() -> None:
    with Sandbox(api_version="2022-10") as sandbox, ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        offer = api.get_available_numbers("FR").data[0]
        assert "rental_cost" in offer
        assert "rent_cost" not in offer
        rent_id = rent(api)
        info = api.get_rent_status(rent_id).info
        assert ("sms" in info, "number_id" in info, "active_rent" in info) == (True, False, False)
        assert "rent_period" in api.renew_rent(rent_id, RenewRentRequest()).info
        bulk_id = api.lookup_numbers(NumbersLookupRequest([FRENCH] * 3)).info.lookup_bulk_id
        sandbox.finish_lookups()
        results = api.get_bulk_lookup_status(bulk_id, limit=1)
        assert (len(results.data), "paging" in results) == (3, False)
        with pytest.raises(smscx_client.InvalidRequestException) as wrong:
            api.get_bulk_lookup_status("abc")
        assert wrong.value.error_type == "not_found"
        with pytest.raises(smscx_client.ApiMethodNotAllowedException):
            api.get_bulk_lookup_campaigns()


def test_an_unknown_api_version_is_rejected() -> None:
    with pytest.raises(ValueError, match="api_version"):
        Sandbox(api_version="2030-01")  # type: ignore[arg-type]


# ---- the server


def test_every_response_has_the_documented_headers(plain: PlainClient) -> None:
    _, _, headers = plain("GET", "/numbers/rent")
    assert headers.keys() >= {"X-Request-Id", "X-Response-Time", "X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "Date"}


def test_recorded_requests_do_not_contain_credentials(api: NumbersApi, sandbox: Sandbox) -> None:
    api.validate_number(FRENCH)
    with ApiClient(sandbox.configuration(access_token="a-secret-token", retries=0)) as client:
        with pytest.raises(smscx_client.InvalidCredentialsException):
            NumbersApi(client).get_rented_numbers()
    first, second = sandbox.requests
    assert (first.method, first.operation, first.status) == ("GET", "validate_number", 200)
    assert (first.headers["x-api-key"], second.headers["authorization"]) == ("***", "Bearer ***")
    assert sandbox.api_key not in repr(first)
    assert "a-secret-token" not in repr(second)


def test_at_most_1000_requests_are_recorded(plain: PlainClient, sandbox: Sandbox) -> None:
    for _ in range(1100):
        plain("GET", "/nothing")
    assert len(sandbox.requests) == 1000


def test_connections_are_reused_and_closed_with_the_sandbox(sandbox: Sandbox) -> None:
    address = urlsplit(sandbox.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        stream = connection.makefile("rb")
        for _ in range(3):
            connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert stream.readline() == b"HTTP/1.1 404 Not Found\r\n"
            length = 0
            while (line := stream.readline()) != b"\r\n":
                length = int(line.split()[1]) if line.lower().startswith(b"content-length") else length
            stream.read(length)
        before = [thread.name for thread in threading.enumerate()]
        sandbox.close()
        assert stream.read() == b""
        after = [thread.name for thread in threading.enumerate()]
        assert after.count("smscx sandbox") == before.count("smscx sandbox") - 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port))


def test_two_sandboxes_share_no_state(sandbox: Sandbox, api: NumbersApi) -> None:
    rent(api)
    with Sandbox() as other, ApiClient(other.configuration()) as client:
        assert NumbersApi(client).get_rented_numbers().data == []


def test_concurrent_calls_are_all_charged(sandbox: Sandbox, api: NumbersApi) -> None:
    threads = [threading.Thread(target=lambda: [api.lookup_number(FRENCH) for _ in range(10)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sandbox.credit == 99.2


def test_the_sandbox_runs_as_a_program(tmp_path: Any) -> None:
    command = [sys.executable, "-m", "smscx_client.sandbox", "--port", "0", "--api-key", "YOUR_API_KEY"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[2].rstrip(",")
            with ApiClient(smscx_client.Configuration(url, "YOUR_API_KEY")) as client:
                assert NumbersApi(client).get_rented_numbers().data == []
        finally:
            process.terminate()
    assert quote(url, safe=":/") == url


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM")
def test_the_program_stops_on_sigterm() -> None:
    command = [sys.executable, "-m", "smscx_client.sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        assert process.communicate(timeout=30)[0] == "Stopped.\n"
    assert process.returncode == 0


def test_a_missing_extra_is_reported_with_the_command_to_install_it() -> None:
    code = "import sys; sys.modules['werkzeug'] = None; import smscx_client.sandbox"
    failed = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].endswith('pip install "smscx_client[sandbox]"')


HEAD = b"POST /numbers/validate HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: sandbox-api-key\r\n"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (HEAD + b"\r\n", 400),
        (HEAD + b"Content-Length: -5\r\n\r\n", 400),
        (HEAD + b"Content-Length: many\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nnonsense\r\n0\r\n\r\n", 413),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
        (HEAD + b"Content-Type: image/png\r\nContent-Length: 2\r\n\r\n{}", 400),
        (b"GET /numbers/validate/%ff%00 HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: sandbox-api-key\r\n\r\n", 400),
        (
            b"GET /numbers/rent?next=%ff&limit=%00 HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: sandbox-api-key\r\n\r\n",
            200,
        ),
        (
            b"GET /numbers/validate/"
            + b"1" * 60_000
            + b" HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: sandbox-api-key\r\n\r\n",
            400,
        ),
        (b"PURGE /numbers/rent HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (b"nonsense\r\n\r\n", 400),
    ],
)
def test_malformed_requests_do_not_break_the_server(sandbox: Sandbox, raw: bytes, status: int) -> None:
    address = urlsplit(sandbox.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(raw)
        first = connection.makefile("rb").readline()
    assert first.split()[1] == str(status).encode() if first.startswith(b"HTTP/1") else status == 400
    with ApiClient(sandbox.configuration()) as client:
        NumbersApi(client).validate_number(FRENCH)


def test_deeply_nested_and_unusual_bodies_are_rejected(plain: PlainClient) -> None:
    for body in (
        b'{"phoneNumbers":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"phoneNumbers": [NaN]}',
        b'{"phoneNumbers": {"a": 1}}',
        b'{"phoneNumbers": ["\\ud800"]}',
        b'{"phoneNumbers": [' + b'"1",' * 40_000 + b'"1"]}',
    ):
        assert plain("POST", "/numbers/validate", body)[0] in (200, 400)
    status, _, _ = plain("POST", "/numbers/rent", {"numberId": UNKNOWN_ID, "rentPeriod": 10**400})
    assert status == 400
