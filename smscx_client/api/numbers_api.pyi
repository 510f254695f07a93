# Built by docs/build.py from smscx_client.api.numbers_api.

from multiprocessing.pool import AsyncResult
from typing import Literal, overload

from typing_extensions import Unpack
from urllib3 import BaseHTTPResponse

from smscx_client.api_client import ApiClient, ApiResponse, RequestOptions
from smscx_client.models import (
    BulkLookupCampaignsResponse,
    CancelRentResponse,
    DataNumberLookup,
    EditRentRequest,
    EditRentResponse,
    GetInboundSMSResponse,
    GetRentStatusResponse,
    NumberLookupResponse,
    NumbersBulkLookupResult,
    NumbersLookupRequest,
    NumbersLookupResponse,
    NumbersValidateRequest,
    NumbersValidateResponse,
    NumberValidateResponse,
    RenewRentRequest,
    RentedNumbersResponse,
    RentNumberRequest,
    RentNumberResponse,
    RentNumbersResponse,
)
from smscx_client.operation import Operation
from smscx_client.schema_types import Features, NumberType, SetupTime

VALIDATE_NUMBER: Operation[NumberValidateResponse]
VALIDATE_NUMBERS: Operation[NumbersValidateResponse]
LOOKUP_NUMBER: Operation[NumberLookupResponse]
LOOKUP_NUMBERS: Operation[NumbersLookupResponse]
GET_BULK_LOOKUP_CAMPAIGNS: Operation[BulkLookupCampaignsResponse]
GET_SINGLE_LOOKUP_STATUS: Operation[DataNumberLookup]
GET_BULK_LOOKUP_STATUS: Operation[NumbersBulkLookupResult]
EXPORT_NUMBER_LOOKUP_REPORT_TO_CSV: Operation[str]
EXPORT_NUMBER_LOOKUP_REPORT_TO_XLSX: Operation[bytes]
GET_AVAILABLE_NUMBERS: Operation[RentNumbersResponse]
GET_RENTED_NUMBERS: Operation[RentedNumbersResponse]
RENT_NUMBER: Operation[RentNumberResponse]
GET_RENT_STATUS: Operation[GetRentStatusResponse]
RENEW_RENT: Operation[RentNumberResponse]
CANCEL_RENT: Operation[CancelRentResponse]
EDIT_RENT_SETTINGS: Operation[EditRentResponse]
GET_INBOUND_SMS: Operation[GetInboundSMSResponse]

