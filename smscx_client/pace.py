"""Pace: waiting for the end of the rate limit's window, rather than being refused."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock

from smscx_client.exceptions import RateLimitExcedeedException
from smscx_client.http_info import read_rate_limit, window_left
from smscx_client.sleeping import sleep


class Pace:
    """What the threads of a client know of the rate limit, so that they share what remains of a window.

    The end of a window is known from an answer with ``X-Rate-Limit-Reset``. As long as none has told it, requests go
    at once.

    Args:
        wait_max: Longest wait, in seconds.
    """

    def __init__(self, wait_max: float) -> None:
        self._wait_max = wait_max
        self._lock = Lock()
        self._remaining = 0
        self._ends = 0.0

    def wait_turn(self, operation: str) -> None:
        """Take one of the requests that remain in the window; where none does, wait for its end.

        Raises:
            RateLimitExcedeedException: the window ends too late to wait for it. Nothing was sent.
        """
        while (pause := self._take()) > 0:
            if pause > self._wait_max:
                reason = f"nothing was sent: the rate limit's window ends in {pause:.0f} s"
                exception = RateLimitExcedeedException(reason=reason, operation=operation)
                exception.retry_after = pause
                raise exception
            sleep(pause, operation)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take in what an answer says of the window."""
        remaining, left = read_rate_limit(headers).remaining, window_left(headers)
        if remaining is None or left is None:
            return
        ends = time.monotonic() + left
        with self._lock:
            # The clocks tell whole seconds, so the end of one window may be told with a second's difference.
            same_window = ends < self._ends + 1.5
            self._remaining = min(self._remaining, remaining) if same_window else remaining
            self._ends = max(self._ends, ends)

    def _take(self) -> float:
        """Seconds to wait; 0 where a request may go now."""
        with self._lock:
            left = self._ends - time.monotonic()
            if left <= 0:
                return 0.0
            if self._remaining > 0:
                self._remaining -= 1
                return 0.0
            return left
