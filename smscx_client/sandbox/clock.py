"""The clock of an account, and what is due at a later time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2200, 1, 1, tzinfo=timezone.utc)
"""Times that the clock can be set to."""


class Clock:
    """A clock that can be moved and frozen, with the actions that are due later.

    It follows the system time until it is moved. While an action runs, the time is the one that the action was due at.

    Attributes:
        started: Time at which the account was created.
    """

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = None
        self._due: datetime | None = None
        self._actions: list[tuple[datetime, int, Callable[..., None], tuple[Any, ...]]] = []
        self._sequence = 0
        self.started: datetime = self.now()

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def exact(self) -> datetime:
        """Return the time in UTC."""
        return self._due or self._frozen or datetime.now(timezone.utc) + self._offset

    def now(self) -> datetime:
        """Return the time in UTC, in whole seconds as in responses."""
        return self.exact().replace(microsecond=0)

    def set(self, time: datetime) -> None:
        """Continue from another time.

        Raises:
            ValueError: The time is out of range.
        """
        if not EARLIEST <= time < LATEST:
            raise ValueError(f"the time must be from {EARLIEST.year} to {LATEST.year - 1}")
        self.started = min(self.started, time)
        if self._frozen:
            self._frozen = time
        else:
            self._offset = time - datetime.now(timezone.utc)

    def freeze(self) -> None:
        self._frozen = self.exact()

    def resume(self) -> None:
        time, self._frozen = self.exact(), None
        self.set(time)

    def schedule(self, due: datetime, action: Callable[..., None], *arguments: object) -> None:
        """Run an action at a time, with its arguments."""
        self._sequence += 1
        heapq.heappush(self._actions, (due, self._sequence, action, arguments))

    def is_due(self) -> bool:
        return bool(self._actions) and self._actions[0][0] <= self.exact()

    def run_due(self) -> None:
        """Run the actions that are due, the earliest first."""
        while self.is_due():
            due, _, action, arguments = heapq.heappop(self._actions)
            self._due = due
            try:
                action(*arguments)
            finally:
                self._due = None

    def expedite(self, action: Callable[..., None]) -> None:
        """Make every scheduled call of an action due now."""
        now = self.exact()
        self._actions = [
            (min(due, now) if scheduled == action else due, number, scheduled, arguments)
            for due, number, scheduled, arguments in self._actions
        ]
        heapq.heapify(self._actions)
        self.run_due()
