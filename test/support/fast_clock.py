"""A clock that does not wait: the seconds of each wait are added to the elapsed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Lock

import pytest

from smscx_client import _clock
from smscx_client.sandbox.controls import SandboxAccount


class FastClock:
    """Replaces the clock of the package.

    Attributes:
        waited: Seconds that were waited so far.
        followers: Sandboxes whose clocks advance too.
    """

    def __init__(self) -> None:
        self.waited = 0.0
        self.followers: list[SandboxAccount] = []
        self._real_elapsed = _clock.elapsed
        self._lock = Lock()
        self._actions: list[tuple[float, Callable[[], object]]] = []

    def install(self, patch: pytest.MonkeyPatch) -> FastClock:
        patch.setattr(_clock, "elapsed", self.elapsed)
        patch.setattr(_clock, "wait", self.wait)
        return self

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Do something once these seconds were waited, in the thread that waits."""
        self._actions.append((self.waited + seconds, action))

    def elapsed(self) -> float:
        return self._real_elapsed() + self.waited

    def wait(self, seconds: float, cancel: Event | None = None) -> bool:
        if cancel is not None and cancel.is_set():
            return True
        with self._lock:
            self.waited += seconds
            due = [action for at, action in self._actions if at <= self.waited]
            self._actions = [(at, action) for at, action in self._actions if at > self.waited]
        for sandbox in self.followers:
            sandbox.advance(seconds=seconds)
        for action in due:
            action()
        time.sleep(0.0005)  # other threads make progress
        return cancel is not None and cancel.is_set()
