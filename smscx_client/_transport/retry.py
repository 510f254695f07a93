"""Retries: which failures are retried, and after which delay."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

from urllib3.exceptions import ConnectTimeoutError, HTTPError, ProtocolError, ProxyError, ReadTimeoutError, SSLError

from smscx_client._transport.connection import HandshakeError
from smscx_client.http_info import requested_delay

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

    from smscx_client.operation import Operation

RATE_LIMITED = 429
TRANSIENT_STATUSES = frozenset({RATE_LIMITED, 500, 502, 503, 504})
BACKOFF_BASE = 0.5
"""Longest delay before the first retry, in seconds. Each further retry doubles it."""


class RetryPolicy(NamedTuple):
    """Decides whether a request is retried.

    A request of an idempotent operation is retried after transient failures. Any other is retried only if it never
    reached the service, or if the service rejected it with 429.
    """

    retries: int
    max_delay: float
    """Longest delay in seconds."""

    def delay_after_error(self, operation: Operation[Any], error: HTTPError, attempt: int) -> float | None:
        """Return the seconds to wait before the next attempt; None if there is none."""
        if attempt > self.retries or not (_could_not_connect(error) or (operation.idempotent and _broke_off(error))):
            return None
        return self._backoff(attempt)

    def delay_after_response(self, operation: Operation[Any], response: BaseHTTPResponse, attempt: int) -> float | None:
        """Return the seconds to wait before the next attempt; None if the response is final."""
        status = response.status
        retryable = status in TRANSIENT_STATUSES if operation.idempotent else status == RATE_LIMITED
        if not retryable or attempt > self.retries:
            return None
        requested = requested_delay(status, response.headers)
        delay = self._backoff(attempt) if requested is None else requested
        return delay if delay <= self.max_delay else None

    def _backoff(self, attempt: int) -> float:
        """Return an exponential backoff with full jitter."""
        return random.uniform(0, min(self.max_delay, BACKOFF_BASE * 2 ** (attempt - 1)))


def _could_not_connect(error: HTTPError) -> bool:
    cause = error.original_error if isinstance(error, ProxyError) else error
    return isinstance(cause, ConnectTimeoutError)  # urllib3's NewConnectionError is one too


def _broke_off(error: HTTPError) -> bool:
    if isinstance(error, SSLError):
        return not isinstance(error, HandshakeError)
    return isinstance(error, (ReadTimeoutError, ProtocolError))
