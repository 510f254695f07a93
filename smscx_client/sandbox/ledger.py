"""Credit and ledger of an account."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from smscx_client.sandbox import errors
from smscx_client.sandbox.clock import Clock

MAX_ENTRIES = 100_000


@dataclass(frozen=True)
class LedgerEntry:
    """A change of the credit."""

    time: datetime
    operation: str
    """Operation that was charged or refunded; ``receive_sms`` for an SMS, ``credit`` if the credit was set."""
    id: str
    """ID of the rental, lookup, bulk lookup or SMS."""
    amount: float
    """Amount charged; negative for a refund."""
    reason: str


class Ledger:
    """Credit of an account, and what was charged to it and refunded.

    The sum of the entries is the change of the credit, always.

    Args:
        credit: Starting credit, in the account's currency.
        clock: Clock of the account.

    Attributes:
        credit: Credit that is left.
        entries: Entries, oldest first. If there are more than 100,000, the first one is the sum of the older ones.
    """

    def __init__(self, credit: float, clock: Clock) -> None:
        self.credit: float = round(float(credit), 4)
        self.entries: deque[LedgerEntry] = deque()
        self._clock = clock

    def charge(self, operation: str, identifier: str, amount: float, reason: str) -> None:
        """Charge an operation, and record it.

        Raises:
            ServiceError: The credit does not cover the amount.
        """
        if amount > self.credit:
            raise errors.ServiceError(errors.INSUFFICIENT_CREDIT)
        self.record(operation, identifier, amount, reason)

    def set_credit(self, credit: float) -> None:
        """Top up or reduce the credit, and record the difference."""
        self.record("credit", "", round(self.credit - credit, 4), "the sandbox's user set the credit")

    def record(self, operation: str, identifier: str, amount: float, reason: str) -> None:
        """Record an amount that the account pays, or gets back if it is negative."""
        self.credit = round(self.credit - amount, 4)
        self.entries.append(LedgerEntry(self._clock.now(), operation, identifier, amount, reason))
        if len(self.entries) > MAX_ENTRIES:
            first, second = self.entries.popleft(), self.entries.popleft()
            total = round(first.amount + second.amount, 4)
            self.entries.appendleft(LedgerEntry(second.time, "older entries", "", total, "sum of the older entries"))
