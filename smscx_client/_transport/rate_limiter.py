"""Rate limiter: waits for the rate-limit window to reset instead of getting a 429."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock

from smscx_client._argument_checks import MAX_SECONDS
from smscx_client._transport.call import Call
from smscx_client._transport.cancellation import sleep
from smscx_client.exceptions import RateLimitExceededException
from smscx_client.http_info import read_rate_limit, seconds_until_reset


class RateLimiter:
    """The requests left in the current window, shared by the threads of a client.

    Requests are delayed only after a response with ``X-Rate-Limit-Reset``, which says when the window ends.

    Args:
        max_delay: Longest delay in seconds.
    """

    def __init__(self, max_delay: float) -> None:
        self._max_delay = max_delay
        self._lock = Lock()
        self._remaining = 0
        self._resets_at = 0.0

    def acquire(self, call: Call) -> None:
        """Take one of the requests left in the window; if none is left, wait until the window resets.

        Raises:
            RateLimitExceededException: the window resets too late. The request was not sent.
        """
        while (delay := self._take()) > 0:
            if delay > min(self._max_delay, call.remaining()):
                reason = f"not sent: the rate-limit window resets in {delay:.0f} s"
                exception = RateLimitExceededException(reason=reason, operation=call.operation.name, attempts=0)
                exception.retry_after = delay
                raise exception
            sleep(delay, call.operation.name)

    def update(self, headers: Mapping[str, str]) -> None:
        """Read the state of the window from a response."""
        remaining, seconds = read_rate_limit(headers).remaining, seconds_until_reset(headers)
        if remaining is None or seconds is None or seconds > MAX_SECONDS:  # must not stop the client for good
            return
        resets_at = time.monotonic() + seconds
        with self._lock:
            # Clocks have a resolution of one second, so two responses may differ that much about the same window.
            same_window = resets_at < self._resets_at + 1.5
            self._remaining = min(self._remaining, remaining) if same_window else remaining
            self._resets_at = max(self._resets_at, resets_at)

    def _take(self) -> float:
        """Return the seconds to wait; 0 if a request may be sent now."""
        with self._lock:
            seconds = self._resets_at - time.monotonic()
            if seconds <= 0:
                return 0.0
            if self._remaining > 0:
                self._remaining -= 1
                return 0.0
            return seconds
