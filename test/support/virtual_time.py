"""Virtual time: minutes pass in microseconds, for the client and for the sandbox alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from threading import Event

START = datetime(2031, 3, 1, 12, tzinfo=timezone.utc)
"""Time of the service when a simulation starts."""


class VirtualTime:
    """A clock that only waiting and the simulation move.

    Args:
        advance: Called with every number of seconds that passes, so that the service's clock moves too.

    Attributes:
        seconds: Seconds since the start, by the clock that nobody can set.
        wall_offset: Seconds that the local wall clock is ahead of the service's.
    """

    def __init__(self, advance: Callable[[float], object]) -> None:
        self._advance = advance
        self.seconds = 1000.0
        self.wall_offset = 0.0
        self.stamped_at = 0.0
        """When the clock was read for the first time after :meth:`expect_stamp`."""
        self._stamp_expected = False
        self._pauses: dict[int, float] = {}
        self._readings = 0

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self._advance(seconds)

    def pause_at(self, reading: int, seconds: float) -> None:
        """Suspend the process for some seconds, right before the n-th next time that it reads the clock."""
        self._pauses[self._readings + reading] = seconds

    def expect_stamp(self) -> None:
        """Remember when the clock is read next: that is how old a record is."""
        self.stamped_at, self._stamp_expected = self.seconds, True

    def forget_pauses(self) -> None:
        self._pauses.clear()

    def elapsed(self) -> float:
        """Read the clock, as ``smscx_client._clock.elapsed``."""
        self._readings += 1
        pause = self._pauses.pop(self._readings, 0.0)
        if pause:
            self.pass_seconds(pause)
        if self._stamp_expected:
            self.stamped_at, self._stamp_expected = self.seconds, False
        return self.seconds

    def wait(self, seconds: float, cancel: Event | None = None) -> bool:
        """Wait, as ``smscx_client._clock.wait``."""
        if cancel is not None and cancel.is_set():
            return True
        self.pass_seconds(seconds)
        return False

    def unix_time(self) -> float:
        """Return the local wall-clock time."""
        return START.timestamp() + self.seconds + self.wall_offset

    def utc_now(self) -> datetime:
        """Return the local wall-clock time in UTC."""
        return START + timedelta(seconds=self.seconds + self.wall_offset)
