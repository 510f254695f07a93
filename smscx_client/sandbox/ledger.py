"""Clock, credit and ledger of an account."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from smscx_client.sandbox import errors
from smscx_client.sandbox.errors import ServiceError

MAX_ENTRIES = 100_000


class Clock:
    """The sandbox's own clock: the system time plus what it has been advanced by."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the time in UTC, in whole seconds as in responses."""
        return (datetime.now(timezone.utc) + self._offset).replace(microsecond=0)

    def advance(self, by: timedelta) -> None:
        self._offset += by


class LedgerEntry(NamedTuple):
    """A processed operation that was charged or refunded."""

    time: datetime
    operation: str
    id: str
    """ID of the rental, lookup or bulk lookup."""
    amount: float
    """Amount charged; negative for a refund."""


class Ledger:
    """Credit of an account, and what was charged to it and refunded.

    Args:
        credit: Starting credit, in the account's currency.
        clock: Clock of the account.

    Attributes:
        credit: Credit that is left.
        entries: The last 100,000 entries, oldest first.
        clock: Clock of the account.
    """

    def __init__(self, credit: float, clock: Clock) -> None:
        self.credit: float = credit
        self.entries: deque[LedgerEntry] = deque(maxlen=MAX_ENTRIES)
        self.clock: Clock = clock

    def charge(self, operation: str, identifier: str, amount: float) -> None:
        """Charge an operation, and record it.

        Raises:
            ServiceError: The credit does not cover the amount.
        """
        if amount > self.credit:
            raise ServiceError(errors.INSUFFICIENT_CREDIT)
        self._record(operation, identifier, amount)

    def refund(self, operation: str, identifier: str, amount: float) -> None:
        """Return credit to the account, and record it."""
        self._record(operation, identifier, -amount)

    def deduct(self, amount: float) -> None:
        """Deduct a fee that is not the cost of an operation; the credit may become negative."""
        self.credit = round(self.credit - amount, 4)

    def _record(self, operation: str, identifier: str, amount: float) -> None:
        self.deduct(amount)
        self.entries.append(LedgerEntry(self.clock.now(), operation, identifier, amount))
