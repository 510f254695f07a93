"""HTTP details of the response behind a model or an exception: status, headers, request ID, rate limit."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import mktime_tz, parsedate_tz
from typing import NamedTuple

_YEAR_2001, _YEAR_3000 = 1e9, 32_503_680_000.0


class RateLimit(NamedTuple):
    """State of the rate limit. A value that the response did not have is None."""

    limit: int | None
    """Requests allowed per window."""
    remaining: int | None
    """Requests left in the current window."""
    reset: datetime | None
    """When the window resets, in UTC. The service sends it with a 429."""


class HttpInfo(NamedTuple):
    """The HTTP response that a model was read from."""

    status: int
    headers: Mapping[str, str]
    """Response headers; names are case-insensitive."""
    replayed: bool = False
    """Whether a journal returned the response of an earlier call, and nothing was sent."""
    recovered: bool = False
    """Whether the response was lost, and was rebuilt from what the service tells about its result."""

    @property
    def request_id(self) -> str | None:
        """ID that SMS.CX support needs to find the request."""
        return self.headers.get("X-Request-Id")

    @property
    def rate_limit(self) -> RateLimit:
        """State of the rate limit after this request."""
        return read_rate_limit(self.headers)


class Attempt(NamedTuple):
    """One attempt of a call, for ``Configuration(on_attempt=...)``."""

    operation: str
    """Name of the method that was called, such as ``rent_number``."""
    number: int
    """1 for the first attempt, 2 for the first retry."""
    status: int | None
    """HTTP status; None if there was no response."""
    error: str | None
    """Class of the error if there was no usable response, such as ``ReadTimeoutError``."""
    seconds: float
    """How long the attempt took."""
    delay: float | None
    """Seconds until the next attempt; None if this was the last one."""
    request_id: str | None
    """ID that SMS.CX support needs to find the request."""
    rate_limit: RateLimit
    """State of the rate limit after the attempt."""
    paid: bool
    """Whether the call costs money when it is processed."""


def read_rate_limit(headers: Mapping[str, str]) -> RateLimit:
    """Return the values of the ``X-Rate-Limit-*`` headers; None for a header that is missing or not a number."""
    limit, remaining, reset = (_number(headers.get(f"X-Rate-Limit-{name}")) for name in ("Limit", "Remaining", "Reset"))
    return RateLimit(limit, remaining, _moment(reset))


def requested_delay(status: int, headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a response asks to wait before a retry; None if it does not say.

    Times are compared with the response's own ``Date``, if it has one, so a wrong local clock does not matter.
    """
    retry_after = headers.get("Retry-After")
    if retry_after is not None and (seconds := _number(retry_after.strip())) is not None:
        return float(seconds)
    until = _unix_time(retry_after)
    if until is not None:
        return _seconds_until(until, headers)
    return seconds_until_reset(headers) if status == 429 else None


def seconds_until_reset(headers: Mapping[str, str]) -> float | None:
    """Return the seconds until the rate-limit window resets; None if the response does not say."""
    reset = _number(headers.get("X-Rate-Limit-Reset"))
    return None if reset is None else _seconds_until(reset, headers)


def service_time(headers: Mapping[str, str]) -> datetime:
    """Return the service's time when it sent a response; the local time if the response has no ``Date``."""
    return datetime.fromtimestamp(time.time() + (clock_offset(headers) or 0.0), timezone.utc)


def clock_offset(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds the service's clock is ahead of the local clock; None if the response does not say.

    The response must have just arrived.
    """
    sent_at = _unix_time(headers.get("Date"))
    return sent_at - time.time() if sent_at is not None and _YEAR_2001 < sent_at < _YEAR_3000 else None


def _seconds_until(moment: float, headers: Mapping[str, str]) -> float:
    return max(0.0, moment - (_unix_time(headers.get("Date")) or time.time()))


def _unix_time(date: str | None) -> float | None:
    parsed = parsedate_tz(date) if date else None
    try:
        return float(mktime_tz(parsed)) if parsed else None
    except (ValueError, OverflowError):
        return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else None


def _moment(unix_time: float | None) -> datetime | None:
    if unix_time is None:
        return None
    try:
        return datetime.fromtimestamp(unix_time, timezone.utc)
    except (ValueError, OverflowError, OSError):  # out of the platform's range
        return None
