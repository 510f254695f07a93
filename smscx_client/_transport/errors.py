"""Errors: from an error response, or from urllib3's exception, to the exception that a call raises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from smscx_client._transport.response import Failure, Response
from smscx_client.exceptions import (
    AccessDeniedException,
    ApiConnectionException,
    ApiException,
    ApiMethodNotAllowedException,
    ApiTimeoutException,
    DuplicateIdException,
    DuplicateValueException,
    InsufficientBalanceException,
    InsufficientScopeException,
    InvalidCredentialsException,
    InvalidPhoneNumberException,
    InvalidRequestException,
    InvalidScopeException,
    NoCoverageException,
    RateLimitExceededException,
    ResourceNotFoundException,
    ServerErrorException,
)
from smscx_client.http_info import requested_delay

if TYPE_CHECKING:
    from smscx_client.operation import Operation

BY_STATUS: Mapping[int, type[ApiException]] = {
    400: InvalidRequestException,
    401: InvalidCredentialsException,
    403: AccessDeniedException,
    404: ResourceNotFoundException,
    405: ApiMethodNotAllowedException,
    429: RateLimitExceededException,
}
BY_TYPE: Mapping[tuple[int, str], type[ApiException]] = {
    (400, "insufficient_credit"): InsufficientBalanceException,
    (400, "invalid_scope"): InvalidScopeException,
    (400, "duplicate_id"): DuplicateIdException,
    (400, "duplicate_value"): DuplicateValueException,
    (403, "insufficient_scope"): InsufficientScopeException,
    (403, "no_coverage"): NoCoverageException,
}
BY_CODE: Mapping[tuple[int, int], type[ApiException]] = {
    (400, 1207): InvalidPhoneNumberException,
    (400, 1210): InvalidPhoneNumberException,
}


def error_object(body: bytes) -> dict[str, object]:
    """Return the error object of a response body; empty if it has none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error = cast("dict[str, object]", document).get("error") if isinstance(document, dict) else None
    return cast("dict[str, object]", error) if isinstance(error, dict) else {}


def exception_class(status: int, error_type: str | None, code: int | None) -> type[ApiException]:
    """Return the exception class of an error: by status and type, then by status and code, then by status."""
    by_type = BY_TYPE.get((status, error_type or ""))
    by_code = BY_CODE.get((status, code or 0))
    fallback = ServerErrorException if 500 <= status <= 599 else ApiException
    return by_type or by_code or BY_STATUS.get(status, fallback)


def response_exception(operation: Operation[Any], response: Response, error: Mapping[str, object]) -> ApiException:
    """Return the exception for an error response with this error object."""
    error_type, message, code = error.get("type"), error.get("message"), _integer(error.get("code"))
    name = error_type if isinstance(error_type, str) else None
    exception = exception_class(response.status, name, code)(
        response.status,
        response.reason,
        body=decode_body(response.body),
        headers=response.headers,
        error_type=name,
        error_code=code,
        message=message if isinstance(message, str) else None,
        operation=operation.name,
        attempts=response.attempt,
        outcome_unknown=not (400 <= response.status <= 499 or operation.idempotent),
        paid=operation.paid,
    )
    if isinstance(exception, RateLimitExceededException):
        exception.retry_after = requested_delay(response.status, response.headers)
    return exception


def connection_exception(operation: Operation[Any], failure: Failure) -> ApiConnectionException:
    """Return the exception for a request that got no usable response."""
    return (ApiTimeoutException if failure.timed_out else ApiConnectionException)(
        reason=failure.reason,
        operation=operation.name,
        attempts=failure.attempt,
        outcome_unknown=not (operation.idempotent or failure.never_sent),
        paid=operation.paid,
    )


def decode_body(body: bytes) -> str:
    """Return a body as text, whatever it is. Bytes that are not UTF-8 are escaped."""
    return body.decode("utf-8", "backslashreplace")


def _integer(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
