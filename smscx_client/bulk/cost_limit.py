"""Cost limit: how many numbers a run may still send."""

from __future__ import annotations

import sys
from threading import Condition

from smscx_client.exceptions import ApiExceptionBase
from smscx_client.journal.sqlite import Journal

_ROUNDING = 1e-9


class CostLimitException(ApiExceptionBase):
    """The next number was not sent, because its lookup might exceed ``max_cost``.

    Attributes:
        max_cost: The limit.
        spent: Amount spent, in the account's currency. With a journal it includes earlier runs.
        price: Highest price that one number may have; None if no price is known.
    """

    def __init__(self, max_cost: float, spent: float, price: float | None) -> None:
        super().__init__(max_cost, spent, price)
        self.max_cost = max_cost
        self.spent = spent
        self.price = price

    def __str__(self) -> str:
        price = (
            "the price of the next number is not known" if self.price is None else f"the next may cost {self.price:g}"
        )
        return (
            f"The run stopped before max_cost was exceeded: the lookups cost {self.spent:g} of {self.max_cost:g},"
            f" and {price}. With a journal, run again with a higher max_cost to resume."
        )


class CostLimit:
    """How many numbers can be sent without exceeding ``max_cost``. Threads share it."""

    def __init__(self, max_cost: float | None, max_price: float | None, journal: Journal) -> None:
        self.max_cost = max_cost
        self.max_price = max_price
        self._journal = journal
        self._changed = Condition()
        self._sending = 0
        self._reserved = 0
        """Numbers that may have been charged, and whose cost is not in the journal yet."""

    def affordable(self, wanted: int) -> int | None:
        """Return how many of ``wanted`` numbers can be sent; None if no price is known, so that one valid number can.

        If not all can be sent, wait for the batches that are being sent: they may cost less than what is reserved.
        """
        if self.max_cost is None or self._journal.is_shared:
            return wanted
        with self._changed:
            # Read once per round: until a batch is released, its recorded cost counts twice.
            while ((remaining := self._remaining()) or 0) < wanted and self._sending:
                self._changed.wait()
        return None if remaining is None else min(wanted, remaining)

    def reserve(self, size: int) -> None:
        """Count the numbers of a batch as charged until :meth:`release`."""
        with self._changed:
            self._sending += 1
            self._reserved += size

    def release(self, size: int, still_unknown: int) -> None:
        """End the reservation of a batch, except for numbers whose cost is still unknown."""
        with self._changed:
            self._sending -= 1
            self._reserved -= size - still_unknown
            self._changed.notify_all()

    def exception(self) -> CostLimitException:
        """Return the exception that says what was spent."""
        return CostLimitException(self.max_cost or 0.0, self._journal.total_cost(), self._highest_price())

    def _remaining(self) -> int | None:
        price = self._highest_price()
        if price is None:
            return 0 if self._reserved else None
        budget = (self.max_cost or 0.0) - self._journal.total_cost() - self._reserved * price + _ROUNDING
        if budget < 0:
            return 0
        return int(min(budget / price, sys.maxsize)) if price else sys.maxsize

    def _highest_price(self) -> float | None:
        return max((price for price in (self.max_price, self._journal.price()) if price is not None), default=None)
