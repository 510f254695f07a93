"""Retries: which failures are retried, and after which delay."""

from __future__ import annotations

import random
from typing import NamedTuple

from smscx_client._transport.call import Call
from smscx_client._transport.response import Failure, Response
from smscx_client.http_info import requested_delay

RATE_LIMITED = 429
TRANSIENT_STATUSES = frozenset({RATE_LIMITED, 500, 502, 503, 504})
BACKOFF_BASE = 0.5
"""Longest delay before the first retry, in seconds. Each further retry doubles it."""


class RetryPolicy(NamedTuple):
    """Decides whether a request is retried.

    A request of an idempotent operation is retried after transient failures. Any other is retried only if it never
    reached the service, or if the service rejected it with 429.
    """

    max_delay: float
    """Longest delay in seconds."""

    def delay(self, call: Call, result: Response | Failure) -> float | None:
        """Return the seconds to wait before the next attempt; None if this result is final."""
        if isinstance(result, Response) and result.status < 400:
            return None
        if result.attempt > call.retries or not self._retryable(call, result):
            return None
        delay = self._backoff(result.attempt)
        if isinstance(result, Response):
            requested = requested_delay(result.status, result.headers)
            delay = delay if requested is None else requested
        return delay if delay <= min(self.max_delay, call.remaining()) else None

    def _retryable(self, call: Call, result: Response | Failure) -> bool:
        if isinstance(result, Failure):
            return result.transient and (result.never_sent or call.operation.idempotent)
        return result.status == RATE_LIMITED or (call.operation.idempotent and result.status in TRANSIENT_STATUSES)

    def _backoff(self, attempt: int) -> float:
        """Return an exponential backoff with full jitter."""
        return random.uniform(0, min(self.max_delay, BACKOFF_BASE * 2 ** (attempt - 1)))
