"""From an HTTP error answer to the exception that fits it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from smscx_client.exceptions import (
    AccessDeniedException,
    ApiException,
    ApiMethodNotAllowedException,
    DuplicateIdException,
    DuplicateValueException,
    InsufficientBalanceException,
    InsufficientScopeException,
    InvalidCredentialsException,
    InvalidPhoneNumberException,
    InvalidRequestException,
    InvalidScopeException,
    NoCoverageException,
    RateLimitExcedeedException,
    ResourceNotFoundException,
    ServerErrorException,
)
from smscx_client.http_info import wait_asked

if TYPE_CHECKING:
    from smscx_client.operation import Operation

BY_STATUS: Mapping[int, type[ApiException]] = {
    400: InvalidRequestException,
    401: InvalidCredentialsException,
    403: AccessDeniedException,
    404: ResourceNotFoundException,
    405: ApiMethodNotAllowedException,
    429: RateLimitExcedeedException,
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


def exception_class(status: int, error_type: str | None, code: int | None) -> type[ApiException]:
    """The class for an error: the status decides, then the type, then the code."""
    by_type = BY_TYPE.get((status, error_type or ""))
    by_code = BY_CODE.get((status, code or 0))
    general = ServerErrorException if 500 <= status <= 599 else ApiException
    return by_type or by_code or BY_STATUS.get(status, general)


def exception_for(
    operation: Operation[Any],
    status: int,
    reason: str | None,
    headers: Mapping[str, str],
    body: bytes,
    attempts: int,
) -> ApiException:
    """The exception for an answer that is no success, whatever its body is."""
    from smscx_client.model.error import Error  # only a failing call needs it

    said = _error_object(body)
    error_type, message, code = said.get("type"), said.get("message"), _integer(said.get("code"))
    word = error_type if isinstance(error_type, str) else None
    exception = exception_class(status, word, code)(
        status,
        reason,
        body=text_of(body),
        headers=headers,
        error=Error.from_dict(said) if said else None,
        error_type=word,
        error_code=code,
        message=message if isinstance(message, str) else None,
        operation=operation.name,
        attempts=attempts,
        outcome_unknown=status >= 500 and not operation.repeatable,
        find_out=operation.find_out,
    )
    if isinstance(exception, RateLimitExcedeedException):
        exception.retry_after = wait_asked(status, headers)
    return exception


def text_of(body: bytes) -> str:
    """A body as text, whatever it is: bytes that are no UTF-8 are escaped."""
    return body.decode("utf-8", "backslashreplace")


def _error_object(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error = cast("dict[str, object]", document).get("error") if isinstance(document, dict) else None
    return cast("dict[str, object]", error) if isinstance(error, dict) else {}


def _integer(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
