"""Exceptions that this package raises.

There are two branches under :class:`ApiExceptionBase`. Wrong arguments raise one of the ``Api*Error`` classes before
anything is sent; each is a subclass of the builtin error of that name. Once a call has started, it raises only
:class:`ApiException` or one of its subclasses: one per kind of error response, or :class:`ApiConnectionException` if
there was no usable response.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from smscx_client import models
else:
    from smscx_client import _typing as models


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
    "CallCancelledException",
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

# What the service sends may contain phone numbers, and characters that forge log lines or control terminals. Neither
# may reach a log through str(exception). Dates, IDs and network addresses stay readable.
_DATE = r"(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)(?:[ T]\d\d:\d\d(?::\d\d)?)?"
_ADDRESS = r"\d{1,3}(?:\.\d{1,3}){3}:\d+"
_UUID = r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
_SEPARATOR = r"[\s().\-/\u00a0\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\ufeff]"
_PHONE_NUMBER = rf"({_DATE}|{_ADDRESS}|{_UUID})|\d(?:{_SEPARATOR}{{0,3}}\d){{6,}}"
_LONGEST_LINE = 10_000
_UNPRINTABLE = r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"


class ApiExceptionBase(Exception):
    """Base class of everything that this package raises."""


class ApiTypeError(ApiExceptionBase, TypeError):
    """An argument, field or option is missing, unknown or of the wrong type; nothing was sent.

    Also raised when you read a field of a response whose value has the wrong type.
    """


class ApiValueError(ApiExceptionBase, ValueError):
    """An argument, field or option has a value that is not allowed; nothing was sent.

    Also raised when you read a date of a response that is not a valid date.
    """


class ApiAttributeError(ApiExceptionBase, AttributeError):
    """A model or a configuration has no attribute of that name."""


class ApiKeyError(ApiExceptionBase, KeyError):
    """``model["name"]`` was read or deleted, but the field is missing."""

    def __str__(self) -> str:
        return Exception.__str__(self)  # KeyError would show the repr of the message


class ApiException(ApiExceptionBase):
    """A call failed after it had started.

    Attributes:
        status: HTTP status of the response; 0 if there was no response.
        reason: Reason phrase of the status, or why there was no response.
        body: Response body as text. Bytes that are not UTF-8 are escaped.
        headers: Response headers; names are case-insensitive.
        error: The ``Error`` object that the service sent; None if the body has none.
        error_type: The service's name of the error, such as ``insufficient_credit``; None if missing.
        error_code: The service's number of the error, such as 1207; None if missing.
        message: The service's description of the error; None if missing.
        request_id: ID that SMS.CX support needs to find the request; None if there was no response.
        operation: Name of the method that was called, such as ``rent_number``.
        attempts: Number of attempts; 0 if nothing was sent.
        outcome_unknown: True if the service may have processed the request, and a retry is not safe.
        paid: Whether the call costs money when it is processed.
        started_at: Local time in UTC at which a call with an unknown outcome started; None if the outcome is known.
        failed_at: Local time in UTC at which the client stopped waiting for that call; None if the outcome is known.
        identifying_arguments: The arguments by which ``find_outcome`` recognizes the call: IDs, days, how many phone
            numbers. Empty if no other call can tell what happened.
        retry_after: Seconds until the service accepts requests again; None if it did not say.
        in_journal: Whether a journal has recorded the call, so that you can make it again.
    """

    advice = ""
    """What to do next; the last line of the message."""

    def __init__(
        self,
        status: int = 0,
        reason: str | None = None,
        details: Mapping[str, object] | None = None,
        *,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        error: models.Error | None = None,
        error_type: str | None = None,
        error_code: int | None = None,
        message: str | None = None,
        operation: str | None = None,
        attempts: int = 1,
        outcome_unknown: bool = False,
        paid: bool = False,
    ) -> None:
        super().__init__(status, reason and _without_phone_numbers(reason))
        self.status = status
        self.reason = reason
        self.body = body
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        self.request_id: str | None = self.headers.get("X-Request-Id")
        self.error = error
        self.error_type = error_type
        self.error_code = error_code
        self.message = message
        self.operation = operation
        self.attempts = attempts
        self.outcome_unknown = outcome_unknown
        self.paid = paid
        self.started_at: datetime | None = None
        self.failed_at: datetime | None = None
        self.identifying_arguments: Mapping[str, object] = {}
        self.retry_after: float | None = None
        self.in_journal: bool = False
        self._failed_at_elapsed: float | None = None
        """When the client stopped waiting, by a clock that nobody can set; None in another process."""
        self._restore(details or {})

    @property
    def args(self) -> tuple[object, ...]:  # type: ignore[override]
        """Status, reason, and a dict of other attributes, as JSON values. Serializers rebuild the exception from them.

        They contain no body, no headers and no message of the service.
        """
        details = {name: getattr(self, name) for name in _DETAILS}
        for name in _MOMENTS:
            moment: datetime | None = getattr(self, name)
            details[name] = moment and moment.isoformat()
        reason = self.reason and _without_phone_numbers(self.reason)
        return self.status, reason, {name: value for name, value in details.items() if value not in (None, {})}

    def _restore(self, details: Mapping[str, object]) -> None:
        for name in details.keys() & set(_DETAILS):
            setattr(self, name, details[name])
        for name in details.keys() & set(_MOMENTS):
            setattr(self, name, datetime.fromisoformat(str(details[name])))

    def __reduce__(self) -> tuple[Any, ...]:
        function, arguments, state = cast("tuple[Any, Any, dict[str, object]]", super().__reduce__())
        return function, arguments, {**state, "_failed_at_elapsed": None}  # the clock of another computer differs

    def __str__(self) -> str:
        return "\n".join(printable(line) for line in self._lines() if line)

    def _lines(self) -> list[str]:
        summary = " ".join(str(part) for part in (self.status or None, self.reason) if part)
        return [
            _without_phone_numbers(f"{self.operation}: {summary}" if self.operation else summary),
            _without_phone_numbers(self._service_message()),
            f"Request ID: {self.request_id}" if self.request_id else "",
            f"Failed after {self.attempts} attempts." if self.attempts > 1 else "",
            self._unknown_outcome_advice() if self.outcome_unknown else self._advice(),
        ]

    def _advice(self) -> str:
        return self.advice

    def _unknown_outcome_advice(self) -> str:
        happened = f"The request may have been processed{' and charged' if self.paid else ''}"
        if self.in_journal:
            return f"{happened}. Make the same call again: it finds out what happened before it sends anything."
        if self.identifying_arguments:
            return f"{happened}. Call find_outcome() of smscx_client.outcome before you retry."
        risk = "charge you again" if self.paid else "be processed again"
        return f"{happened}, and no other call can tell. Ask SMS.CX support, or accept that a retry may {risk}."

    def _service_message(self) -> str:
        code = f"{self.error_type or ''} {self.error_code if self.error_code is not None else ''}".strip()
        return ": ".join(part for part in (code, self.message) if part)


_DETAILS = (
    "error_type",
    "error_code",
    "request_id",
    "operation",
    "attempts",
    "outcome_unknown",
    "paid",
    "identifying_arguments",
    "retry_after",
    "in_journal",
)
_MOMENTS = ("started_at", "failed_at")


def printable(text: str) -> str:
    """Return text without characters that could forge a log line."""
    return re.sub(_UNPRINTABLE, lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _without_phone_numbers(text: str) -> str:
    short = text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}..."
    return re.sub(_PHONE_NUMBER, lambda found: found[1] or re.sub(r"\d(?=(?:\D*\d){2})", "*", found[0]), short)


class InvalidRequestException(ApiException):
    """400: the service rejected the request as invalid."""


class InvalidPhoneNumberException(ApiException):
    """400, code 1207 or 1210: the phone number is not valid."""

    advice = "Pass the number in E.164 format, such as +33612246450."


class InsufficientBalanceException(ApiException):
    """400, type ``insufficient_credit``: the account's credit (1113) or credit limit (1114) does not cover the call."""

    advice = "You were not charged. Top up the account, or ask your account manager for a higher credit limit."


