"""Batches: read the input of a run, send batches in threads, and keep the order of the results."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from threading import Event
from typing import NamedTuple, TypeVar

from smscx_client._argument_checks import check_int, check_string, check_strings, describe
from smscx_client._transport.cancellation import cancelled_by
from smscx_client.exceptions import ApiTypeError
from smscx_client.model_utils import UNSET

T = TypeVar("T")

BATCH_SIZE = 40_000
"""Maximum number of phone numbers that the service accepts in one request."""
MAX_THREADS = 100


class Progress(NamedTuple):
    """Progress of a run."""

    completed: int
    """Numbers completed so far."""
    batches: int
    """Batches completed so far."""
    cost: float
    """Amount spent, in the account's currency. With a journal it includes earlier runs."""


class NumberStream:
    """Phone numbers of the input, read when they are needed. ``peek`` returns numbers without removing them."""

    def __init__(self, numbers: Iterable[str]) -> None:
        self._unread = iter(numbers)
        self._buffer: list[str] = []

    def peek(self, count: int) -> list[str]:
        read = list(islice(self._unread, max(0, count - len(self._buffer))))
        for number in read:
            if not isinstance(number, str):
                raise ApiTypeError(f"numbers must be str, not {describe(number)}")
        self._buffer += read
        return self._buffer[:count]

    def take(self, count: int) -> list[str]:
        taken = self.peek(count)
        del self._buffer[: len(taken)]
        return taken


def check_run_arguments(numbers: object, country_iso: object, batch_size: object, threads: object) -> None:
    """Check the arguments that validation and lookups share.

    Raises:
        ApiTypeError: an argument is of the wrong type.
        ApiValueError: an argument has a value that is not allowed.
    """
    check_strings("numbers", numbers)
    check_int("batch_size", batch_size, 1, BATCH_SIZE)
    check_int("threads", threads, 1, MAX_THREADS)
    check_string("country_iso", country_iso)


def run_in_order(calls: Iterator[Callable[[], T]], threads: int) -> Iterator[T]:
    """Run calls in threads, and yield their results in the order of the calls.

    After a failure no further call starts. The exception is raised after the results of all earlier calls. However the
    run ends, requests that were sent are completed, and requests that still wait to be sent are cancelled. Ctrl-C
    interrupts the caller's thread, never a request.
    """
    ended = Event()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="smscx bulk")
    started: deque[Future[T]] = deque()
    try:
        for call in calls:
            if any(future.done() and future.exception() for future in started):
                break
            started.append(pool.submit(cancelled_by(ended)(call)))
            if len(started) == threads:
                yield started.popleft().result()
        while started:
            yield started.popleft().result()
    finally:
        ended.set()
        pool.shutdown(cancel_futures=True)


def or_unset(value: str | None) -> str:
    """Return the value of a request field: missing if ``value`` is None."""
    return UNSET if value is None else value
