"""Cancellation: delays before a request that your code can end early."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from smscx_client import _clock
from smscx_client.exceptions import CallCancelledException

if TYPE_CHECKING:
    from threading import Event

_cancel: ContextVar[Event | None] = ContextVar("_cancel", default=None)


@contextmanager
def cancelled_by(event: Event) -> Generator[None]:
    """Cancel this thread's retry and rate-limit delays when the event is set. Their requests are not sent."""
    token = _cancel.set(event)
    try:
        yield
    finally:
        _cancel.reset(token)


def sleep(seconds: float, operation: str, attempts: int = 0) -> None:
    """Wait before a request is sent or retried.

    Raises:
        CallCancelledException: the event of :func:`cancelled_by` was set.
    """
    if _clock.wait(seconds, _cancel.get()):
        reason = "cancelled while it waited to be sent"
        raise CallCancelledException(reason=reason, operation=operation, attempts=attempts)
