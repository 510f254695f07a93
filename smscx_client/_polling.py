"""Polling with backoff, jitter, a timeout and cancellation."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from smscx_client import _clock
from smscx_client._argument_checks import check_seconds, describe
from smscx_client._transport.cancellation import cancelled_by, sleep
from smscx_client.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    ApiTypeError,
    ApiValueError,
    CallCancelledException,
    RateLimitExceededException,
    ServerErrorException,
)

if TYPE_CHECKING:
    from threading import Event

    from smscx_client.api.numbers_api import NumbersApi

T = TypeVar("T")
Polled = TypeVar("Polled")

TRANSIENT_ERRORS = (ApiConnectionException, RateLimitExceededException, ServerErrorException)
"""Failures of one poll that do not end the polling."""
BACKOFF_FACTOR = 1.5
LAST_POLL_TIME = 1.0
"""Seconds that the last poll may take."""


class Polling:
    """A polling schedule: when to poll, and how much time each poll has.

    Args:
        operation: Name of the operation that is polled, for messages.
        api: Makes the calls. Each of them has the total timeout of its configuration, or the rest of ``timeout``.
        timeout: Seconds until the last poll; 0 means one poll.
        poll_interval: Longest first interval in seconds. Each interval is chosen at random between half of it and all
            of it, and the next one may be half as long again.
        max_poll_interval: Longest interval in seconds.
        cancel: Ends the polling when it is set.

    Raises:
        ApiTypeError: an argument has the wrong type.
        ApiValueError: an argument is negative, or the first interval is 0 or above the longest.
    """

    def __init__(
        self,
        operation: str,
        api: NumbersApi,
        timeout: float,
        poll_interval: float = 1.0,
        max_poll_interval: float = 10.0,
        cancel: Event | None = None,
    ) -> None:
        check_seconds("timeout", timeout)
        check_seconds("poll_interval", poll_interval)
        check_seconds("max_poll_interval", max_poll_interval)
        if not 0 < poll_interval <= max_poll_interval:
            limit = f"at most max_poll_interval, {max_poll_interval:g} s"
            raise ApiValueError(f"poll_interval must be more than 0 s and {limit}, not {poll_interval:g}")
        wait: Any = getattr(cancel, "wait", None)
        if cancel is not None and not callable(wait):
            raise ApiTypeError(f"cancel must be a threading.Event or None, not {describe(cancel)}")
        self.operation = operation
        self._end = _clock.elapsed() + timeout
        self._interval = poll_interval
        self._max_interval = max_poll_interval
        self._cancel = cancel
        self._total_timeout = api.api_client.configuration.total_timeout

    def call(self, method: Callable[..., T], *args: object, **options: object) -> T:
        """Call a method of the API in the time that is left for the current poll.

        Raises:
            ApiTimeoutException: no time is left.
            ApiException: the call failed.
        """
        remaining = self._end + LAST_POLL_TIME - _clock.elapsed()
        if remaining <= 0:
            raise ApiTimeoutException(reason="the poll was not complete in time", operation=self.operation, attempts=0)
        timeout = remaining if self._total_timeout is None else min(remaining, self._total_timeout)
        with nullcontext() if self._cancel is None else cancelled_by(self._cancel):
            return method(*args, **options, _total_timeout=timeout)

    def extend(self, seconds: float) -> None:
        """Move the end of the timeout, by the time that was not spent on polling."""
        self._end += seconds

    def tolerant_until(
        self, poll: Callable[[], Polled], choose: Callable[[Polled], T | None], missing: Callable[[], str]
    ) -> T:
        """Poll until there is a result. Transient failures of a poll do not end the polling.

        Args:
            poll: Polls once.
            choose: Returns the result that a poll found, or None. Its exceptions end the polling.
            missing: Returns what is missing, for the message after the timeout.

        Raises:
            ApiTimeoutException: there was no result before the timeout. The last failure, if any, is its cause.
            CallCancelledException: ``cancel`` was set.
            ApiException: a poll failed, and the failure is not transient.
        """
        failure: ApiException | None = None
        for _ in self.times():
            try:
                polled = poll()
            except TRANSIENT_ERRORS as exception:
                failure = exception
                continue
            result = choose(polled)
            if result is not None:
                return result
        raise ApiTimeoutException(reason=missing(), operation=self.operation) from failure

    def times(self) -> Iterator[None]:
        """Return an iterator that ends after the timeout. Poll once per iteration.

        Raises:
            CallCancelledException: ``cancel`` was set.
        """
        while True:
            last = _clock.elapsed() >= self._end
            if self._cancel is not None and self._cancel.is_set():
                raise CallCancelledException(reason="cancelled while polling", operation=self.operation, attempts=0)
            yield
            if last:
                return
            delay = random.uniform(self._interval / 2, self._interval)
            self._sleep(max(0.0, min(delay, self._end - _clock.elapsed())))
            self._interval = min(self._interval * BACKOFF_FACTOR, self._max_interval)

    def _sleep(self, seconds: float) -> None:
        if self._cancel is None:
            sleep(seconds, self.operation)
        else:
            _clock.wait(seconds, self._cancel)
