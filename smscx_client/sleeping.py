"""Sleeping: the waits before a request is sent, or sent again, and how they are ended early."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from smscx_client.exceptions import ApiConnectionException

if TYPE_CHECKING:
    from threading import Event

_stop: ContextVar[Event | None] = ContextVar("_stop", default=None)


class StoppedException(ApiConnectionException):
    """The call was stopped while it waited to be sent. It was not carried out."""


@contextmanager
def stopped_by(event: Event) -> Generator[None]:
    """Let no request of this thread wait any more once the event is set: what is not sent by then never is."""
    token = _stop.set(event)
    try:
        yield
    finally:
        _stop.reset(token)


def sleep(seconds: float, operation: str, attempts: int = 0) -> None:
    """Wait before a call is sent.

    Raises:
        StoppedException: the wait was ended by the event of :func:`stopped_by`.
    """
    event = _stop.get()
    if event is None:
        time.sleep(seconds)
    elif event.wait(seconds):
        raise StoppedException(reason="stopped before it was sent", operation=operation, attempts=attempts)
