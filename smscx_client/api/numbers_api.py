"""NumbersApi: validate phone numbers, look them up, rent them, read the SMS that they receive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smscx_client.api_client import ApiClient, RequestOptions
from smscx_client.operation import Operation
from smscx_client.schema_types import CountryIso, Digits, Features, Limit, NumberType, SetupTime

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from smscx_client.model.bulk_lookup_campaigns_response import BulkLookupCampaignsResponse
    from smscx_client.model.cancel_rent_response import CancelRentResponse
    from smscx_client.model.data_number_lookup import DataNumberLookup
    from smscx_client.model.edit_rent_request import EditRentRequest
    from smscx_client.model.edit_rent_response import EditRentResponse
    from smscx_client.model.get_inbound_sms_response import GetInboundSMSResponse
    from smscx_client.model.get_rent_status_response import GetRentStatusResponse
    from smscx_client.model.number_lookup_response import NumberLookupResponse
    from smscx_client.model.number_validate_response import NumberValidateResponse
    from smscx_client.model.numbers_bulk_lookup_result import NumbersBulkLookupResult
    from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
    from smscx_client.model.numbers_lookup_response import NumbersLookupResponse
    from smscx_client.model.numbers_validate_request import NumbersValidateRequest
    from smscx_client.model.numbers_validate_response import NumbersValidateResponse
    from smscx_client.model.renew_rent_request import RenewRentRequest
    from smscx_client.model.rent_number_request import RentNumberRequest
    from smscx_client.model.rent_number_response import RentNumberResponse
    from smscx_client.model.rent_numbers_response import RentNumbersResponse
    from smscx_client.model.rented_numbers_response import RentedNumbersResponse

_PAGE = {"limit": Limit, "next": str, "previous": str}
_WANTED = {
    "features": Features,
    "number_type": NumberType,
    "inbound_sms_sender": bool,
    "include": Digits,
    "exclude": Digits,
}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_BAD_NUMBER = (400, 1207, "invalid_param", "The phone number is not valid")
_BAD_LIST = (
    (400, 1203, "invalid_param", "`phoneNumbers` is empty or missing"),
    (400, 1208, "invalid_param", "`phoneNumbers` is not an array of phone numbers"),
    (400, 1205, "invalid_param", "More than 40,000 phone numbers"),
)
_NO_CREDIT = (400, 1113, "insufficient_credit", "The account has too little credit")
_CREDIT_LIMIT = (
    400,
    1114,
    "insufficient_credit",
    "The account's credit limit is reached; the account manager can raise it",
)
_NO_COVERAGE = (403, 1214, "no_coverage", "The destination is not covered, or restricted")
_BAD_RENT = (400, 1221, "invalid_param", "`rentId` is not valid")
_NO_RENT = (404, 1223, "not_found", "There is no such rent")
_BAD_PERIOD = (400, 1224, "invalid_param", "`rentPeriod` is not 1, 7 or 30 days")
_BAD_AUTO_RENEW = (400, 1225, "invalid_param", "`autoRenew` is no boolean")
_BAD_CALLBACK = (400, 1226, "invalid_param", "`callbackUrl` is not a valid URL")
_PERIOD_NOT_OFFERED = (400, 1229, "invalid_param", "This number is not let for that period")
_BAD_BULK = (400, 1218, "invalid_param", "`lookupBulkId` is not valid; the type is `not_found` in 2022-10")
_NO_BULK = (404, 1220, "not_found", "There is no such bulk lookup; the type is `invalid_param` in 2022-10")

VALIDATE_NUMBER: Operation[NumberValidateResponse] = Operation(
    "validate_number",
    "GET",
    "/numbers/validate/{phoneNumber}",
    returns="NumberValidateResponse",
    repeatable=True,
    errors=(_BAD_NUMBER,),
)
VALIDATE_NUMBERS: Operation[NumbersValidateResponse] = Operation(
    "validate_numbers",
    "POST",
    "/numbers/validate",
    returns="NumbersValidateResponse",
    body="NumbersValidateRequest",
    repeatable=True,
    errors=_BAD_LIST,
)
LOOKUP_NUMBER: Operation[NumberLookupResponse] = Operation(
    "lookup_number",
    "GET",
    "/numbers/lookup/{phoneNumber}",
    returns="NumberLookupResponse",
    paid=True,
    errors=(
        _BAD_NUMBER,
        _NO_COVERAGE,
        _NO_CREDIT,
        _CREDIT_LIMIT,
        (400, 1212, "invalid_param", "A parameter of the request is not valid"),
    ),
)
LOOKUP_NUMBERS: Operation[NumbersLookupResponse] = Operation(
    "lookup_numbers",
    "POST",
    "/numbers/lookup",
    returns="NumbersLookupResponse",
    body="NumbersLookupRequest",
    paid=True,
    find_out="get_bulk_lookup_campaigns",
    known_by=("phone_numbers",),
    errors=(
        *_BAD_LIST,
        (400, 1209, "invalid_param", "`lookupCallbackUrl` is not a valid URL"),
        (400, 1216, "invalid_param", "No number among them is valid and covered"),
        _NO_CREDIT,
        _CREDIT_LIMIT,
        _NO_COVERAGE,
    ),
)
GET_BULK_LOOKUP_CAMPAIGNS: Operation[BulkLookupCampaignsResponse] = Operation(
    "get_bulk_lookup_campaigns",
    "GET",
    "/numbers/lookup",
    returns="BulkLookupCampaignsResponse",
    query=_PAGE,
    repeatable=True,
    since="2023-02",
)
GET_SINGLE_LOOKUP_STATUS: Operation[DataNumberLookup] = Operation(
    "get_single_lookup_status",
    "GET",
    "/numbers/lookup/lookupId/{lookupId}",
    returns="DataNumberLookup",
    repeatable=True,
    errors=(
        (400, 1217, "invalid_param", "`lookupId` is not valid"),
        (404, 1219, "not_found", "There is no such lookup"),
    ),
)
GET_BULK_LOOKUP_STATUS: Operation[NumbersBulkLookupResult] = Operation(
    "get_bulk_lookup_status",
    "GET",
    "/numbers/lookup/lookupBulkId/{lookupBulkId}",
    returns="NumbersBulkLookupResult",
    query=_PAGE,
    repeatable=True,
    errors=(_BAD_BULK, _NO_BULK),
)
EXPORT_NUMBER_LOOKUP_REPORT_TO_CSV: Operation[str] = Operation(
    "export_number_lookup_report_to_csv",
    "GET",
    "/numbers/lookup/lookupBulkId/{lookupBulkId}/csv",
    returns=str,
    accept="application/csv",
    repeatable=True,
    errors=(_BAD_BULK, _NO_BULK),
    since="2023-02",
)
EXPORT_NUMBER_LOOKUP_REPORT_TO_XLSX: Operation[bytes] = Operation(
    "export_number_lookup_report_to_xlsx",
    "GET",
    "/numbers/lookup/lookupBulkId/{lookupBulkId}/xlsx",
    returns=bytes,
    accept=_XLSX,
    repeatable=True,
    errors=(_BAD_BULK, _NO_BULK),
    since="2023-02",
)
GET_AVAILABLE_NUMBERS: Operation[RentNumbersResponse] = Operation(
    "get_available_numbers",
    "GET",
    "/numbers/rent/available/{countryIso}",
    returns="RentNumbersResponse",
    query={**_WANTED, "setup_time": SetupTime, "registration": bool},
    repeatable=True,
    errors=((400, 2003, "invalid_param", "The country code is not valid"),),
)
GET_RENTED_NUMBERS: Operation[RentedNumbersResponse] = Operation(
    "get_rented_numbers",
    "GET",
    "/numbers/rent",
    returns="RentedNumbersResponse",
    query={**_WANTED, "country_iso": CountryIso, "active_rent": bool},
    repeatable=True,
)
RENT_NUMBER: Operation[RentNumberResponse] = Operation(
    "rent_number",
    "POST",
    "/numbers/rent",
    returns="RentNumberResponse",
    body="RentNumberRequest",
    paid=True,
    find_out="get_rented_numbers",
    known_by=("number_id", "rent_period"),
    errors=(
        (400, 1222, "invalid_param", "`numberId` is not valid"),
        _BAD_PERIOD,
        _BAD_AUTO_RENEW,
        _BAD_CALLBACK,
        _PERIOD_NOT_OFFERED,
        _NO_CREDIT,
        (400, 1234, "invalid_param", "`registrationId` is not valid or not known (2023-02)"),
        (403, 1231, "access_denied", "Someone else rents the number"),
        (404, 1230, "not_found", "There is no such number, or it is not to let any more"),
    ),
)
GET_RENT_STATUS: Operation[GetRentStatusResponse] = Operation(
    "get_rent_status",
    "GET",
    "/numbers/rent/{rentId}",
    returns="GetRentStatusResponse",
    repeatable=True,
    errors=(_BAD_RENT, _NO_RENT),
)
RENEW_RENT: Operation[RentNumberResponse] = Operation(
    "renew_rent",
    "PATCH",
    "/numbers/rent/{rentId}",
    returns="RentNumberResponse",
    body="RenewRentRequest",
    paid=True,
    find_out="get_rent_status",
    known_by=("rent_id", "rent_period"),
    errors=(
        _BAD_RENT,
        _BAD_PERIOD,
        _BAD_AUTO_RENEW,
        _BAD_CALLBACK,
        _PERIOD_NOT_OFFERED,
        _NO_CREDIT,
        (403, 1228, "access_denied", "The rent has ended, or the number will not be to let"),
        _NO_RENT,
    ),
)
CANCEL_RENT: Operation[CancelRentResponse] = Operation(
    "cancel_rent",
    "DELETE",
    "/numbers/rent/{rentId}",
    returns="CancelRentResponse",
    find_out="get_rent_status",
    known_by=("rent_id",),
    errors=(
        _BAD_RENT,
        (403, 1227, "access_denied", "The rent began more than 30 minutes ago"),
        (403, 1232, "access_denied", "The number has received an SMS already (2023-02)"),
        _NO_RENT,
    ),
)
EDIT_RENT_SETTINGS: Operation[EditRentResponse] = Operation(
    "edit_rent_settings",
    "PATCH",
    "/numbers/rent/{rentId}/edit",
    returns="EditRentResponse",
    body="EditRentRequest",
    repeatable=True,
    errors=(
        _BAD_RENT,
        _BAD_AUTO_RENEW,
        _BAD_CALLBACK,
        (400, 1233, "invalid_param", "Neither `autoRenew` nor `callbackUrl` is given"),
        _NO_RENT,
    ),
    since="2023-02",
)
GET_INBOUND_SMS: Operation[GetInboundSMSResponse] = Operation(
    "get_inbound_sms",
    "GET",
    "/numbers/rent/{rentId}/inbound",
    returns="GetInboundSMSResponse",
    query=_PAGE,
    repeatable=True,
    errors=(_BAD_RENT, _NO_RENT),
)


class NumbersApi:
    """Validate phone numbers, look them up, rent them, and read the SMS that they receive.

    Every method also takes the options of :class:`~smscx_client.api_client.CallOptions`, and raises beside what it
    names: ``InvalidCredentialsException``, ``InsufficientScopeException``, ``RateLimitExcedeedException`` and
    ``ServerErrorException`` where the service refuses or fails, ``ApiConnectionException`` and ``ApiTimeoutException``
    where no answer comes, and ``ApiTypeError`` and ``ApiValueError`` for wrong arguments, before anything is sent.

    Args:
        api_client: What makes the calls; a client with the default configuration where None.
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = api_client or ApiClient()

    def validate_number(self, phone_number: str, **options: Unpack[RequestOptions]) -> NumberValidateResponse:
        """Validate number

        Check one phone number, at no cost. A number that is not valid is an error here; ``validate_numbers`` marks it.

        Args:
            phone_number: In E.164 format. The leading plus may be there, be left out, or be percent-encoded:
                ``+33612424105``, ``33612424105`` and ``%2B33612424105`` are alike.

        Returns:
            Country, network operator and time zone of the number.

        Raises:
            InvalidPhoneNumberException: the number is not valid (1207).
        """
        return self.api_client.call_api(VALIDATE_NUMBER, phone_number, **options)

    def validate_numbers(
        self, numbers_validate_request: NumbersValidateRequest, **options: Unpack[RequestOptions]
    ) -> NumbersValidateResponse:
        """Validate numbers in bulk

        Check up to 40,000 phone numbers, at no cost.

        Args:
            numbers_validate_request: The numbers, and the country of those in national format.

        Returns:
            All numbers in the order of the request; what is not valid has ``invalid`` set.

        Raises:
            InvalidRequestException: the list is empty (1203), too long (1205) or no list of numbers (1208).
        """
        return self.api_client.call_api(VALIDATE_NUMBERS, body=numbers_validate_request, **options)

    def lookup_number(self, phone_number: str, **options: Unpack[RequestOptions]) -> NumberLookupResponse:
        """Lookup number

        Ask the number's network (HLR) whether the number is reachable, ported or roaming. Each call costs money, so it
        is sent again only where it surely was not carried out; no other call tells what became of one in doubt.

        Args:
            phone_number: In E.164 format. The leading plus may be there, be left out, or be percent-encoded:
                ``+33612424105``, ``33612424105`` and ``%2B33612424105`` are alike.

        Returns:
            Status, networks and cost. The status is ``ACTIVE`` (reachable), ``ABSENT`` (not reachable), ``BARRED``
            (blocked by its operator), ``UNKNOWN`` (no such subscriber) or ``FAILED`` (the lookup failed).

        Raises:
            InvalidPhoneNumberException: the number is not valid (1207).
            InvalidRequestException: a parameter is not valid (1212).
            InsufficientBalanceException: credit (1113) or credit limit (1114) does not cover the lookup.
            NoCoverageException: the destination is not covered, or restricted (1214).
        """
        return self.api_client.call_api(LOOKUP_NUMBER, phone_number, **options)

    def lookup_numbers(
        self, numbers_lookup_request: NumbersLookupRequest, **options: Unpack[RequestOptions]
    ) -> NumbersLookupResponse:
        """Lookup numbers in bulk

        Start the lookup of up to 40,000 phone numbers. Each valid number costs money; those that are not valid are
        listed, and cost nothing. The results come later: to ``lookup_callback_url``, or through
        ``get_bulk_lookup_status``.

        Args:
            numbers_lookup_request: The numbers, the country of those in national format, and where to send the results.

        Returns:
            The bulk lookup's id, its cost, and what was accepted.

        Raises:
            InvalidRequestException: the list is empty (1203), too long (1205), no list of numbers (1208), or none of
                them is valid and covered (1216); or the callback URL is not valid (1209).
            InsufficientBalanceException: credit (1113) or credit limit (1114) does not cover the lookups.
            NoCoverageException: the destination is not covered, or restricted (1214).
        """
        return self.api_client.call_api(LOOKUP_NUMBERS, body=numbers_lookup_request, **options)

    def get_bulk_lookup_campaigns(
        self, *, limit: int | None = None, next: str | None = None, previous: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> BulkLookupCampaignsResponse:  # fmt: skip
        """Get list of bulk lookups

        List the account's bulk lookups, at no cost. A service of generation 2022-10 does not have this call.

        Args:
            limit: Most bulk lookups to return, 1 to 500; 500 where None.
            next: Cursor of the next page, from ``paging.next`` of an earlier answer.
            previous: Cursor of the previous page, from ``paging.previous``.

        Returns:
            Id, size, cost and time of each, and the cursors of the pages around.
        """
        query = {"limit": limit, "next": next, "previous": previous}
        return self.api_client.call_api(GET_BULK_LOOKUP_CAMPAIGNS, query=query, **options)

    def get_single_lookup_status(self, lookup_id: str, **options: Unpack[RequestOptions]) -> DataNumberLookup:
        """Get Single Lookup result

        Read the result of one lookup, single or part of a bulk lookup, at no cost.

        Args:
            lookup_id: Identifier of the lookup.

        Returns:
            The lookup itself; there is no ``data`` around it.

        Raises:
            InvalidRequestException: the id is not valid (1217).
            ResourceNotFoundException: there is no such lookup (1219).
        """
        return self.api_client.call_api(GET_SINGLE_LOOKUP_STATUS, lookup_id, **options)

    def get_bulk_lookup_status(
        self, lookup_bulk_id: str, *, limit: int | None = None, next: str | None = None, previous: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> NumbersBulkLookupResult:  # fmt: skip
        """Get Bulk Lookup result

        Read the results of a bulk lookup, at no cost. A service of generation 2022-10 knows no pages: it sends all
        results at once.

        Args:
            lookup_bulk_id: Identifier of the bulk lookup.
            limit: Most results to return, 1 to 500; 500 where None.
            next: Cursor of the next page, from ``paging.next`` of an earlier answer.
            previous: Cursor of the previous page, from ``paging.previous``.

        Returns:
            What the bulk lookup was, its results so far, and the cursors of the pages around.

        Raises:
            InvalidRequestException: the id is not valid (1218).
            ResourceNotFoundException: there is no such bulk lookup (1220).
        """
        query = {"limit": limit, "next": next, "previous": previous}
        return self.api_client.call_api(GET_BULK_LOOKUP_STATUS, lookup_bulk_id, query=query, **options)

    def export_number_lookup_report_to_csv(self, lookup_bulk_id: str, **options: Unpack[RequestOptions]) -> str:
        """Export Bulk Lookup result to CSV

        Read all results of a bulk lookup as CSV, at no cost. A service of generation 2022-10 does not have this call.
        To stream a large report to a file, use ``_preload_content=False``.

        Args:
            lookup_bulk_id: Identifier of the bulk lookup.

        Returns:
            The text of the file.

        Raises:
            InvalidRequestException: the id is not valid (1218).
            ResourceNotFoundException: there is no such bulk lookup (1220).
        """
        return self.api_client.call_api(EXPORT_NUMBER_LOOKUP_REPORT_TO_CSV, lookup_bulk_id, **options)

    def export_number_lookup_report_to_xlsx(self, lookup_bulk_id: str, **options: Unpack[RequestOptions]) -> bytes:
        """Export Bulk Lookup result to XLSX

        Read all results of a bulk lookup as an Excel workbook, at no cost. A service of generation 2022-10 does not
        have this call. To stream a large report to a file, use ``_preload_content=False``.

        Args:
            lookup_bulk_id: Identifier of the bulk lookup.

        Returns:
            The content of the file.

        Raises:
            InvalidRequestException: the id is not valid (1218).
            ResourceNotFoundException: there is no such bulk lookup (1220).
        """
        return self.api_client.call_api(EXPORT_NUMBER_LOOKUP_REPORT_TO_XLSX, lookup_bulk_id, **options)

    def get_available_numbers(
        self, country_iso: str, *, features: Features | None = None, number_type: NumberType | None = None,
        setup_time: SetupTime | None = None, registration: bool | None = None, inbound_sms_sender: bool | None = None,
        include: str | None = None, exclude: str | None = None, **options: Unpack[RequestOptions],
    ) -> RentNumbersResponse:  # fmt: skip
        """Get available numbers for rent

        List the phone numbers of a country that can be rented, at no cost. A service of generation 2022-10 does not
        know the filters.

        Args:
            country_iso: Country whose numbers to list, as ISO 3166-1 alpha-2 code, such as ``FR``.
            features: What the number can do: 1 receives SMS, 2 sends SMS, 3 both.
            number_type: ``mobile`` or ``landline``.
            setup_time: ``instant`` where the number is ready at once, else ``delayed``.
            registration: Whether the number needs a registration.
            inbound_sms_sender: Whether the number receives SMS from senders with a name in place of a number.
            include: Digits that the number must contain, 1 to 17.
            exclude: Digits that the number must not contain, 1 to 17.

        Returns:
            The numbers with their costs; ``number_id`` is what ``rent_number`` takes.

        Raises:
            InvalidRequestException: the country code is not valid (2003).
        """
        query = {"number_type": number_type, "setup_time": setup_time, "registration": registration, "include": include,
                 "features": features, "inbound_sms_sender": inbound_sms_sender, "exclude": exclude}  # fmt: skip
        return self.api_client.call_api(GET_AVAILABLE_NUMBERS, country_iso, query=query, **options)

    def rent_number(
        self, rent_number_request: RentNumberRequest, **options: Unpack[RequestOptions]
    ) -> RentNumberResponse:
        """Rent phone number

        Rent a phone number for 1, 7 or 30 days. This costs money, so it is sent again only where it surely was not
        carried out; ``get_rented_numbers`` tells what became of one in doubt.

        Args:
            rent_number_request: Which number, for how long, whether to renew it, and where to send its SMS.

        Returns:
            The rent, with the ``rent_id`` that every later call about it takes.

        Raises:
            InvalidRequestException: the number's id (1222), the period (1224, 1229), the renewal (1225), the callback
                URL (1226) or the registration (1234) is not valid.
            InsufficientBalanceException: the credit does not cover the rent (1113).
            AccessDeniedException: someone else rents the number (1231).
            ResourceNotFoundException: there is no such number, or it is not to let any more (1230).
        """
        return self.api_client.call_api(RENT_NUMBER, body=rent_number_request, **options)

    def cancel_rent(self, rent_id: str, **options: Unpack[RequestOptions]) -> CancelRentResponse:
        """Cancel rent for phone number

        Cancel a rent within its first 30 minutes, and get its cost back. It is sent again only where it surely was not
        carried out; ``get_rent_status`` tells what became of one in doubt.

        Args:
            rent_id: Identifier of the rent.

        Returns:
            The rent, and the credit that came back.

        Raises:
            InvalidRequestException: the id is not valid (1221).
            AccessDeniedException: the rent began more than 30 minutes ago (1227), or has received an SMS (1232).
            ResourceNotFoundException: there is no such rent (1223).
        """
        return self.api_client.call_api(CANCEL_RENT, rent_id, **options)

    def renew_rent(
        self, rent_id: str, renew_rent_request: RenewRentRequest, **options: Unpack[RequestOptions]
    ) -> RentNumberResponse:
        """Renew rent for phone number

        Rent the number for another period. This costs money, so it is sent again only where it surely was not carried
        out; ``get_rent_status`` tells what became of one in doubt.

        Args:
            rent_id: Identifier of the rent.
            renew_rent_request: The period, the current one where left out; whether to renew it; where to send its SMS.

        Returns:
            The rent with its new end. A service of generation 2023-02 sends the fields of ``InfoRenewNumber``.

        Raises:
            InvalidRequestException: the id (1221), the period (1224, 1229), the renewal (1225) or the callback URL
                (1226) is not valid.
            InsufficientBalanceException: the credit does not cover the rent (1113).
            AccessDeniedException: the rent has ended, or the number will not be to let (1228).
            ResourceNotFoundException: there is no such rent (1223).
        """
        return self.api_client.call_api(RENEW_RENT, rent_id, body=renew_rent_request, **options)

    def edit_rent_settings(
        self, rent_id: str, edit_rent_request: EditRentRequest, **options: Unpack[RequestOptions]
    ) -> EditRentResponse:
        """Edit settings of rent

        Change whether an active rent is renewed, and where its SMS are sent, at no cost. A service of generation
        2022-10 does not have this call.

        Args:
            rent_id: Identifier of the rent.
            edit_rent_request: What to change, at least one of the two; a ``callback_url`` of None removes the URL.

        Returns:
            The rent's id, and when it was changed.

        Raises:
            InvalidRequestException: the id (1221), the renewal (1225) or the callback URL (1226) is not valid, or there
                is nothing to change (1233).
            ResourceNotFoundException: there is no such rent (1223).
        """
        return self.api_client.call_api(EDIT_RENT_SETTINGS, rent_id, body=edit_rent_request, **options)

    def get_rent_status(self, rent_id: str, **options: Unpack[RequestOptions]) -> GetRentStatusResponse:
        """Get status of rent

        Read all about one rent, at no cost.

        Args:
            rent_id: Identifier of the rent.

        Returns:
            The rent: number, period, costs and settings.

        Raises:
            InvalidRequestException: the id is not valid (1221).
            ResourceNotFoundException: there is no such rent (1223).
        """
        return self.api_client.call_api(GET_RENT_STATUS, rent_id, **options)

    def get_rented_numbers(
        self, *, features: Features | None = None, country_iso: str | None = None,
        number_type: NumberType | None = None, active_rent: bool | None = None, inbound_sms_sender: bool | None = None,
        include: str | None = None, exclude: str | None = None, **options: Unpack[RequestOptions],
    ) -> RentedNumbersResponse:  # fmt: skip
        """Get list of your rented numbers

        List the numbers that the account rents, at no cost. A service of generation 2022-10 does not know the filters.

        Args:
            features: What the number can do: 1 receives SMS, 2 sends SMS, 3 both.
            country_iso: Country of the number, as ISO 3166-1 alpha-2 code, in any case.
            number_type: ``mobile`` or ``landline``.
            active_rent: Whether the rent is active.
            inbound_sms_sender: Whether the number receives SMS from senders with a name in place of a number.
            include: Digits that the number must contain, 1 to 17.
            exclude: Digits that the number must not contain, 1 to 17.

        Returns:
            The rents, as ``get_rent_status`` has them.
        """
        query = {"features": features, "country_iso": country_iso, "number_type": number_type, "exclude": exclude,
                 "active_rent": active_rent, "inbound_sms_sender": inbound_sms_sender, "include": include}  # fmt: skip
        return self.api_client.call_api(GET_RENTED_NUMBERS, query=query, **options)

    def get_inbound_sms(
        self, rent_id: str, *, limit: int | None = None, next: str | None = None, previous: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> GetInboundSMSResponse:  # fmt: skip
        """Get inbound SMS from rented number

        Read the SMS that a rented number has received, the newest first. Reading costs nothing; receiving may.

        Args:
            rent_id: Identifier of the rent.
            limit: Most SMS to return, 1 to 500; 500 where None. A service of generation 2022-10 does not know it, nor
                the cursors.
            next: Cursor of the next page, from ``paging.next`` of an earlier answer.
            previous: Cursor of the previous page, from ``paging.previous``.

        Returns:
            The SMS, the number that received them, and the cursors of the pages around.

        Raises:
            InvalidRequestException: the id is not valid (1221).
            ResourceNotFoundException: there is no such rent (1223).
        """
        query = {"limit": limit, "next": next, "previous": previous}
        return self.api_client.call_api(GET_INBOUND_SMS, rent_id, query=query, **options)
