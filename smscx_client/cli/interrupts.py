"""Ctrl-C while a request may be charged: the first one and the second one do different things."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def handle_interrupts(first: Callable[[], None], second: Callable[[int, FrameType | None], object]) -> Generator[None]:
    """Call one function on the first Ctrl-C, and another one on each later Ctrl-C.

    A background job ignores Ctrl-C, and continues to ignore it.
    """
    previous = signal.getsignal(signal.SIGINT)
    if previous == signal.SIG_IGN:
        yield
        return

    def handle_first(*_: int | FrameType | None) -> None:
        signal.signal(signal.SIGINT, second)
        first()

    signal.signal(signal.SIGINT, handle_first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
