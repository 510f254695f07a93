"""Rate limit of an account."""

from __future__ import annotations

from datetime import datetime


class RateLimit:
    """A limit of requests per fixed window.

    Args:
        limit: Requests per window.
        window: Length of a window in seconds.
    """

    def __init__(self, limit: int, window: int) -> None:
        self.limit: int = limit
        self.window: int = window
        self._reset = self._used = 0

    def take(self, now: datetime) -> bool:
        """Count a request, and return whether it is within the limit."""
        seconds = int(now.timestamp())
        if not self._reset - self.window <= seconds < self._reset:  # the clock can also go back
            self._reset = seconds + self.window
            self._used = 0
        if self._used >= self.limit:
            return False
        self._used += 1
        return True

    def headers(self, now: datetime) -> dict[str, str]:
        used = self._used if int(now.timestamp()) < self._reset else 0
        return {"X-Rate-Limit-Limit": str(self.limit), "X-Rate-Limit-Remaining": str(self.limit - used)}

    def reset_header(self, now: datetime) -> dict[str, str]:
        """Return the header with the end of the window, which is in the future even if no window has begun."""
        return {"X-Rate-Limit-Reset": str(max(self._reset, int(now.timestamp()) + 1))}
