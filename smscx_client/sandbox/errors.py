"""The errors that the service documents."""

from __future__ import annotations

from typing import NamedTuple


class DocumentedError(NamedTuple):
    """What an error answer says."""

    status: int
    code: int
    type: str
    message: str


class Refused(Exception):
    """A request is answered with an error."""

    def __init__(self, error: DocumentedError) -> None:
        super().__init__(error.message)
        self.error = error


INSUFFICIENT_CREDIT = DocumentedError(400, 1113, "insufficient_credit", "Insufficient credit")
CREDIT_LIMIT = DocumentedError(400, 1114, "insufficient_credit", "Credit limit reached")
NO_NUMBERS = DocumentedError(400, 1203, "invalid_param", "'phoneNumbers' is empty or not set")
TOO_MANY_NUMBERS = DocumentedError(400, 1205, "invalid_param", "'phoneNumbers' has more than 40000 phone numbers")
INVALID_NUMBER = DocumentedError(400, 1207, "invalid_param", "The phone number is invalid")
NOT_A_LIST = DocumentedError(400, 1208, "invalid_param", "'phoneNumbers' must be an array of phone numbers")
INVALID_LOOKUP_CALLBACK = DocumentedError(400, 1209, "invalid_param", "'lookupCallbackUrl' is not a valid URL")
INVALID_PARAMETERS = DocumentedError(400, 1212, "invalid_param", "Invalid request parameters")
NO_COVERAGE = DocumentedError(403, 1214, "no_coverage", "No coverage or restricted destination")
NOTHING_TO_LOOK_UP = DocumentedError(400, 1216, "invalid_param", "No valid numbers provided or no coverage")
INVALID_LOOKUP_ID = DocumentedError(400, 1217, "invalid_param", "The lookupId is invalid")
INVALID_BULK_ID = DocumentedError(400, 1218, "invalid_param", "The lookupBulkId is invalid")
NO_SUCH_LOOKUP = DocumentedError(404, 1219, "not_found", "Lookup not found")
NO_SUCH_BULK = DocumentedError(404, 1220, "not_found", "Bulk lookup not found")
INVALID_RENT_ID = DocumentedError(400, 1221, "invalid_param", "The rentId is invalid")
INVALID_NUMBER_ID = DocumentedError(400, 1222, "invalid_param", "The numberId is invalid")
NO_SUCH_RENT = DocumentedError(404, 1223, "not_found", "Rent not found")
INVALID_PERIOD = DocumentedError(400, 1224, "invalid_param", "The rent period must be 1, 7 or 30 days")
INVALID_AUTO_RENEW = DocumentedError(400, 1225, "invalid_param", "'autoRenew' must be a boolean")
INVALID_CALLBACK = DocumentedError(400, 1226, "invalid_param", "'callbackUrl' is not a valid URL")
TOO_LATE_TO_CANCEL = DocumentedError(
    403, 1227, "access_denied", "More than 30 minutes have passed since the rent began"
)
NOT_RENEWABLE = DocumentedError(403, 1228, "access_denied", "The rent has expired or the number will not be available")
PERIOD_NOT_OFFERED = DocumentedError(400, 1229, "invalid_param", "The number is not offered for this rent period")
NO_SUCH_NUMBER = DocumentedError(404, 1230, "not_found", "Number not found or not for rent any more")
RENTED_BY_OTHERS = DocumentedError(403, 1231, "access_denied", "The number is already rented by someone else")
HAS_RECEIVED_SMS = DocumentedError(403, 1232, "access_denied", "The number has already received an SMS")
NOTHING_TO_EDIT = DocumentedError(400, 1233, "invalid_param", "Neither 'autoRenew' nor 'callbackUrl' is given")
INVALID_REGISTRATION = DocumentedError(400, 1234, "invalid_param", "The registrationId is invalid or unknown")
INVALID_COUNTRY = DocumentedError(400, 2003, "invalid_param", "The country code is invalid")
GRANT_TYPE_MISSING = DocumentedError(400, 1600, "invalid_request", "'grant_type' is missing")
UNKNOWN_SCOPE = DocumentedError(400, 1600, "invalid_scope", "A requested scope is unknown")
UNSUPPORTED_GRANT = DocumentedError(400, 1600, "unsupported_grant_type", "The grant type must be client_credentials")
WRONG_APPLICATION = DocumentedError(401, 1600, "invalid_client", "The application id or secret is wrong")

# The contract documents these by status and type alone; their codes are the sandbox's own.
NO_CREDENTIAL = DocumentedError(401, 1000, "invalid_api_key", "No valid API key or access token was provided")
INSUFFICIENT_SCOPE = DocumentedError(403, 1001, "insufficient_scope", "The access token lacks the scope 'numbers'")
NO_SUCH_PATH = DocumentedError(404, 1002, "not_found", "There is no such endpoint")
WRONG_METHOD = DocumentedError(405, 1003, "invalid_method", "The endpoint does not take this method")
INVALID_BODY = DocumentedError(400, 1004, "invalid_body", "The body must be a JSON object")
TOO_LARGE = DocumentedError(413, 1004, "invalid_body", "The body is too large")
RATE_LIMIT = DocumentedError(429, 1006, "rate_limit", "Too many requests")
SERVER_ERROR = DocumentedError(500, 1005, "server_error", "Internal server error")
