"""What type checkers make of this package: mypy --strict and pyright strict read this file, nothing runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from multiprocessing.pool import AsyncResult
from typing import Any, Literal

from typing_extensions import assert_type
from urllib3 import BaseHTTPResponse

import smscx_client
from smscx_client import models
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.api_client import ApiClient, ApiResponse
from smscx_client.apis import NumbersApi as NumbersApiOfApis
from smscx_client.bulk import AlreadyLookedUpException, lookup_all, validate_all
from smscx_client.configuration import Configuration
from smscx_client.http_info import HttpInfo, RateLimit
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.journal import Intent, Journal, JournalException, UnknownOutcomeException
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.model_utils import UNSET, Model
from smscx_client.operation import Operation
from smscx_client.outcome import NotProcessed, Processed, Undetermined, find_outcome
from smscx_client.pagination import ItemIterator, paginate
from smscx_client.waiting import wait_for_code, wait_for_lookup, wait_for_sms
from smscx_client.webhooks import UnknownEvent, WebhookApp, parse_webhook


def connect(key: str) -> None:
    configuration = Configuration("https://api.sms.cx", {"ApiKeyAuth": key}, timeout=(5, None), retries=False)
    assert_type(configuration.host, str)
    assert_type(configuration.api_key, str | Callable[[], str] | None)
    configuration.api_key = lambda: key
    assert_type(configuration.retries, int)
    assert_type(configuration.to_debug_report(), str)
    Configuration.set_default(configuration)
    assert_type(Configuration.get_default_copy(), Configuration)
    with ApiClient(configuration, pool_threads=8) as client:
        assert_type(client, ApiClient)
        assert_type(NumbersApi(client).api_client, ApiClient)
    assert_type(NumbersApiOfApis(), NumbersApi)


def call_every_method(api: NumbersApi, oauth: OauthApi, rent_id: str, bulk_id: str) -> None:
    assert_type(api.validate_number("+33612246450"), models.NumberValidateResponse)
    assert_type(
        api.validate_numbers(models.NumbersValidateRequest(["+33612246450"], country_iso="FR")),
        models.NumbersValidateResponse,
    )
    assert_type(api.lookup_number(phone_number="+33612246450"), models.NumberLookupResponse)
    assert_type(
        api.lookup_numbers(models.NumbersLookupRequest(phone_numbers=["+33612246450"], lookup_callback_url=UNSET)),
        models.NumbersLookupResponse,
    )
    assert_type(api.get_bulk_lookup_campaigns(limit=9, next=None), models.BulkLookupCampaignsResponse)
    assert_type(api.get_single_lookup_status("an id"), models.DataNumberLookup)
    assert_type(api.get_bulk_lookup_status(bulk_id, previous="a cursor"), models.NumbersBulkLookupResult)
    assert_type(api.export_number_lookup_report_to_csv(bulk_id), str)
    assert_type(api.export_number_lookup_report_to_xlsx(bulk_id), bytes)
    assert_type(
        api.get_available_numbers("FR", features=3, number_type="mobile", setup_time="instant", registration=False),
        models.RentNumbersResponse,
    )
    assert_type(
        api.get_rented_numbers(country_iso="FR", active_rent=True, include="12", exclude="3", inbound_sms_sender=True),
        models.RentedNumbersResponse,
    )
    assert_type(api.rent_number(RentNumberRequest("an id", 7, auto_renew=False)), models.RentNumberResponse)
    assert_type(api.get_rent_status(rent_id), models.GetRentStatusResponse)
    assert_type(api.renew_rent(rent_id, models.RenewRentRequest(rent_period=30)), models.RentNumberResponse)
    assert_type(api.cancel_rent(rent_id), models.CancelRentResponse)
    assert_type(api.edit_rent_settings(rent_id, models.EditRentRequest(callback_url=None)), models.EditRentResponse)
    assert_type(api.get_inbound_sms(rent_id, limit=100), models.GetInboundSMSResponse)
    assert_type(oauth.get_access_token(scope="numbers"), models.OauthTokenResponse)


def use_every_option(api: NumbersApi, oauth: OauthApi) -> None:
    assert_type(
        api.validate_number(
            "+33612246450",
            _request_timeout=(5, None),
            _check_input_type=False,
            _headers={"X-Trace": "1"},
            _request_auths=[{"in": "header", "key": "X-API-KEY", "value": "a key"}],
            _return_http_data_only=True,
            _preload_content=True,
            async_req=False,
            _check_return_type=True,
            _spec_property_naming=False,
            _content_type=None,
            _host_index=None,
        ),
        models.NumberValidateResponse,
    )
    answer = api.lookup_number("+33612246450", _return_http_data_only=False, _request_timeout=9.5)
    assert_type(answer, ApiResponse[models.NumberLookupResponse])
    assert_type(answer.data, models.NumberLookupResponse)
    assert_type(answer.status, int)
    assert_type(answer.headers, Mapping[str, str])
    data, status, _ = answer
    assert_type(data.data.status, Literal["ACTIVE", "ABSENT", "BARRED", "UNKNOWN", "FAILED"])
    assert_type(status, int)
    assert_type(api.export_number_lookup_report_to_csv("an id", _preload_content=False), BaseHTTPResponse)
    pending = api.get_rented_numbers(async_req=True, country_iso="FR")
    assert_type(pending, AsyncResult[models.RentedNumbersResponse])
    assert_type(pending.get(5), models.RentedNumbersResponse)
    assert_type(oauth.get_access_token(_return_http_data_only=False).data.access_token, str)


def call_an_endpoint_without_a_method(client: ApiClient) -> None:
    balance = Operation("get_balance", "GET", "/account/balance", response_type=Model, idempotent=True)
    assert_type(balance, Operation[Model])
    assert_type(client.call_api(balance, query={"currency": "EUR"}), Model)
    assert_type(client.call_api(balance, _preload_content=False), BaseHTTPResponse)
    assert_type(client.call_api(balance, _return_http_data_only=False), ApiResponse[Model])
    assert_type(client.call_api(balance, async_req=True).get(), Model)


def read_an_answer(answer: models.RentNumberResponse) -> None:
    assert_type(answer.http_info, HttpInfo)
    assert_type(answer.http_info.status, int)
    assert_type(answer.http_info.headers, Mapping[str, str])
    assert_type(answer.http_info.request_id, str | None)
    assert_type(answer.http_info.rate_limit, RateLimit)
    assert_type(answer.http_info.rate_limit.limit, int | None)
    assert_type(answer.http_info.rate_limit.remaining, int | None)
    assert_type(answer.http_info.rate_limit.reset, datetime | None)
    assert_type(answer.to_dict(), dict[str, Any])
    assert_type(answer.to_json(), str)
    assert_type(answer.to_str(), str)
    assert_type(models.RentNumberResponse.from_json("{}"), models.RentNumberResponse)
    assert_type(models.RentNumberResponse.from_dict({}), models.RentNumberResponse)
    assert_type("info" in answer, bool)
    answer.info.auto_renew = False
    del answer.info


def catch(api: NumbersApi) -> None:
    try:
        api.rent_number(RentNumberRequest(number_id="an id", rent_period=7))
    except smscx_client.RateLimitExceededException as exception:
        assert_type(exception.retry_after, float | None)
    except smscx_client.ApiException as exception:
        assert_type(exception.status, int)
        assert_type(exception.reason, str | None)
        assert_type(exception.body, str)
        assert_type(exception.headers, Mapping[str, str])
        assert_type(exception.error, models.Error | None)
        assert_type(exception.error_type, str | None)
        assert_type(exception.error_code, int | None)
        assert_type(exception.message, str | None)
        assert_type(exception.request_id, str | None)
        assert_type(exception.operation, str | None)
        assert_type(exception.attempts, int)
        assert_type(exception.outcome_unknown, bool)
        assert_type(exception.paid, bool)
        assert_type(exception.started_at, datetime | None)
        assert_type(exception.failed_at, datetime | None)
        assert_type(exception.identifying_arguments, Mapping[str, object])
        assert_type(exception.in_journal, bool)
    except smscx_client.ApiExceptionBase as error:
        assert isinstance(error, (TypeError, ValueError))


def go_beyond_single_calls(api: NumbersApi, rent_id: str, bulk_id: str, numbers: list[str]) -> None:
    assert_type(paginate(api.get_inbound_sms, rent_id, limit=100), ItemIterator[models.DataReceiveSms])
    assert_type(paginate(api.get_bulk_lookup_status, bulk_id, next="a cursor"), ItemIterator[models.DataNumberLookup])
    assert_type(next(paginate(api.get_bulk_lookup_campaigns, _request_timeout=5)), models.DataLookupCampaigns)
    assert_type(wait_for_code(api, "id", pattern=r"\d+"), str)
    assert_type(wait_for_sms(api, rent_id, timeout=60, predicate=lambda sms: "code" in sms.text), models.DataReceiveSms)
    assert_type(wait_for_lookup(api, bulk_id), list[models.DataNumberLookup])
    for validated in validate_all(api, numbers, threads=4, progress=lambda progress: print(progress.completed)):
        assert_type(validated, models.DataNumbersValidate)
    with Journal("lookups.journal") as journal:
        for looked_up in lookup_all(api, iter(numbers), journal=journal, max_cost=5, skip=3):
            assert_type(looked_up.phone_number, str)
            assert_type(looked_up.result, models.DataNumberLookup | None)
            assert_type(looked_up.duplicate_of, int | None)
            assert_type(looked_up.reason, str | None)


def call_with_keys(api: NumbersApi, rent_id: str, numbers: list[str]) -> None:
    with Journal("calls.journal", must_exist=True, account="mine") as journal:
        keyed = IdempotentNumbersApi(api, journal, grace=60)
        try:
            rented = keyed.rent_number(RentNumberRequest("an id", 7), idempotency_key="k", _request_timeout=5)
            assert_type(rented, models.RentNumberResponse)
            assert_type((rented.http_info.replayed, rented.http_info.recovered), tuple[bool, bool])
            renewed = keyed.renew_rent(rent_id, models.RenewRentRequest(), idempotency_key="k2")
            assert_type(renewed, models.RentNumberResponse)
            assert_type(keyed.cancel_rent(rent_id, idempotency_key="k3"), models.CancelRentResponse)
            assert_type(keyed.lookup_number("+33612246450", idempotency_key="k4"), models.NumberLookupResponse)
            request = models.NumbersLookupRequest(numbers)
            assert_type(keyed.lookup_numbers(request, idempotency_key="k5"), models.NumbersLookupResponse)
        except UnknownOutcomeException as unknown:
            assert_type(unknown.intents, list[Intent])
            assert_type(unknown.reasons, list[str])
            journal.resolve(unknown.intents[0], Processed("an id"))
        except JournalException as failure:
            assert_type(failure.response, object)
        assert_type(journal.path, str | None)
        assert_type(journal.entries(), list[Intent])
        assert_type(journal.unresolved()[0].result_id, str | None)
        assert_type(journal.total_cost(), float)
        assert_type(journal.prune(older_than=timedelta(days=30)), int)
        journal.rebind()


def look_up_again(api: NumbersApi, numbers: list[str]) -> None:
    try:
        list(lookup_all(api, numbers, repeat_window=timedelta(hours=1)))
    except AlreadyLookedUpException as repeat:
        assert_type(repeat.lookup_bulk_id, str)
        assert_type(repeat.looked_up_at, datetime)
        assert_type(repeat.cost, float | None)


def find_out(api: NumbersApi, exception: smscx_client.ApiException, numbers: list[str]) -> str:
    match find_outcome(api, exception, phone_numbers=numbers, country_iso="FR", grace=60, exclude_ids=["an id"]):
        case Processed(found):
            assert_type(
                found, models.DataRentedNumbers | models.DataLookupCampaigns | models.InfoRentStatus | str | None
            )
            return "done"
        case NotProcessed():
            return "call again"
        case Undetermined(reason):
            return reason


def receive_webhooks(body: bytes) -> None:
    match parse_webhook(body):
        case models.CallBackRequestReceiveSms() as received:
            assert_type(received.data, list[models.DataReceiveSms])
        case models.CallBackRequestNumberLookup() as results:
            assert_type(results.data, list[models.DataNumberLookupWebhook])
        case unknown:
            assert_type(unknown, UnknownEvent)
    assert_type(WebhookApp(on_sms=lambda sms: print(sms.text)).receive(body), int)


def read_bulk_lookup_campaigns_response(part: models.BulkLookupCampaignsResponse) -> None:
    assert_type(part.data, list[models.DataLookupCampaigns])
    assert_type(part.paging, models.Paging)


def read_call_back_request_number_lookup(part: models.CallBackRequestNumberLookup) -> None:
    assert_type(part.event, str)
    assert_type(part.data, list[models.DataNumberLookupWebhook])


def read_call_back_request_receive_sms(part: models.CallBackRequestReceiveSms) -> None:
    assert_type(part.event, Literal["receive_sms"])
    assert_type(part.data, list[models.DataReceiveSms])


def read_cancel_rent_response(part: models.CancelRentResponse) -> None:
    assert_type(part.info, models.InfoCancelRent)


def read_data_available_numbers_rent(part: models.DataAvailableNumbersRent) -> None:
    assert_type(part.number_id, str)
    assert_type(part.phone_number, str | None)
    assert_type(part.country_iso, str)
    assert_type(part.network_operator, str)
    assert_type(part.setup_cost, float)
    assert_type(part.inbound_sms_cost, float)
    assert_type(part.min_rent, str | int | None)
    assert_type(part.max_rent, Literal["1", "7", "30"] | None)
    assert_type(part.rental_cost, models.RentalCost | None)
    assert_type(part.sms, list[Literal["inbound", "outbound"]] | None)
    assert_type(part.voice, list[str] | None)
    assert_type(part.features, int | None)
    assert_type(part.number_type, Literal["mobile", "landline"] | None)
    assert_type(part.outbound_sms_cost, float | None)
    assert_type(part.rent_cost, list[models.RentCost] | None)
    assert_type(part.setup_time, Literal["instant", "delayed"] | None)
    assert_type(part.registration, bool | None)
    assert_type(part.inbound_sms_sender, bool | None)
    assert_type(part.datetime, datetime | None)


def read_data_lookup_campaigns(part: models.DataLookupCampaigns) -> None:
    assert_type(part.id, str)
    assert_type(part.total_phone_numbers, int)
    assert_type(part.total_valid, int)
    assert_type(part.total_cost, float)
    assert_type(part.datetime_added, datetime)


def read_data_number_lookup(part: models.DataNumberLookup) -> None:
    assert_type(part.phone_number, str)
    assert_type(part.lookup_id, str)
    assert_type(part.cost, float)
    assert_type(part.mcc, str)
    assert_type(part.mccmnc, str)
    assert_type(part.country_iso, str)
    assert_type(part.country_name, str)
    assert_type(part.country_name_locale, str)
    assert_type(part.status, Literal["ACTIVE", "ABSENT", "BARRED", "UNKNOWN", "FAILED"])
    assert_type(part.status_description, str)
    assert_type(part.ported, bool)
    assert_type(part.roaming, bool)
    assert_type(part.original_network, models.OriginalNetwork)
    assert_type(part.ported_network, models.PortedNetwork)
    assert_type(part.roaming_network, models.RoamingNetwork)
    assert_type(part.datetime, datetime)


def read_data_number_lookup_webhook(part: models.DataNumberLookupWebhook) -> None:
    assert_type(part.phone_number, str)
    assert_type(part.lookup_id, str)
    assert_type(part.cost, float)
    assert_type(part.mcc, str)
    assert_type(part.mccmnc, str)
    assert_type(part.country_iso, str)
    assert_type(part.country_name, str)
    assert_type(part.country_name_locale, str)
    assert_type(part.status, Literal["ACTIVE", "ABSENT", "BARRED", "UNKNOWN", "FAILED"])
    assert_type(part.status_description, str)
    assert_type(part.ported, bool)
    assert_type(part.roaming, bool)
    assert_type(part.original_network, models.OriginalNetwork)
    assert_type(part.ported_network, models.PortedNetwork)
    assert_type(part.roaming_network, models.RoamingNetwork)
    assert_type(part.datetime, datetime)
    assert_type(part.lookup_bulk_id, str | None)


def read_data_number_validate(part: models.DataNumberValidate) -> None:
    assert_type(part.phone_number, str)
    assert_type(part.country_iso, str)
    assert_type(part.network_operator, str)
    assert_type(part.timezone, str)


def read_data_numbers_lookup(part: models.DataNumbersLookup) -> None:
    assert_type(part.phone_number, str)
    assert_type(part.country_iso, str)
    assert_type(part.cost, float)
    assert_type(part.lookup_id, str)
    assert_type(part.datetime, datetime)


def read_data_numbers_validate(part: models.DataNumbersValidate) -> None:
    assert_type(part.phone_number, str)
    assert_type(part.invalid, bool)
    assert_type(part.country_iso, str | None)
    assert_type(part.network_operator, str | None)
    assert_type(part.timezone, str | None)


def read_data_receive_sms(part: models.DataReceiveSms) -> None:
    assert_type(part.msg_id, str)
    assert_type(part._from, str)
    assert_type(part.country_iso, str)
    assert_type(part.to, str)
    assert_type(part.text, str)
    assert_type(part.cost, float)
    assert_type(part.received_at, datetime)


def read_data_rented_numbers(part: models.DataRentedNumbers) -> None:
    assert_type(part.rent_id, str)
    assert_type(part.phone_number, str)
    assert_type(part.country_iso, str)
    assert_type(part.network_operator, str)
    assert_type(part.rent_cost, float)
    assert_type(part.setup_cost, float)
    assert_type(part.rent_period, Literal[1, 7, 30])
    assert_type(part.rent_start, datetime)
    assert_type(part.rent_end, datetime)
    assert_type(part.inbound_sms_cost, float)
    assert_type(part.min_rent, str | int | None)
    assert_type(part.callback_url, str | None)
    assert_type(part.auto_renew, bool)
    assert_type(part.sms, list[Literal["inbound", "outbound"]] | None)
    assert_type(part.voice, list[str] | None)
    assert_type(part.max_rent, str | None)
    assert_type(part.rental_cost, models.RentalCost | None)
    assert_type(part.number_id, str | None)
    assert_type(part.features, int | None)
    assert_type(part.number_type, Literal["mobile", "landline"] | None)
    assert_type(part.outbound_sms_cost, float | None)
    assert_type(part.renew_cost, list[models.RenewCost] | None)
    assert_type(part.inbound_sms, models.InboundSms | None)
    assert_type(part.outbound_sms, models.OutboundSms | None)
    assert_type(part.active_rent, bool | None)
    assert_type(part.approved, bool | None)
    assert_type(part.datetime, datetime | None)
    assert_type(part.inbound_sms_sender, bool | None)


def read_edit_rent_request(part: models.EditRentRequest) -> None:
    assert_type(part.auto_renew, bool | None)
    assert_type(part.callback_url, str | None)


def read_edit_rent_response(part: models.EditRentResponse) -> None:
    assert_type(part.info, models.InfoEditRent)


def read_error(part: models.Error) -> None:
    assert_type(part.type, str)
    assert_type(part.message, str)
    assert_type(part.uri, str)
    assert_type(part.code, int)


def read_get_inbound_s_m_s_response(part: models.GetInboundSMSResponse) -> None:
    assert_type(part.info, models.InfoInboundSms)
    assert_type(part.data, list[models.DataReceiveSms])
    assert_type(part.paging, models.Paging)


def read_get_rent_status_response(part: models.GetRentStatusResponse) -> None:
    assert_type(part.info, models.InfoRentStatus)


def read_inbound_sms(part: models.InboundSms) -> None:
    assert_type(part.total, int)
    assert_type(part.cost, float)


def read_info_cancel_rent(part: models.InfoCancelRent) -> None:
    assert_type(part.rent_id, str)
    assert_type(part.phone_number, str)
    assert_type(part.country_iso, str)
    assert_type(part.credit_returned, float)


def read_info_edit_rent(part: models.InfoEditRent) -> None:
    assert_type(part.rent_id, str)
    assert_type(part.datetime, datetime)


def read_info_inbound_sms(part: models.InfoInboundSms) -> None:
    assert_type(part.phone_number, str)
    assert_type(part.country_iso, str)


def read_info_lookup_details(part: models.InfoLookupDetails) -> None:
    assert_type(part.lookup_bulk_id, str)
    assert_type(part.total_phone_numbers, int)
    assert_type(part.total_valid, int)
    assert_type(part.total_cost, float)
    assert_type(part.total_invalid, int | None)
    assert_type(part.phone_numbers_by_country, models.PhoneNumbersByCountry | None)
    assert_type(part.invalid, list[str] | None)


def read_info_numbers_lookup(part: models.InfoNumbersLookup) -> None:
    assert_type(part.lookup_bulk_id, str)
    assert_type(part.total_phone_numbers, int)
    assert_type(part.total_valid, int)
    assert_type(part.total_invalid, int)
    assert_type(part.total_cost, float)
    assert_type(part.invalid, list[str])
    assert_type(part.phone_numbers_by_country, models.PhoneNumbersByCountry | None)


def read_info_numbers_validate(part: models.InfoNumbersValidate) -> None:
    assert_type(part.total_phone_numbers, int)
    assert_type(part.total_valid, int)
    assert_type(part.total_invalid, int)
    assert_type(part.phone_numbers_by_country, models.PhoneNumbersByCountry | None)


def read_info_renew_number(part: models.InfoRenewNumber) -> None:
    assert_type(part.rent_id, str)
    assert_type(part.number_id, str)
    assert_type(part.phone_number, str)
    assert_type(part.country_iso, str)
    assert_type(part.rent_start, datetime)
    assert_type(part.rent_end, datetime)
    assert_type(part.rent_cost, float)
    assert_type(part.auto_renew, bool)
    assert_type(part.callback_url, str | None)
    assert_type(part.datetime, datetime)


def read_info_rent_number(part: models.InfoRentNumber) -> None:
    assert_type(part.rent_id, str)
    assert_type(part.phone_number, str)
    assert_type(part.country_iso, str)
    assert_type(part.rent_start, datetime)
    assert_type(part.rent_end, datetime)
    assert_type(part.rent_cost, float)
    assert_type(part.auto_renew, bool)
    assert_type(part.callback_url, str | None)
    assert_type(part.setup_cost, float | None)
    assert_type(part.network_operator, str | None)
    assert_type(part.rent_period, Literal[1, 7, 30] | None)
    assert_type(part.sms, list[Literal["inbound", "outbound"]] | None)
    assert_type(part.voice, list[str] | None)
    assert_type(part.min_rent, str | None)
    assert_type(part.max_rent, str | None)
    assert_type(part.rental_cost, models.RentalCost | None)
    assert_type(part.inbound_sms_cost, float | None)
    assert_type(part.number_id, str | None)
    assert_type(part.approved, bool | None)
    assert_type(part.datetime, datetime | None)


def read_info_rent_status(part: models.InfoRentStatus) -> None:
    assert_type(part.rent_id, str)
    assert_type(part.phone_number, str)
    assert_type(part.country_iso, str)
    assert_type(part.network_operator, str)
    assert_type(part.rent_cost, float)
    assert_type(part.setup_cost, float)
    assert_type(part.rent_period, Literal[1, 7, 30])
    assert_type(part.rent_start, datetime)
    assert_type(part.rent_end, datetime)
    assert_type(part.inbound_sms_cost, float)
    assert_type(part.min_rent, str | int | None)
    assert_type(part.callback_url, str | None)
    assert_type(part.auto_renew, bool)
    assert_type(part.sms, list[Literal["inbound", "outbound"]] | None)
    assert_type(part.voice, list[str] | None)
    assert_type(part.max_rent, str | None)
    assert_type(part.rental_cost, models.RentalCost | None)
    assert_type(part.number_id, str | None)
    assert_type(part.features, int | None)
    assert_type(part.number_type, Literal["mobile", "landline"] | None)
    assert_type(part.outbound_sms_cost, float | None)
    assert_type(part.renew_cost, list[models.RenewCost] | None)
    assert_type(part.inbound_sms, models.InboundSms | None)
    assert_type(part.outbound_sms, models.OutboundSms | None)
    assert_type(part.active_rent, bool | None)
    assert_type(part.approved, bool | None)
    assert_type(part.datetime, datetime | None)
    assert_type(part.inbound_sms_sender, bool | None)


def read_model400_invalid_param(part: models.Model400InvalidParam) -> None:
    assert_type(part.error, models.Error)


def read_model401_unauthorized(part: models.Model401Unauthorized) -> None:
    assert_type(part.error, models.Error)


def read_model403_insufficient_scope(part: models.Model403InsufficientScope) -> None:
    assert_type(part.error, models.Error)


def read_model404_not_found(part: models.Model404NotFound) -> None:
    assert_type(part.error, models.Error)


def read_model405_method_not_allowed(part: models.Model405MethodNotAllowed) -> None:
    assert_type(part.error, models.Error)


def read_model429_too_many_requests(part: models.Model429TooManyRequests) -> None:
    assert_type(part.error, models.Error)


def read_model500_server_error(part: models.Model500ServerError) -> None:
    assert_type(part.error, models.Error)


def read_number_lookup_response(part: models.NumberLookupResponse) -> None:
    assert_type(part.data, models.DataNumberLookup)


def read_number_validate_response(part: models.NumberValidateResponse) -> None:
    assert_type(part.data, models.DataNumberValidate)


def read_numbers_bulk_lookup_result(part: models.NumbersBulkLookupResult) -> None:
    assert_type(part.info, models.InfoLookupDetails)
    assert_type(part.data, list[models.DataNumberLookup])
    assert_type(part.paging, models.Paging | None)


def read_numbers_lookup_request(part: models.NumbersLookupRequest) -> None:
    assert_type(part.phone_numbers, list[str])
    assert_type(part.country_iso, str | None)
    assert_type(part.lookup_callback_url, str | None)


def read_numbers_lookup_response(part: models.NumbersLookupResponse) -> None:
    assert_type(part.info, models.InfoNumbersLookup)
    assert_type(part.data, list[models.DataNumbersLookup])


def read_numbers_validate_request(part: models.NumbersValidateRequest) -> None:
    assert_type(part.phone_numbers, list[str])
    assert_type(part.country_iso, str | None)


def read_numbers_validate_response(part: models.NumbersValidateResponse) -> None:
    assert_type(part.info, models.InfoNumbersValidate)
    assert_type(part.data, list[models.DataNumbersValidate])


def read_oauth_token_response(part: models.OauthTokenResponse) -> None:
    assert_type(part.access_token, str)
    assert_type(part.expires_in, int)
    assert_type(part.scope, str)
    assert_type(part.token_type, Literal["Bearer"] | None)


def read_original_network(part: models.OriginalNetwork) -> None:
    assert_type(part.name, str | None)
    assert_type(part.mnc, str | None)


def read_outbound_sms(part: models.OutboundSms) -> None:
    assert_type(part.total, int)
    assert_type(part.cost, float)


def read_paging(part: models.Paging) -> None:
    assert_type(part.next, str | None)
    assert_type(part.previous, str | None)
    assert_type(part.size, int | None)


def read_phone_numbers_by_country(part: models.PhoneNumbersByCountry) -> None:
    assert_type(part.country_code, dict[str, int])


def read_ported_network(part: models.PortedNetwork) -> None:
    assert_type(part.name, str | None)
    assert_type(part.mnc, str | None)


def read_renew_cost(part: models.RenewCost) -> None:
    assert_type(part.days, Literal[1, 7, 30])
    assert_type(part.cost, float)


def read_renew_number_response(part: models.RenewNumberResponse) -> None:
    assert_type(part.info, models.InfoRenewNumber)


def read_renew_rent_request(part: models.RenewRentRequest) -> None:
    assert_type(part.rent_period, Literal[1, 7, 30] | None)
    assert_type(part.auto_renew, bool | None)
    assert_type(part.callback_url, str | None)


def read_rent_cost(part: models.RentCost) -> None:
    assert_type(part.days, Literal[1, 7, 30])
    assert_type(part.cost, float)


def read_rent_number_request(part: models.RentNumberRequest) -> None:
    assert_type(part.number_id, str)
    assert_type(part.rent_period, Literal[1, 7, 30])
    assert_type(part.auto_renew, bool | None)
    assert_type(part.callback_url, str | None)
    assert_type(part.registration_id, str | None)


def read_rent_number_response(part: models.RentNumberResponse) -> None:
    assert_type(part.info, models.InfoRentNumber)


def read_rent_numbers_response(part: models.RentNumbersResponse) -> None:
    assert_type(part.data, list[models.DataAvailableNumbersRent])


def read_rental_cost(part: models.RentalCost) -> None:
    assert_type(part._1, float)
    assert_type(part._7, float)
    assert_type(part._30, float)


def read_rented_numbers_response(part: models.RentedNumbersResponse) -> None:
    assert_type(part.data, list[models.DataRentedNumbers])


def read_roaming_network(part: models.RoamingNetwork) -> None:
    assert_type(part.country_iso, str | None)
    assert_type(part.country_name, str | None)
    assert_type(part.mcc, str | None)
    assert_type(part.mnc, str | None)
    assert_type(part.name, str | None)
