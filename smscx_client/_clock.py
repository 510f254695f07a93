"""Clock: elapsed time and waiting, in one place so that a simulation can replace both."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import Event

_BOOT_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)


def elapsed() -> float:
    """Return seconds of a clock that nobody can set. Where the system can tell, it counts while the computer sleeps."""
    return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)


def wait(seconds: float, cancel: Event | None = None) -> bool:
    """Wait, and return whether ``cancel`` was set meanwhile."""
    if cancel is not None:
        return cancel.wait(seconds)
    time.sleep(seconds)
    return False
