"""Everything that this package raises.

Two branches grow from :class:`ApiExceptionBase`. Wrong arguments raise one of the ``Api*Error`` classes, which are the
builtin error of that name too, and nothing has been sent then. Once a call has begun only :class:`ApiException` comes
out: a class named after what happened where the service answered, :class:`ApiConnectionException` where it did not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from smscx_client.model.error import Error

__all__ = [
    "AccessDeniedException",
    "ApiAttributeError",
    "ApiConnectionException",
    "ApiException",
    "ApiExceptionBase",
    "ApiKeyError",
    "ApiMethodNotAllowedException",
    "ApiTimeoutException",
    "ApiTypeError",
    "ApiValueError",
    "DuplicateIdException",
    "DuplicateValueException",
    "InsufficientBalanceException",
    "InsufficientScopeException",
    "InvalidCredentialsException",
    "InvalidPhoneNumberException",
    "InvalidRequestException",
    "InvalidScopeException",
    "NoCoverageException",
    "RateLimitExcedeedException",
    "RateLimitExceededException",
    "ResourceNotFoundException",
    "ServerErrorException",
]

# Anything that could be a phone number in a text of the server: it must not reach a log through str(exception).
_LONG_DIGITS = r"\d{5,}(?=\d{2})"


class ApiExceptionBase(Exception):
    """The root: ``except ApiExceptionBase`` catches all that this package raises."""


class ApiTypeError(ApiExceptionBase, TypeError):
    """An argument, a field or an option has the wrong type, is missing, or is not known. Nothing was sent."""


class ApiValueError(ApiExceptionBase, ValueError):
    """An argument, a field or an option has the right type and a value that is not allowed. Nothing was sent."""


class ApiAttributeError(ApiExceptionBase, AttributeError):
    """A model or a configuration has no attribute of that name."""


class ApiKeyError(ApiExceptionBase, KeyError):
    """``model["name"]`` of a field that is not there."""

    def __str__(self) -> str:
        return Exception.__str__(self)  # KeyError would show the repr of the text


class ApiException(ApiExceptionBase):
    """A call failed after it had begun.

    Attributes:
        status: HTTP status of the answer; 0 where there was no answer.
        reason: What the status is called, or why there was no answer.
        body: The answer's body as text, whatever it was; bytes that are no UTF-8 are escaped.
        headers: The answer's headers; names in any case.
        error: The ``Error`` that the service sent, or None where the body holds none.
        error_type: The service's word for the error, such as ``insufficient_credit``; None where it sent none.
        error_code: The service's number for the error, such as 1207; None where it sent none.
        message: The service's explanation; None where it sent none.
        request_id: What the support team needs to find the request; None where there was no answer.
        operation: Name of the method that was called, such as ``rent_number``.
        attempts: How often the request was sent.
        outcome_unknown: True where the service may have carried out a call that must not be repeated blindly.
        find_out: Name of the method that tells, at no cost, what became of such a call; None where none can tell.
        sent_at: When such a call began, by this machine's clock, in UTC; None where the outcome is known.
        lost_at: When its answer was given up, likewise.
        arguments: What of such a call's arguments its traces are known by: ids, days, how many phone numbers.
    """

    advice = ""
    """What to do next; ends the exception's text."""

    def __init__(
        self,
        status: int = 0,
        reason: str | None = None,
        *,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        error: Error | None = None,
        error_type: str | None = None,
        error_code: int | None = None,
        message: str | None = None,
        operation: str | None = None,
        attempts: int = 1,
        outcome_unknown: bool = False,
        find_out: str | None = None,
    ) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.body = body
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        self.error = error
        self.error_type = error_type
        self.error_code = error_code
        self.message = message
        self.operation = operation
        self.attempts = attempts
        self.outcome_unknown = outcome_unknown
        self.find_out = find_out
        self.sent_at: datetime | None = None
        self.lost_at: datetime | None = None
        self.arguments: Mapping[str, object] = {}

    @property
    def request_id(self) -> str | None:
        return self.headers.get("X-Request-Id")

    def __str__(self) -> str:
        return "\n".join(line for line in self._lines() if line)

    def _lines(self) -> list[str]:
        happened = " ".join(str(part) for part in (self.status or None, self.reason) if part)
        return [
            f"{self.operation}: {happened}" if self.operation else happened,
            self._service_said(),
            f"Request id: {self.request_id}" if self.request_id else "",
            f"Sent {self.attempts} times." if self.attempts > 1 else "",
            self._in_doubt() if self.outcome_unknown else self.advice,
        ]

    def _in_doubt(self) -> str:
        free_call = f"Find out with {self.find_out}(), or with find_outcome() of smscx_client.outcome,"
        way = free_call if self.find_out else "No other call can tell, so ask the support team"
        return f"The service may have carried this call out, and may have charged for it. {way} before you call again."

    def _service_said(self) -> str:
        words = f"{self.error_type or ''} {self.error_code if self.error_code is not None else ''}".strip()
        said = ": ".join(part for part in (words, self.message) if part)
        return re.sub(_LONG_DIGITS, lambda digits: "*" * len(digits[0]), said)


class InvalidRequestException(ApiException):
    """400: the service could not make sense of the request."""


class InvalidPhoneNumberException(ApiException):
    """400, code 1207 or 1210: the phone number is not valid."""

    advice = "Give the number in E.164 format, such as +33612246450."


class InsufficientBalanceException(ApiException):
    """400, type ``insufficient_credit``: the account's credit, or its credit limit, does not cover the call."""

    advice = "Nothing was bought. Add credit to the account, then call again."


class InvalidScopeException(ApiException):
    """400, type ``invalid_scope``: a scope that was asked for does not exist."""


class DuplicateIdException(ApiException):
    """400, type ``duplicate_id``: an identifier is in use already."""


class DuplicateValueException(ApiException):
    """400, type ``duplicate_value``: a value is in use already."""


class InvalidCredentialsException(ApiException):
    """401, or no credential to send: the API key, access token or application secret is missing or wrong."""

    advice = (
        "Give Configuration a valid api_key or access_token, or set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN"
        " in the environment."
    )


class AccessDeniedException(ApiException):
    """403: the account may not do this, or not any more."""


class InsufficientScopeException(ApiException):
    """403, type ``insufficient_scope``: the access token lacks the scope for this call."""

    advice = "Get an access token with the scope that this call needs."


class NoCoverageException(ApiException):
    """403, type ``no_coverage``: the service does not reach this destination, or may not."""


class ResourceNotFoundException(ApiException):
    """404: there is no such rent, number or lookup."""


class ApiMethodNotAllowedException(ApiException):
    """405: the path does not take this HTTP method."""


class RateLimitExcedeedException(ApiException):
    """429: too many requests in the current window. The service did not carry the call out."""

    advice = "Nothing was carried out. Wait for the end of the rate limit's window, then call again."
    retry_after: float | None = None
    """Seconds after which the service takes requests again; None where it did not say."""


RateLimitExceededException = RateLimitExcedeedException


class ServerErrorException(ApiException):
    """5xx: the service failed."""


class ApiConnectionException(ApiException):
    """No usable answer came: the service was not reached, or the connection broke."""


class ApiTimeoutException(ApiConnectionException):
    """No answer came in time."""
