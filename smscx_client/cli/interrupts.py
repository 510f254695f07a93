"""Ctrl-C and SIGTERM while a request may be charged: the first one and the second one do different things."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def treat_sigterm_as_interrupt() -> None:
    """Make SIGTERM, which service managers send, do what Ctrl-C does."""
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def handle_interrupts(first: Callable[[], None], second: Callable[[int, FrameType | None], object]) -> Generator[None]:
    """Call one function on the first Ctrl-C or SIGTERM, and another one on each later one.

    A background job ignores Ctrl-C, and continues to ignore it.
    """
    previous = {number: signal.getsignal(number) for number in SIGNALS}
    handled = [number for number, handler in previous.items() if handler != signal.SIG_IGN]

    def handle_first(*_: int | FrameType | None) -> None:
        for number in handled:
            signal.signal(number, second)
        first()

    for number in handled:
        signal.signal(number, handle_first)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, previous[number])
