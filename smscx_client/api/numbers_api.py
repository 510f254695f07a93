"""NumbersApi: validate, look up and rent phone numbers, and read the SMS that rented numbers receive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smscx_client.api_client import ApiClient, RequestOptions
from smscx_client.operation import Operation
from smscx_client.schema_types import CountryIso, Digits, Features, Limit, NumberType, SetupTime

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from smscx_client import models
else:
    from smscx_client import _typing as models
    from smscx_client._typing import Unpack


_PAGING_PARAMETERS = {"limit": Limit, "next": str, "previous": str}
_NUMBER_FILTERS = {
    "features": Features,
    "number_type": NumberType,
    "inbound_sms_sender": bool,
    "include": Digits,
    "exclude": Digits,
}
_XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_INVALID_NUMBER = (400, 1207, "invalid_param", "The phone number is not valid")
_INVALID_NUMBER_LIST = (
    (400, 1203, "invalid_param", "`phoneNumbers` is empty or missing"),
    (400, 1208, "invalid_param", "`phoneNumbers` is not an array of phone numbers"),
    (400, 1205, "invalid_param", "More than 40,000 phone numbers"),
)
_LOW_CREDIT = (400, 1113, "insufficient_credit", "Insufficient credit. You are not charged. Top up the account")
_CREDIT_LIMIT_REACHED = (
    400,
    1114,
    "insufficient_credit",
    "The account's credit limit is reached. You are not charged. Ask your account manager to raise the limit",
)
_NO_COVERAGE = (403, 1214, "no_coverage", "The service does not cover the destination, or it is restricted")
_INVALID_RENT_ID = (400, 1221, "invalid_param", "`rentId` is not valid")
_RENT_NOT_FOUND = (404, 1223, "not_found", "The rental does not exist")
_INVALID_PERIOD = (400, 1224, "invalid_param", "`rentPeriod` is not 1, 7 or 30 days")
_INVALID_AUTO_RENEW = (400, 1225, "invalid_param", "`autoRenew` is not a boolean")
_INVALID_CALLBACK_URL = (400, 1226, "invalid_param", "`callbackUrl` is not a valid URL")
_PERIOD_NOT_ALLOWED = (400, 1229, "invalid_param", "The number cannot be rented for this period")
_INVALID_BULK_ID = (400, 1218, "invalid_param", "`lookupBulkId` is not valid (`not_found` in API version 2022-10)")
_BULK_NOT_FOUND = (404, 1220, "not_found", "The bulk lookup does not exist (`invalid_param` in API version 2022-10)")

VALIDATE_NUMBER: Operation[models.NumberValidateResponse] = Operation(
    "validate_number",
    "GET",
    "/numbers/validate/{phoneNumber}",
    response_type="NumberValidateResponse",
    idempotent=True,
    errors=(_INVALID_NUMBER,),
)
VALIDATE_NUMBERS: Operation[models.NumbersValidateResponse] = Operation(
    "validate_numbers",
    "POST",
    "/numbers/validate",
    response_type="NumbersValidateResponse",
    body="NumbersValidateRequest",
    idempotent=True,
    errors=_INVALID_NUMBER_LIST,
)
LOOKUP_NUMBER: Operation[models.NumberLookupResponse] = Operation(
    "lookup_number",
    "GET",
    "/numbers/lookup/{phoneNumber}",
    response_type="NumberLookupResponse",
    paid=True,
    errors=(
        _INVALID_NUMBER,
        _NO_COVERAGE,
        _LOW_CREDIT,
        _CREDIT_LIMIT_REACHED,
        (400, 1212, "invalid_param", "A parameter of the request is not valid"),
    ),
)
LOOKUP_NUMBERS: Operation[models.NumbersLookupResponse] = Operation(
    "lookup_numbers",
    "POST",
    "/numbers/lookup",
    response_type="NumbersLookupResponse",
    body="NumbersLookupRequest",
    paid=True,
    identified_by=("phone_numbers",),
    errors=(
        *_INVALID_NUMBER_LIST,
        (400, 1209, "invalid_param", "`lookupCallbackUrl` is not a valid URL"),
        (400, 1216, "invalid_param", "None of the numbers is valid and covered"),
        _LOW_CREDIT,
        _CREDIT_LIMIT_REACHED,
        _NO_COVERAGE,
    ),
)
GET_BULK_LOOKUP_CAMPAIGNS: Operation[models.BulkLookupCampaignsResponse] = Operation(
    "get_bulk_lookup_campaigns",
    "GET",
    "/numbers/lookup",
    response_type="BulkLookupCampaignsResponse",
    query=_PAGING_PARAMETERS,
    idempotent=True,
    api_version="2023-02",
)
GET_SINGLE_LOOKUP_STATUS: Operation[models.DataNumberLookup] = Operation(
    "get_single_lookup_status",
    "GET",
    "/numbers/lookup/lookupId/{lookupId}",
    response_type="DataNumberLookup",
    idempotent=True,
    errors=(
        (400, 1217, "invalid_param", "`lookupId` is not valid"),
        (404, 1219, "not_found", "The lookup does not exist"),
    ),
)
GET_BULK_LOOKUP_STATUS: Operation[models.NumbersBulkLookupResult] = Operation(
    "get_bulk_lookup_status",
    "GET",
    "/numbers/lookup/lookupBulkId/{lookupBulkId}",
    response_type="NumbersBulkLookupResult",
    query=_PAGING_PARAMETERS,
    idempotent=True,
    errors=(_INVALID_BULK_ID, _BULK_NOT_FOUND),
)
EXPORT_NUMBER_LOOKUP_REPORT_TO_CSV: Operation[str] = Operation(
    "export_number_lookup_report_to_csv",
    "GET",
    "/numbers/lookup/lookupBulkId/{lookupBulkId}/csv",
    response_type=str,
    accept="application/csv",
    idempotent=True,
    errors=(_INVALID_BULK_ID, _BULK_NOT_FOUND),
    api_version="2023-02",
)
EXPORT_NUMBER_LOOKUP_REPORT_TO_XLSX: Operation[bytes] = Operation(
    "export_number_lookup_report_to_xlsx",
    "GET",
    "/numbers/lookup/lookupBulkId/{lookupBulkId}/xlsx",
    response_type=bytes,
    accept=_XLSX_MEDIA_TYPE,
    idempotent=True,
    errors=(_INVALID_BULK_ID, _BULK_NOT_FOUND),
    api_version="2023-02",
)
GET_AVAILABLE_NUMBERS: Operation[models.RentNumbersResponse] = Operation(
    "get_available_numbers",
    "GET",
    "/numbers/rent/available/{countryIso}",
    response_type="RentNumbersResponse",
    query={**_NUMBER_FILTERS, "setup_time": SetupTime, "registration": bool},
    idempotent=True,
    errors=((400, 2003, "invalid_param", "The country code is not valid"),),
)
GET_RENTED_NUMBERS: Operation[models.RentedNumbersResponse] = Operation(
    "get_rented_numbers",
    "GET",
    "/numbers/rent",
    response_type="RentedNumbersResponse",
    query={**_NUMBER_FILTERS, "country_iso": CountryIso, "active_rent": bool},
    idempotent=True,
)
RENT_NUMBER: Operation[models.RentNumberResponse] = Operation(
    "rent_number",
    "POST",
    "/numbers/rent",
    response_type="RentNumberResponse",
    body="RentNumberRequest",
    paid=True,
    identified_by=("number_id", "rent_period"),
    errors=(
        (400, 1222, "invalid_param", "`numberId` is not valid"),
        _INVALID_PERIOD,
        _INVALID_AUTO_RENEW,
        _INVALID_CALLBACK_URL,
        _PERIOD_NOT_ALLOWED,
        _LOW_CREDIT,
        (400, 1234, "invalid_param", "`registrationId` is not valid or unknown (added in API version 2023-02)"),
        (403, 1231, "access_denied", "Someone else rents the number"),
        (404, 1230, "not_found", "The number does not exist, or is no longer available"),
    ),
)
GET_RENT_STATUS: Operation[models.GetRentStatusResponse] = Operation(
    "get_rent_status",
    "GET",
    "/numbers/rent/{rentId}",
    response_type="GetRentStatusResponse",
    idempotent=True,
    errors=(_INVALID_RENT_ID, _RENT_NOT_FOUND),
)
RENEW_RENT: Operation[models.RentNumberResponse] = Operation(
    "renew_rent",
    "PATCH",
    "/numbers/rent/{rentId}",
    response_type="RentNumberResponse",
    body="RenewRentRequest",
    paid=True,
    identified_by=("rent_id", "rent_period"),
    errors=(
        _INVALID_RENT_ID,
        _INVALID_PERIOD,
        _INVALID_AUTO_RENEW,
        _INVALID_CALLBACK_URL,
        _PERIOD_NOT_ALLOWED,
        _LOW_CREDIT,
        (403, 1228, "access_denied", "The rental has ended, or the number will not be available"),
        _RENT_NOT_FOUND,
    ),
)
CANCEL_RENT: Operation[models.CancelRentResponse] = Operation(
    "cancel_rent",
    "DELETE",
    "/numbers/rent/{rentId}",
    response_type="CancelRentResponse",
    identified_by=("rent_id",),
    errors=(
        _INVALID_RENT_ID,
        (403, 1227, "access_denied", "The rental started more than 30 minutes ago"),
        (403, 1232, "access_denied", "The number has already received an SMS (added in API version 2023-02)"),
        _RENT_NOT_FOUND,
    ),
)
EDIT_RENT_SETTINGS: Operation[models.EditRentResponse] = Operation(
    "edit_rent_settings",
    "PATCH",
    "/numbers/rent/{rentId}/edit",
    response_type="EditRentResponse",
    body="EditRentRequest",
    idempotent=True,
    errors=(
        _INVALID_RENT_ID,
        _INVALID_AUTO_RENEW,
        _INVALID_CALLBACK_URL,
        (400, 1233, "invalid_param", "Neither `autoRenew` nor `callbackUrl` is set"),
        _RENT_NOT_FOUND,
    ),
    api_version="2023-02",
)
GET_INBOUND_SMS: Operation[models.GetInboundSMSResponse] = Operation(
    "get_inbound_sms",
    "GET",
    "/numbers/rent/{rentId}/inbound",
    response_type="GetInboundSMSResponse",
    query=_PAGING_PARAMETERS,
    idempotent=True,
    errors=(_INVALID_RENT_ID, _RENT_NOT_FOUND),
)


class NumbersApi:
    """Methods to validate, look up and rent phone numbers, and to read the SMS that rented numbers receive.

    Every method also accepts the per-call options of :class:`~smscx_client.api_client.CallOptions`.

    Each method lists its own exceptions; the following apply to every method. Wrong arguments raise ``ApiTypeError`` or
    ``ApiValueError`` before anything is sent. Error responses raise ``InvalidCredentialsException`` (401),
    ``InsufficientScopeException`` (403), ``RateLimitExceededException`` (429) or ``ServerErrorException`` (5xx). If
    there is no usable response, the call raises ``ApiConnectionException``, or ``ApiTimeoutException`` after a timeout.

    Args:
        api_client: Client that makes the calls. None creates one with the default configuration.

    Examples:
        >>> api = NumbersApi(client)
        >>> api.validate_number("+33612246450").data.network_operator
        'SFR'
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = api_client or ApiClient()

    def validate_number(self, phone_number: str, **options: Unpack[RequestOptions]) -> models.NumberValidateResponse:
        """Validate number.

        Check whether a phone number is valid, and find its country and network operator. This call is free. A number
        that is not valid raises an exception; to get a list with invalid numbers marked, use ``validate_numbers``.

        Args:
            phone_number: Phone number in E.164 format. The leading plus is optional and may be percent-encoded:
                ``+33612424105``, ``33612424105`` and ``%2B33612424105`` are the same number.

        Returns:
            Country, network operator and time zone of the number.

        Raises:
            InvalidPhoneNumberException: the phone number is not valid (1207).
        """
        return self.api_client.call_api(VALIDATE_NUMBER, phone_number, **options)

    def validate_numbers(
        self, numbers_validate_request: models.NumbersValidateRequest, **options: Unpack[RequestOptions]
    ) -> models.NumbersValidateResponse:
        """Validate numbers in bulk.

        Check up to 40,000 phone numbers in one request. This call is free. Numbers that are not valid do not raise an
        exception.

        Args:
            numbers_validate_request: 1 to 40,000 phone numbers, and the country of those in national format.

        Returns:
            Totals, and one result per number in the order of the request. Numbers that are not valid have
            ``invalid=True``.

        Raises:
            InvalidRequestException: the list is empty (1203), is not a list of phone numbers (1208) or has more than
                40,000 items (1205).
        """
        return self.api_client.call_api(VALIDATE_NUMBERS, body=numbers_validate_request, **options)

    def lookup_number(self, phone_number: str, **options: Unpack[RequestOptions]) -> models.NumberLookupResponse:
        """Lookup number.

        Query the number's network (HLR) to find out whether the number is reachable, ported or roaming.

        This call costs money. The client retries it only if the request never reached the service or was rejected with
        429. If the response is lost (``outcome_unknown=True``), no other call can tell whether you were charged. Ask
        SMS.CX support, or accept that a retry may charge you again. ``IdempotentNumbersApi.lookup_number`` avoids this.

        Args:
            phone_number: Phone number in E.164 format. The leading plus is optional and may be percent-encoded:
                ``+33612424105``, ``33612424105`` and ``%2B33612424105`` are the same number.

        Returns:
            Status, networks and cost of the lookup. The status is ``ACTIVE`` (reachable), ``ABSENT`` (not reachable),
            ``BARRED`` (blocked by its operator), ``UNKNOWN`` (unknown subscriber) or ``FAILED`` (the lookup failed).

        Raises:
            InvalidPhoneNumberException: the phone number is not valid (1207).
            InvalidRequestException: a parameter is not valid (1212).
            InsufficientBalanceException: the account has insufficient credit (1113) or its credit limit is reached
                (1114). You are not charged. For 1113, top up the account. For 1114, ask your account manager to raise
                the limit.
            NoCoverageException: the service does not cover the destination, or it is restricted (1214).

        Examples:
            >>> lookup = api.lookup_number("+33612246450").data
            >>> lookup.status, lookup.cost
            ('ACTIVE', 0.01)
        """
        return self.api_client.call_api(LOOKUP_NUMBER, phone_number, **options)

    def lookup_numbers(
        self, numbers_lookup_request: models.NumbersLookupRequest, **options: Unpack[RequestOptions]
    ) -> models.NumbersLookupResponse:
        """Lookup numbers in bulk.

        Start a bulk lookup of up to 40,000 phone numbers. The results are not in the response: the service posts them
        to ``lookup_callback_url``, and ``get_bulk_lookup_status`` returns them.

        This call costs money: you are charged for each valid number. Numbers that are not valid are free and do not
        raise an exception. The client retries the call only if the request never reached the service or was rejected
        with 429. If the response is lost, the exception has ``outcome_unknown=True``: call ``find_outcome()`` before
        you retry.

        Args:
            numbers_lookup_request: 1 to 40,000 phone numbers, the country of those in national format, and the URL
                that receives the results.

        Returns:
            Bulk lookup ID, total cost, the numbers that were accepted, and those that are not valid.

        Raises:
            InvalidRequestException: the list is empty (1203), is not a list of phone numbers (1208) or has more than
                40,000 items (1205). Or no number is valid and covered (1216), or the callback URL is not valid (1209).
            InsufficientBalanceException: the account has insufficient credit (1113) or its credit limit is reached
                (1114). You are not charged. For 1113, top up the account. For 1114, ask your account manager to raise
                the limit.
            NoCoverageException: the service does not cover the destination, or it is restricted (1214).
        """
        return self.api_client.call_api(LOOKUP_NUMBERS, body=numbers_lookup_request, **options)

    def get_bulk_lookup_campaigns(
        self, *, limit: int | None = None, next: str | None = None, previous: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> models.BulkLookupCampaignsResponse:  # fmt: skip
        """Get list of bulk lookups.

        List the bulk lookups of the account. This call is free. It was added in API version 2023-02.

        Args:
            limit: Maximum number of bulk lookups per page, 1 to 500. The service uses 500 if you pass None.
            next: Cursor of the next page, from ``paging.next`` of a previous response.
            previous: Cursor of the previous page, from ``paging.previous`` of a previous response.

        Returns:
            ID, size, cost and time of each bulk lookup, and the cursors of the adjacent pages.
        """
        query = {"limit": limit, "next": next, "previous": previous}
        return self.api_client.call_api(GET_BULK_LOOKUP_CAMPAIGNS, query=query, **options)

    def get_single_lookup_status(self, lookup_id: str, **options: Unpack[RequestOptions]) -> models.DataNumberLookup:
        """Get Single Lookup result.

        Return the result of one lookup, whether it was a single lookup or part of a bulk lookup. This call is free.

        Args:
            lookup_id: Lookup ID.

        Returns:
            The lookup itself, without the ``data`` around it that ``lookup_number`` has.

        Raises:
            InvalidRequestException: the lookup ID is not valid (1217).
            ResourceNotFoundException: the lookup does not exist (1219).
        """
        return self.api_client.call_api(GET_SINGLE_LOOKUP_STATUS, lookup_id, **options)

    def get_bulk_lookup_status(
        self, lookup_bulk_id: str, *, limit: int | None = None, next: str | None = None, previous: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> models.NumbersBulkLookupResult:  # fmt: skip
        """Get Bulk Lookup result.

        Return the results of a bulk lookup that are available so far. This call is free. API version 2022-10 has no
        pagination and sends all results at once.

        Args:
            lookup_bulk_id: Bulk lookup ID.
            limit: Maximum number of results per page, 1 to 500. The service uses 500 if you pass None.
            next: Cursor of the next page, from ``paging.next`` of a previous response.
            previous: Cursor of the previous page, from ``paging.previous`` of a previous response.

        Returns:
            Totals of the bulk lookup, its results so far, and the cursors of the adjacent pages.

        Raises:
            InvalidRequestException: the bulk lookup ID is not valid (1218).
            ResourceNotFoundException: the bulk lookup does not exist (1220).
        """
        query = {"limit": limit, "next": next, "previous": previous}
        return self.api_client.call_api(GET_BULK_LOOKUP_STATUS, lookup_bulk_id, query=query, **options)

    def export_number_lookup_report_to_csv(self, lookup_bulk_id: str, **options: Unpack[RequestOptions]) -> str:
        """Export Bulk Lookup result to CSV.

        Return all results of a bulk lookup as CSV. This call is free. It was added in API version 2023-02. To stream a
        large report to a file, pass ``_preload_content=False``.

        Args:
            lookup_bulk_id: Bulk lookup ID.

        Returns:
            The content of the CSV file as a string.

        Raises:
            InvalidRequestException: the bulk lookup ID is not valid (1218).
            ResourceNotFoundException: the bulk lookup does not exist (1220).
        """
        return self.api_client.call_api(EXPORT_NUMBER_LOOKUP_REPORT_TO_CSV, lookup_bulk_id, **options)

    def export_number_lookup_report_to_xlsx(self, lookup_bulk_id: str, **options: Unpack[RequestOptions]) -> bytes:
        """Export Bulk Lookup result to XLSX.

        Return all results of a bulk lookup as an Excel workbook. This call is free. It was added in API version
        2023-02. To stream a large report to a file, pass ``_preload_content=False``.

        Args:
            lookup_bulk_id: Bulk lookup ID.

        Returns:
            The content of the XLSX file as bytes.

        Raises:
            InvalidRequestException: the bulk lookup ID is not valid (1218).
            ResourceNotFoundException: the bulk lookup does not exist (1220).
        """
        return self.api_client.call_api(EXPORT_NUMBER_LOOKUP_REPORT_TO_XLSX, lookup_bulk_id, **options)

    def get_available_numbers(
        self, country_iso: str, *, features: Features | None = None, number_type: NumberType | None = None,
        setup_time: SetupTime | None = None, registration: bool | None = None, inbound_sms_sender: bool | None = None,
        include: str | None = None, exclude: str | None = None, **options: Unpack[RequestOptions],
    ) -> models.RentNumbersResponse:  # fmt: skip
        """Get available numbers for rent.

        List the phone numbers of a country that you can rent, with their costs. This call is free. The filters require
        API version 2023-02.

        Args:
            country_iso: Country whose numbers to list, as an ISO 3166-1 alpha-2 code such as ``FR``.
            features: What the number must be able to do: 1 (receive SMS), 2 (send SMS) or 3 (both).
            number_type: ``mobile`` or ``landline``.
            setup_time: ``instant`` for numbers that are ready at once, ``delayed`` for the others.
            registration: Whether the number requires a registration. The service's default is False.
            inbound_sms_sender: Whether the number receives SMS from alphanumeric senders. The service's default is
                False.
            include: Digits that the number must contain, 1 to 17 of them.
            exclude: Digits that the number must not contain, 1 to 17 of them.

        Returns:
            The numbers with their costs. Pass a ``number_id`` to ``rent_number`` to rent one.

        Raises:
            InvalidRequestException: the country code is not valid (2003).
        """
        query = {"number_type": number_type, "setup_time": setup_time, "registration": registration, "include": include,
                 "features": features, "inbound_sms_sender": inbound_sms_sender, "exclude": exclude}  # fmt: skip
        return self.api_client.call_api(GET_AVAILABLE_NUMBERS, country_iso, query=query, **options)

    def rent_number(
        self, rent_number_request: models.RentNumberRequest, **options: Unpack[RequestOptions]
    ) -> models.RentNumberResponse:
        """Rent phone number.

        Rent a phone number for 1, 7 or 30 days.

        This call costs money: the rental period, and the one-time setup cost if the number has one. The client retries
        the call only if the request never reached the service or was rejected with 429. If the response is lost, the
        exception has ``outcome_unknown=True``: call ``find_outcome()`` before you retry.

        Args:
            rent_number_request: What to rent. ``number_id`` comes from ``get_available_numbers``. ``rent_period`` is
                1, 7 or 30 days. ``auto_renew`` renews the rental, and charges you, at the end of each period; the
                service uses False if you omit it. ``callback_url`` receives the number's SMS as webhooks.
                ``registration_id`` is for numbers that require a registration.

        Returns:
            The rental. Later calls identify it by its ``rent_id``.

        Raises:
            InvalidRequestException: the number ID (1222), rental period (1224, 1229), renewal (1225), callback URL
                (1226) or registration ID (1234) is not valid.
            InsufficientBalanceException: the account has insufficient credit (1113). You are not charged. Top up the
                account.
            AccessDeniedException: someone else rents the number (1231).
            ResourceNotFoundException: the number does not exist, or is no longer available (1230).

        Examples:
            >>> from smscx_client.models import RentNumberRequest
            >>> offer = api.get_available_numbers("FR").data[0]
            >>> [(price.days, price.cost) for price in offer.rent_cost]
            [(7, 4.75), (30, 15.33)]
            >>> rental = api.rent_number(RentNumberRequest(offer.number_id, 7, auto_renew=False)).info
            >>> (rental.rent_end - rental.rent_start).days
            7
        """
        return self.api_client.call_api(RENT_NUMBER, body=rent_number_request, **options)

    def cancel_rent(self, rent_id: str, **options: Unpack[RequestOptions]) -> models.CancelRentResponse:
        """Cancel rent for phone number.

        Cancel a rental within 30 minutes of its start. Since API version 2023-02, this is no longer possible after the
        number has received an SMS.

        This call is free. The service refunds the cost of the rental, but not the one-time setup cost. It does not
        document what it refunds after a renewal.

        The client retries this call only if the request never reached the service or was rejected with 429. If the
        response is lost, the exception has ``outcome_unknown=True``: call ``find_outcome()`` before you retry.

        Args:
            rent_id: Rental ID.

        Returns:
            The cancelled rental and the refunded amount.

        Raises:
            InvalidRequestException: the rental ID is not valid (1221).
            AccessDeniedException: the rental started more than 30 minutes ago (1227), or the number has already
                received an SMS (1232).
            ResourceNotFoundException: the rental does not exist (1223).
        """
        return self.api_client.call_api(CANCEL_RENT, rent_id, **options)

    def renew_rent(
        self, rent_id: str, renew_rent_request: models.RenewRentRequest, **options: Unpack[RequestOptions]
    ) -> models.RentNumberResponse:
        """Renew rent for phone number.

        Extend a rental by another period of 1, 7 or 30 days.

        This call costs money: the new period. The client retries it only if the request never reached the service or
        was rejected with 429. If the response is lost, the exception has ``outcome_unknown=True``: call
        ``find_outcome()`` before you retry.

        Args:
            rent_id: Rental ID.
            renew_rent_request: Rental period, which defaults to the current one, renewal, and the URL that receives the
                number's SMS.

        Returns:
            The rental with its new end. In API version 2023-02 it has the fields of ``InfoRenewNumber``.

        Raises:
            InvalidRequestException: the rental ID (1221), rental period (1224, 1229), renewal (1225) or callback URL
                (1226) is not valid.
            InsufficientBalanceException: the account has insufficient credit (1113). You are not charged. Top up the
                account.
            AccessDeniedException: the rental has ended, or the number will not be available (1228).
            ResourceNotFoundException: the rental does not exist (1223).
        """
        return self.api_client.call_api(RENEW_RENT, rent_id, body=renew_rent_request, **options)

    def edit_rent_settings(
        self, rent_id: str, edit_rent_request: models.EditRentRequest, **options: Unpack[RequestOptions]
    ) -> models.EditRentResponse:
        """Edit settings of rent.

        Change whether an active rental is renewed, and which URL receives its SMS. This call is free. It was added in
        API version 2023-02.

        Args:
            rent_id: Rental ID.
            edit_rent_request: Settings to change, at least one. Set ``callback_url`` to None to remove the URL.

        Returns:
            Rental ID and time of the change.

        Raises:
            InvalidRequestException: the rental ID (1221), renewal (1225) or callback URL (1226) is not valid, or no
                setting is set (1233).
            ResourceNotFoundException: the rental does not exist (1223).
        """
        return self.api_client.call_api(EDIT_RENT_SETTINGS, rent_id, body=edit_rent_request, **options)

    def get_rent_status(self, rent_id: str, **options: Unpack[RequestOptions]) -> models.GetRentStatusResponse:
        """Get status of rent.

        Return the details of a rental. This call is free.

        Args:
            rent_id: Rental ID.

        Returns:
            Number, period, costs and settings of the rental.

        Raises:
            InvalidRequestException: the rental ID is not valid (1221).
            ResourceNotFoundException: the rental does not exist (1223).
        """
        return self.api_client.call_api(GET_RENT_STATUS, rent_id, **options)

    def get_rented_numbers(
        self, *, features: Features | None = None, country_iso: str | None = None,
        number_type: NumberType | None = None, active_rent: bool | None = None, inbound_sms_sender: bool | None = None,
        include: str | None = None, exclude: str | None = None, **options: Unpack[RequestOptions],
    ) -> models.RentedNumbersResponse:  # fmt: skip
        """Get list of your rented numbers.

        List the rentals of the account. This call is free. The filters require API version 2023-02.

        Args:
            features: What the number must be able to do: 1 (receive SMS), 2 (send SMS) or 3 (both).
            country_iso: Country of the number, as an ISO 3166-1 alpha-2 code in upper or lower case.
            number_type: ``mobile`` or ``landline``.
            active_rent: Whether the rental is active.
            inbound_sms_sender: Whether the number receives SMS from alphanumeric senders. The service's default is
                False.
            include: Digits that the number must contain, 1 to 17 of them.
            exclude: Digits that the number must not contain, 1 to 17 of them.

        Returns:
            The rentals, with the same fields as in ``get_rent_status``.
        """
        query = {"features": features, "country_iso": country_iso, "number_type": number_type, "exclude": exclude,
                 "active_rent": active_rent, "inbound_sms_sender": inbound_sms_sender, "include": include}  # fmt: skip
        return self.api_client.call_api(GET_RENTED_NUMBERS, query=query, **options)

    def get_inbound_sms(
        self, rent_id: str, *, limit: int | None = None, next: str | None = None, previous: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> models.GetInboundSMSResponse:  # fmt: skip
        """Get inbound SMS from rented number.

        Return the SMS that a rented number received, newest first. This call is free; receiving an SMS costs the
        number's ``inbound_sms_cost``, usually 0. Pagination requires API version 2023-02.

        Args:
            rent_id: Rental ID.
            limit: Maximum number of SMS per page, 1 to 500. The service uses 500 if you pass None.
            next: Cursor of the next page, from ``paging.next`` of a previous response.
            previous: Cursor of the previous page, from ``paging.previous`` of a previous response.

        Returns:
            The number, the SMS that it received, and the cursors of the adjacent pages.

        Raises:
            InvalidRequestException: the rental ID is not valid (1221).
            ResourceNotFoundException: the rental does not exist (1223).
        """
        query = {"limit": limit, "next": next, "previous": previous}
        return self.api_client.call_api(GET_INBOUND_SMS, rent_id, query=query, **options)
