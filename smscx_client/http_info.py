"""What is worth knowing of the HTTP answer behind a model or an exception."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import mktime_tz, parsedate_tz
from typing import NamedTuple


class RateLimit(NamedTuple):
    """How many requests the service still takes; a part that the answer did not tell is None."""

    limit: int | None
    """Requests allowed in the current window."""
    remaining: int | None
    """Requests left in the current window."""
    reset: datetime | None
    """When the window ends, in UTC. The service tells it with a 429."""


class HttpInfo(NamedTuple):
    """The HTTP answer that a model came from."""

    status: int
    headers: Mapping[str, str]
    """Names in any case."""

    @property
    def request_id(self) -> str | None:
        """What the support team needs to find the request."""
        return self.headers.get("X-Request-Id")

    @property
    def rate_limit(self) -> RateLimit:
        """How many requests the service still takes."""
        return read_rate_limit(self.headers)


def read_rate_limit(headers: Mapping[str, str]) -> RateLimit:
    """What the ``X-Rate-Limit-*`` headers say; a header that is missing or no number is None."""
    limit, remaining, reset = (_number(headers.get(f"X-Rate-Limit-{name}")) for name in ("Limit", "Remaining", "Reset"))
    return RateLimit(limit, remaining, _moment(reset))


def wait_asked(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds for which the service asks to be left alone; None where it does not ask.

    They are counted from the answer's own date where it has one, so that a wrong local clock does not matter.
    """
    retry_after = headers.get("Retry-After")
    if retry_after is not None and (seconds := _number(retry_after.strip())) is not None:
        return float(seconds)
    until = _unix_time(retry_after)
    if until is not None:
        return _seconds_until(until, headers)
    return window_left(headers) if status == 429 else None


def window_left(headers: Mapping[str, str]) -> float | None:
    """Seconds until the rate limit's window ends; None where the answer does not tell."""
    reset = _number(headers.get("X-Rate-Limit-Reset"))
    return None if reset is None else _seconds_until(reset, headers)


def clock_ahead(headers: Mapping[str, str]) -> float:
    """Seconds that the clock of the service, which has just answered, is ahead of ours; 0 where it sent no date."""
    now = time.time()
    return (_unix_time(headers.get("Date")) or now) - now


def _seconds_until(moment: float, headers: Mapping[str, str]) -> float:
    return max(0.0, moment - (_unix_time(headers.get("Date")) or time.time()))


def _unix_time(date: str | None) -> float | None:
    parsed = parsedate_tz(date) if date else None
    try:
        return mktime_tz(parsed) if parsed else None
    except (ValueError, OverflowError):
        return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else None


def _moment(unix_time: int | None) -> datetime | None:
    if unix_time is None:
        return None
    try:
        return datetime.fromtimestamp(unix_time, timezone.utc)
    except (ValueError, OverflowError, OSError):  # beyond the years that this platform can tell
        return None