class InvalidScopeException(ApiException):
    """400, type ``invalid_scope``: a requested scope does not exist."""


class DuplicateIdException(ApiException):
    """400, type ``duplicate_id``: the identifier is already in use."""


class DuplicateValueException(ApiException):
    """400, type ``duplicate_value``: the value is already in use."""


class InvalidCredentialsException(ApiException):
    """401, or no credential is configured: the API key, access token or application secret is missing or wrong."""

    advice = "Pass a valid api_key or access_token to Configuration, or set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN."


class AccessDeniedException(ApiException):
    """403: the account may not do this, or may not do it any more."""


class InsufficientScopeException(ApiException):
    """403, type ``insufficient_scope``: the access token lacks the scope for this call."""

    advice = "Get an access token with the scope that this call needs."


class NoCoverageException(ApiException):
    """403, type ``no_coverage``: the service does not cover this destination, or it is restricted."""


class ResourceNotFoundException(ApiException):
    """404: the rental, number or lookup does not exist."""


class ApiMethodNotAllowedException(ApiException):
    """405: the path does not support this HTTP method."""


class RateLimitExceededException(ApiException):
    """429, or not sent because of ``throttle``: the rate limit is exceeded. The request was not processed."""

    def _advice(self) -> str:
        wait = (
            "Wait for the rate-limit window to reset" if self.retry_after is None else f"Wait {self.retry_after:.0f} s"
        )
        return f"The request was not processed and not charged. {wait}, then retry."


RateLimitExcedeedException = RateLimitExceededException
"""The spelling of the published clients."""


class ServerErrorException(ApiException):
    """5xx: the service failed. Check ``outcome_unknown``."""


class ApiConnectionException(ApiException):
    """There was no usable response: the service could not be reached, or the connection broke."""


class ApiTimeoutException(ApiConnectionException):
    """A timeout ended the call before there was a response."""


class CallCancelledException(ApiException):
    """Your code cancelled the call while it waited to be sent, retried or polled."""
