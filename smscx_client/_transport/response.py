"""The result of an attempt: a response or a failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    InvalidHeader,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.response import BaseHTTPResponse

from smscx_client._transport.call import Call
from smscx_client._transport.connection import HandshakeError, TunnelError

ACCEPTED_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate", "identity"})
READ_SIZE = 65_536
"""Bytes read at a time if the size of the decompressed body is not known."""


class UnusableResponseError(HTTPError):
    """The response is too large, or has an encoding that the client did not ask for."""


class Response(NamedTuple):
    """A response whose body was read, unless the caller reads it."""

    status: int
    reason: str | None
    headers: Mapping[str, str]
    body: bytes
    raw: BaseHTTPResponse
    attempt: int


class Failure(NamedTuple):
    """An attempt without a usable response."""

    reason: str
    kind: str
    """Name of the exception class."""
    transient: bool
    """Whether another attempt may help."""
    never_sent: bool
    timed_out: bool
    attempt: int


def read_response(call: Call, raw: BaseHTTPResponse, max_size: int, attempt: int) -> Response:
    """Read the body of a response. A successful response of a streaming call is left unread.

    Raises:
        HTTPError: the body of a successful response cannot be read, or is too large.
    """
    successful = 200 <= raw.status <= 299
    body = b""
    if not (successful and call.stream):
        try:
            body = _read_body(raw, max_size)
        except BaseException as error:
            raw.close()
            if successful or not isinstance(error, HTTPError):
                raise
    return Response(raw.status, raw.reason, raw.headers, body, raw, attempt)


def failure_of(call: Call, error: HTTPError, attempt: int) -> Failure:
    """Return what an exception of urllib3 means."""
    cause = error.original_error if type(error) is ProxyError else error
    if isinstance(cause, ConnectionError):
        # http.client has closed the connection, so urllib3 wrongly reports that it never reached the proxy.
        error = cause = ProtocolError("connection aborted", cause)
    could_not_connect = isinstance(cause, ConnectTimeoutError)  # NewConnectionError is one too
    broke_off = isinstance(error, (DecodeError, InvalidHeader, ProtocolError, ReadTimeoutError, SSLError))
    timed_out = isinstance(error, (ReadTimeoutError, ConnectTimeoutError)) and not isinstance(error, NewConnectionError)
    return Failure(
        _reason(call, error),
        type(error).__name__,
        transient=could_not_connect or (broke_off and not isinstance(error, HandshakeError)),
        never_sent=isinstance(cause, (ConnectTimeoutError, HandshakeError, TunnelError)),
        timed_out=timed_out or any(isinstance(part, TimeoutError) for part in error.args),
        attempt=attempt,
    )


def _read_body(raw: BaseHTTPResponse, max_size: int) -> bytes:
    encoding = raw.headers["Content-Encoding"] if "Content-Encoding" in raw.headers else ""  # noqa: SIM401 - faster
    if encoding and not ACCEPTED_ENCODINGS.issuperset(encoding.lower().replace(" ", "").split(",")):
        raise UnusableResponseError("the response has a content encoding that the client did not ask for")
    length = None if encoding else _content_length(raw)
    if length is not None:
        if length > max_size:
            raise _too_large(max_size)
        return raw.read()
    return _read_parts(raw, max_size)


def _content_length(raw: BaseHTTPResponse) -> int | None:
    length = raw.headers.get("Content-Length", "")
    if "Transfer-Encoding" in raw.headers:  # takes precedence
        return None
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None


def _read_parts(raw: BaseHTTPResponse, max_size: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := raw.read(READ_SIZE):
        size += len(part)
        if size > max_size:
            raise _too_large(max_size)
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(max_size: int) -> UnusableResponseError:
    return UnusableResponseError(f"the response is larger than max_response_size ({max_size:,} bytes)")


def _reason(call: Call, error: HTTPError) -> str:
    if call.remaining() <= 0:
        return f"not complete within the total timeout of {round(call.total_timeout or 0, 2):g} s"
    if isinstance(error, ProxyError):
        cause = error.original_error
        failure = _connect_failure(cause) if isinstance(cause, NewConnectionError) else error.args[0]
        return f"the proxy failed: {failure}"
    if isinstance(error, NewConnectionError):
        return _connect_failure(error)
    return _timeout_reason(call, error) or _detail(error)


def _timeout_reason(call: Call, error: HTTPError) -> str | None:
    if isinstance(error, ConnectTimeoutError):
        return f"could not connect within {_seconds(call, 0)}"
    if isinstance(error, ReadTimeoutError) or any(isinstance(part, TimeoutError) for part in error.args):
        return f"no response within {_seconds(call, 1)}"
    return None


def _detail(error: HTTPError) -> str:
    parts = dict.fromkeys(str(part).rstrip(".") for part in error.args)
    text = ": ".join(part[:1].lower() + part[1:] for part in parts)
    return f"the TLS handshake failed: {text}" if isinstance(error, HandshakeError) else text


def _seconds(call: Call, which: int) -> str:
    timeout = call.timeouts[which] if call.timeouts else None
    return "the system's timeout" if timeout is None else f"{timeout:g} s"


def _connect_failure(error: NewConnectionError) -> str:
    cause = error.__cause__
    detail = str(getattr(cause, "strerror", None) or cause or "connection failed")
    return f"could not connect to {error.conn.host}:{error.conn.port}: {detail[:1].lower()}{detail[1:]}"
