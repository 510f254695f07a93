"""Errors that the service documents."""

from __future__ import annotations

from typing import NamedTuple


class DocumentedError(NamedTuple):
    """Status and content of an error response."""

    status: int
    code: int
    type: str
    message: str


class ServiceError(Exception):
    """A request gets an error response."""

    def __init__(self, error: DocumentedError) -> None:
        super().__init__(error.message)
        self.error = error


INSUFFICIENT_CREDIT = DocumentedError(400, 1113, "insufficient_credit", "Insufficient credit")
CREDIT_LIMIT_REACHED = DocumentedError(400, 1114, "insufficient_credit", "Credit limit reached")
PHONE_NUMBERS_MISSING = DocumentedError(400, 1203, "invalid_param", "'phoneNumbers' is missing or empty")
TOO_MANY_PHONE_NUMBERS = DocumentedError(400, 1205, "invalid_param", "'phoneNumbers' has more than 40000 items")
INVALID_PHONE_NUMBER = DocumentedError(400, 1207, "invalid_param", "The phone number is invalid")
PHONE_NUMBERS_NOT_A_LIST = DocumentedError(400, 1208, "invalid_param", "'phoneNumbers' must be an array of strings")
INVALID_LOOKUP_CALLBACK_URL = DocumentedError(400, 1209, "invalid_param", "'lookupCallbackUrl' is not a valid URL")
INVALID_PARAMETERS = DocumentedError(400, 1212, "invalid_param", "Invalid request parameters")
NO_COVERAGE = DocumentedError(403, 1214, "no_coverage", "No coverage or restricted destination")
NO_VALID_NUMBERS = DocumentedError(400, 1216, "invalid_param", "No valid phone numbers, or no coverage")
INVALID_LOOKUP_ID = DocumentedError(400, 1217, "invalid_param", "The lookupId is invalid")
INVALID_BULK_LOOKUP_ID = DocumentedError(400, 1218, "invalid_param", "The lookupBulkId is invalid")
LOOKUP_NOT_FOUND = DocumentedError(404, 1219, "not_found", "Lookup not found")
BULK_LOOKUP_NOT_FOUND = DocumentedError(404, 1220, "not_found", "Bulk lookup not found")
INVALID_RENTAL_ID = DocumentedError(400, 1221, "invalid_param", "The rentId is invalid")
INVALID_NUMBER_ID = DocumentedError(400, 1222, "invalid_param", "The numberId is invalid")
RENTAL_NOT_FOUND = DocumentedError(404, 1223, "not_found", "Rental not found")
INVALID_RENT_PERIOD = DocumentedError(400, 1224, "invalid_param", "The rent period must be 1, 7 or 30 days")
INVALID_AUTO_RENEW = DocumentedError(400, 1225, "invalid_param", "'autoRenew' must be a boolean")
INVALID_CALLBACK_URL = DocumentedError(400, 1226, "invalid_param", "'callbackUrl' is not a valid URL")
TOO_LATE_TO_CANCEL = DocumentedError(403, 1227, "access_denied", "The rental began more than 30 minutes ago")
NOT_RENEWABLE = DocumentedError(403, 1228, "access_denied", "The rental has ended, or the number is not available")
RENT_PERIOD_NOT_OFFERED = DocumentedError(400, 1229, "invalid_param", "The number cannot be rented for this period")
NUMBER_NOT_FOUND = DocumentedError(404, 1230, "not_found", "Number not found, or no longer available for rent")
ALREADY_RENTED = DocumentedError(403, 1231, "access_denied", "The number is already rented by someone else")
SMS_ALREADY_RECEIVED = DocumentedError(403, 1232, "access_denied", "The number has already received an SMS")
NO_SETTINGS_TO_EDIT = DocumentedError(400, 1233, "invalid_param", "'autoRenew' and 'callbackUrl' are both missing")
INVALID_REGISTRATION_ID = DocumentedError(400, 1234, "invalid_param", "The registrationId is invalid or unknown")
INVALID_COUNTRY = DocumentedError(400, 2003, "invalid_param", "The country code is invalid")
GRANT_TYPE_MISSING = DocumentedError(400, 1600, "invalid_request", "'grant_type' is missing")
INVALID_SCOPE = DocumentedError(400, 1600, "invalid_scope", "A requested scope is unknown")
UNSUPPORTED_GRANT_TYPE = DocumentedError(400, 1600, "unsupported_grant_type", "Use the grant type client_credentials")
INVALID_CLIENT = DocumentedError(401, 1600, "invalid_client", "The application's ID or secret is wrong")

# The contract gives only the status and type of these; the sandbox chooses their codes.
INVALID_CREDENTIAL = DocumentedError(401, 1000, "invalid_api_key", "The API key or access token is missing or invalid")
INSUFFICIENT_SCOPE = DocumentedError(403, 1001, "insufficient_scope", "The access token lacks the scope 'numbers'")
FORBIDDEN_HOST = DocumentedError(403, 1007, "access_denied", "The Host or Origin header names another server")
ENDPOINT_NOT_FOUND = DocumentedError(404, 1002, "not_found", "Endpoint not found")
METHOD_NOT_ALLOWED = DocumentedError(405, 1003, "invalid_method", "The endpoint does not support this HTTP method")
INVALID_BODY = DocumentedError(400, 1004, "invalid_body", "The request body must be a JSON object")
BODY_TOO_LARGE = DocumentedError(413, 1004, "invalid_body", "The request body is too large")
NOT_JSON = DocumentedError(415, 1008, "invalid_body", "Send the header Content-Type: application/json")
HEADERS_TOO_LARGE = DocumentedError(431, 1009, "invalid_request", "The request headers are too large")
RATE_LIMIT_EXCEEDED = DocumentedError(429, 1006, "rate_limit", "Too many requests")
INTERNAL_SERVER_ERROR = DocumentedError(500, 1005, "server_error", "Internal server error")
ALL = tuple(error for error in list(globals().values()) if isinstance(error, DocumentedError))
GENERAL = tuple(error for error in ALL if error.code in (1000, 1001, 1002, 1003, 1005, 1006))
"""Errors that any request can meet."""