class NumbersApi:
    api_client: ApiClient
    def __init__(
        self,
        api_client: ApiClient | None = None,
    ) -> None: ...
    @overload
    def validate_number(
        self,
        phone_number: str,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> NumberValidateResponse: ...
    @overload
    def validate_number(
        self,
        phone_number: str,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[NumberValidateResponse]: ...
    @overload
    def validate_number(
        self,
        phone_number: str,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def validate_number(
        self,
        phone_number: str,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[NumberValidateResponse]: ...
    @overload
    def validate_numbers(
        self,
        numbers_validate_request: NumbersValidateRequest,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> NumbersValidateResponse: ...
    @overload
    def validate_numbers(
        self,
        numbers_validate_request: NumbersValidateRequest,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[NumbersValidateResponse]: ...
    @overload
    def validate_numbers(
        self,
        numbers_validate_request: NumbersValidateRequest,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def validate_numbers(
        self,
        numbers_validate_request: NumbersValidateRequest,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[NumbersValidateResponse]: ...
    @overload
    def lookup_number(
        self,
        phone_number: str,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> NumberLookupResponse: ...
    @overload
    def lookup_number(
        self,
        phone_number: str,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[NumberLookupResponse]: ...
    @overload
    def lookup_number(
        self,
        phone_number: str,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def lookup_number(
        self,
        phone_number: str,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[NumberLookupResponse]: ...
    @overload
    def lookup_numbers(
        self,
        numbers_lookup_request: NumbersLookupRequest,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> NumbersLookupResponse: ...
    @overload
    def lookup_numbers(
        self,
        numbers_lookup_request: NumbersLookupRequest,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[NumbersLookupResponse]: ...
    @overload
    def lookup_numbers(
        self,
        numbers_lookup_request: NumbersLookupRequest,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def lookup_numbers(
        self,
        numbers_lookup_request: NumbersLookupRequest,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[NumbersLookupResponse]: ...
    @overload
    def get_bulk_lookup_campaigns(
        self,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> BulkLookupCampaignsResponse: ...
    @overload
    def get_bulk_lookup_campaigns(
        self,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[BulkLookupCampaignsResponse]: ...
    @overload
    def get_bulk_lookup_campaigns(
        self,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def get_bulk_lookup_campaigns(
        self,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[BulkLookupCampaignsResponse]: ...
    @overload
    def get_single_lookup_status(
        self,
        lookup_id: str,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> DataNumberLookup: ...
    @overload
    def get_single_lookup_status(
        self,
        lookup_id: str,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[DataNumberLookup]: ...
    @overload
    def get_single_lookup_status(
        self,
        lookup_id: str,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def get_single_lookup_status(
        self,
        lookup_id: str,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[DataNumberLookup]: ...
    @overload
    def get_bulk_lookup_status(
        self,
        lookup_bulk_id: str,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> NumbersBulkLookupResult: ...
    @overload
    def get_bulk_lookup_status(
        self,
        lookup_bulk_id: str,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[NumbersBulkLookupResult]: ...
    @overload
    def get_bulk_lookup_status(
        self,
        lookup_bulk_id: str,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def get_bulk_lookup_status(
        self,
        lookup_bulk_id: str,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[NumbersBulkLookupResult]: ...
    @overload
    def export_number_lookup_report_to_csv(
        self,
        lookup_bulk_id: str,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> str: ...
    @overload
    def export_number_lookup_report_to_csv(
        self,
        lookup_bulk_id: str,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[str]: ...
    @overload
    def export_number_lookup_report_to_csv(
        self,
        lookup_bulk_id: str,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def export_number_lookup_report_to_csv(
        self,
        lookup_bulk_id: str,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[str]: ...
    @overload
    def export_number_lookup_report_to_xlsx(
        self,
        lookup_bulk_id: str,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> bytes: ...
    @overload
    def export_number_lookup_report_to_xlsx(
        self,
        lookup_bulk_id: str,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[bytes]: ...
    @overload
    def export_number_lookup_report_to_xlsx(
        self,
        lookup_bulk_id: str,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def export_number_lookup_report_to_xlsx(
        self,
        lookup_bulk_id: str,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[bytes]: ...
    @overload
    def get_available_numbers(
        self,
        country_iso: str,
        *,
        features: Features | None = None,
        number_type: NumberType | None = None,
        setup_time: SetupTime | None = None,
        registration: bool | None = None,
        inbound_sms_sender: bool | None = None,
        include: str | None = None,
        exclude: str | None = None,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> RentNumbersResponse: ...
    @overload
    def get_available_numbers(
        self,
        country_iso: str,
        *,
        features: Features | None = None,
        number_type: NumberType | None = None,
        setup_time: SetupTime | None = None,
        registration: bool | None = None,
        inbound_sms_sender: bool | None = None,
        include: str | None = None,
        exclude: str | None = None,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[RentNumbersResponse]: ...
    @overload
    def get_available_numbers(
        self,
        country_iso: str,
        *,
        features: Features | None = None,
        number_type: NumberType | None = None,
        setup_time: SetupTime | None = None,
        registration: bool | None = None,
        inbound_sms_sender: bool | None = None,
        include: str | None = None,
        exclude: str | None = None,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def get_available_numbers(
        self,
        country_iso: str,
        *,
        features: Features | None = None,
        number_type: NumberType | None = None,
        setup_time: SetupTime | None = None,
        registration: bool | None = None,
        inbound_sms_sender: bool | None = None,
        include: str | None = None,
        exclude: str | None = None,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[RentNumbersResponse]: ...
    @overload
    def rent_number(
        self,
        rent_number_request: RentNumberRequest,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> RentNumberResponse: ...
    @overload
    def rent_number(
        self,
        rent_number_request: RentNumberRequest,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[RentNumberResponse]: ...
    @overload
    def rent_number(
        self,
        rent_number_request: RentNumberRequest,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def rent_number(
        self,
        rent_number_request: RentNumberRequest,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[RentNumberResponse]: ...
    @overload
    def cancel_rent(
        self,
        rent_id: str,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> CancelRentResponse: ...
    @overload
    def cancel_rent(
        self,
        rent_id: str,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[CancelRentResponse]: ...
    @overload
    def cancel_rent(
        self,
        rent_id: str,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def cancel_rent(
        self,
        rent_id: str,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[CancelRentResponse]: ...
    @overload
    def renew_rent(
        self,
        rent_id: str,
        renew_rent_request: RenewRentRequest,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> RentNumberResponse: ...
    @overload
    def renew_rent(
        self,
        rent_id: str,
        renew_rent_request: RenewRentRequest,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[RentNumberResponse]: ...
    @overload
    def renew_rent(
        self,
        rent_id: str,
        renew_rent_request: RenewRentRequest,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def renew_rent(
        self,
        rent_id: str,
        renew_rent_request: RenewRentRequest,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[RentNumberResponse]: ...
    @overload
    def edit_rent_settings(
        self,
        rent_id: str,
        edit_rent_request: EditRentRequest,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> EditRentResponse: ...
    @overload
    def edit_rent_settings(
        self,
        rent_id: str,
        edit_rent_request: EditRentRequest,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[EditRentResponse]: ...
    @overload
    def edit_rent_settings(
        self,
        rent_id: str,
        edit_rent_request: EditRentRequest,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def edit_rent_settings(
        self,
        rent_id: str,
        edit_rent_request: EditRentRequest,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[EditRentResponse]: ...
    @overload
    def get_rent_status(
        self,
        rent_id: str,
        *,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> GetRentStatusResponse: ...
    @overload
    def get_rent_status(
        self,
        rent_id: str,
        *,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[GetRentStatusResponse]: ...
    @overload
    def get_rent_status(
        self,
        rent_id: str,
        *,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def get_rent_status(
        self,
        rent_id: str,
        *,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[GetRentStatusResponse]: ...
    @overload
    def get_rented_numbers(
        self,
        *,
        features: Features | None = None,
        country_iso: str | None = None,
        number_type: NumberType | None = None,
        active_rent: bool | None = None,
        inbound_sms_sender: bool | None = None,
        include: str | None = None,
        exclude: str | None = None,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> RentedNumbersResponse: ...
    @overload
    def get_rented_numbers(
        self,
        *,
        features: Features | None = None,
        country_iso: str | None = None,
        number_type: NumberType | None = None,
        active_rent: bool | None = None,
        inbound_sms_sender: bool | None = None,
        include: str | None = None,
        exclude: str | None = None,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[RentedNumbersResponse]: ...
    @overload
    def get_rented_numbers(
        self,
        *,
        features: Features | None = None,
        country_iso: str | None = None,
        number_type: NumberType | None = None,
        active_rent: bool | None = None,
        inbound_sms_sender: bool | None = None,
        include: str | None = None,
        exclude: str | None = None,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def get_rented_numbers(
        self,
        *,
        features: Features | None = None,
        country_iso: str | None = None,
        number_type: NumberType | None = None,
        active_rent: bool | None = None,
        inbound_sms_sender: bool | None = None,
        include: str | None = None,
        exclude: str | None = None,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[RentedNumbersResponse]: ...
    @overload
    def get_inbound_sms(
        self,
        rent_id: str,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> GetInboundSMSResponse: ...
    @overload
    def get_inbound_sms(
        self,
        rent_id: str,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[GetInboundSMSResponse]: ...
    @overload
    def get_inbound_sms(
        self,
        rent_id: str,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def get_inbound_sms(
        self,
        rent_id: str,
        *,
        limit: int | None = None,
        next: str | None = None,
        previous: str | None = None,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[GetInboundSMSResponse]: ...
