"""Errors: from an error response, or from urllib3's exception, to the exception that a call raises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)

from smscx_client._transport.connection import HandshakeError
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
    from urllib3.response import BaseHTTPResponse
    from urllib3.util import Timeout

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


class ErrorResponse(NamedTuple):
    """An error response that was read."""

    status: int
    reason: str | None
    headers: Mapping[str, str]
    body: bytes
    attempts: int

    @classmethod
    def read(cls, response: BaseHTTPResponse, attempts: int) -> ErrorResponse:
        """Read an error response. The body is empty if it cannot be read, because the status matters more."""
        try:
            body = response.data
        except HTTPError:
            body = b""
        return cls(response.status, response.reason, response.headers, body, attempts)

    def error(self) -> dict[str, object]:
        """Return the body's error object; empty if it has none."""
        try:
            document = json.loads(self.body)
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


def response_exception(operation: Operation[Any], response: ErrorResponse, error: Mapping[str, object]) -> ApiException:
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
        attempts=response.attempts,
        outcome_unknown=response.status >= 500 and not operation.idempotent,
        paid=operation.paid,
    )
    if isinstance(exception, RateLimitExceededException):
        exception.retry_after = requested_delay(response.status, response.headers)
    return exception


def connection_exception(
    operation: Operation[Any], error: HTTPError, attempts: int, timeout: Timeout
) -> ApiConnectionException:
    """Return the exception for a request that got no usable response."""
    never_sent = isinstance(error, (ConnectTimeoutError, HandshakeError, ProxyError, LocationParseError))
    late = isinstance(error, (ReadTimeoutError, ConnectTimeoutError)) and not isinstance(error, NewConnectionError)
    late = late or any(isinstance(part, TimeoutError) for part in error.args)
    return (ApiTimeoutException if late else ApiConnectionException)(
        reason=_reason(error, timeout, late=late),
        operation=operation.name,
        attempts=attempts,
        outcome_unknown=not (operation.idempotent or never_sent),
        paid=operation.paid,
    )


def decode_body(body: bytes) -> str:
    """Return a body as text, whatever it is. Bytes that are not UTF-8 are escaped."""
    return body.decode("utf-8", "backslashreplace")


def _reason(error: HTTPError, timeout: Timeout, *, late: bool) -> str:
    if isinstance(error, ProxyError):
        cause = error.original_error
        return (
            f"the proxy failed: {_connect_failure(cause) if isinstance(cause, NewConnectionError) else error.args[0]}"
        )
    if isinstance(error, NewConnectionError):
        return _connect_failure(error)
    if isinstance(error, ConnectTimeoutError):
        return f"could not connect within {timeout.connect_timeout:g} s"
    if late and isinstance(timeout.read_timeout, (int, float)):
        return f"no response within {timeout.read_timeout:g} s"
    if isinstance(error, HandshakeError):
        return f"the TLS handshake failed: {error.args[0]}"
    parts = dict.fromkeys(str(part).rstrip(".") for part in error.args)
    return ": ".join(part[:1].lower() + part[1:] for part in parts)


def _connect_failure(error: NewConnectionError) -> str:
    cause = error.__cause__
    detail = str(getattr(cause, "strerror", None) or cause or error._message)
    return f"could not connect to {error.conn.host}:{error.conn.port}: {detail[:1].lower()}{detail[1:]}"


def _integer(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
