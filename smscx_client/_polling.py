"""Polling with backoff and jitter."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from smscx_client._argument_checks import check_seconds
from smscx_client.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    ApiValueError,
    RateLimitExceededException,
    ServerErrorException,
)

T = TypeVar("T")
Polled = TypeVar("Polled")

TRANSIENT_ERRORS = (ApiConnectionException, RateLimitExceededException, ServerErrorException)
"""Failures of one poll that do not end the polling."""
BACKOFF_FACTOR = 1.5


def polls(timeout: float, poll_interval: float, max_poll_interval: float) -> Iterator[None]:
    """Return an iterator that yields when it is time to poll: at once, after each interval, and at the timeout.

    Args:
        timeout: Seconds until the last poll; 0 means one poll.
        poll_interval: Longest first interval in seconds. Each interval is chosen at random between half of it and all
            of it, and the next one may be half as long again.
        max_poll_interval: Longest interval in seconds.

    Raises:
        ApiTypeError: an argument is not a number.
        ApiValueError: an argument is negative, or the first interval is 0 or above the longest.
    """
    check_seconds("timeout", timeout)
    check_seconds("poll_interval", poll_interval)
    check_seconds("max_poll_interval", max_poll_interval)
    if not 0 < poll_interval <= max_poll_interval:
        limit = f"at most max_poll_interval, {max_poll_interval:g} s"
        raise ApiValueError(f"poll_interval must be more than 0 s and {limit}, not {poll_interval:g}")
    return _schedule(time.monotonic() + timeout, poll_interval, max_poll_interval)


def _schedule(end: float, poll_interval: float, max_poll_interval: float) -> Iterator[None]:
    while True:
        last = time.monotonic() >= end
        yield
        if last:
            return
        delay = random.uniform(poll_interval / 2, poll_interval)
        time.sleep(max(0.0, min(delay, end - time.monotonic())))
        poll_interval = min(poll_interval * BACKOFF_FACTOR, max_poll_interval)


def poll_until(
    operation: str,
    schedule: Iterator[None],
    poll: Callable[[], Polled],
    choose: Callable[[Polled], T | None],
    missing: Callable[[], str],
) -> T:
    """Poll until there is a result. Transient failures of a poll do not end the polling.

    Args:
        operation: Name of the operation that is polled, for messages.
        schedule: When to poll; see :func:`polls`.
        poll: Polls once.
        choose: Returns the result that a poll brought, or None. Its exceptions end the polling.
        missing: Says what is missing, for the message when the time is over.

    Raises:
        ApiTimeoutException: there was no result in time. The last failure, if there was one, is its cause.
        ApiException: a poll failed for good.
    """
    failure: ApiException | None = None
    for _ in schedule:
        try:
            polled = poll()
        except TRANSIENT_ERRORS as exception:
            failure = exception
            continue
        result = choose(polled)
        if result is not None:
            return result
    raise ApiTimeoutException(reason=missing(), operation=operation) from failure
