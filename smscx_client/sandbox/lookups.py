"""Lookups and bulk lookups of an account."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from smscx_client.sandbox import errors
from smscx_client.sandbox.clock import Clock
from smscx_client.sandbox.inventory import random_id
from smscx_client.sandbox.ledger import Ledger
from smscx_client.sandbox.numbering import TEST_NUMBERS, Number, parse
from smscx_client.sandbox.webhooks import MAX_ITEMS, Webhooks

LOOKUP_COST = 0.01
FIRST_RESULT_AFTER = timedelta(seconds=2)
RESULT_INTERVAL = timedelta(milliseconds=1)
_TEST_ERRORS = {
    "no coverage": errors.NO_COVERAGE,
    "invalid parameters": errors.INVALID_PARAMETERS,
    "credit limit": errors.CREDIT_LIMIT_REACHED,
}


@dataclass(slots=True)
class Lookup:
    """A lookup of one phone number."""

    lookup_id: str
    number: Number
    cost: float
    requested: datetime
    ready: datetime
    """Time from which its result is available."""


@dataclass
class BulkLookup:
    """A lookup of many phone numbers."""

    bulk_id: str
    requested: datetime
    lookups: list[Lookup]
    invalid: list[str]
    """Phone numbers that are invalid or have no coverage, as sent."""
    callback_url: str | None
    posted: int = 0
    """Number of results that have been posted to the callback URL."""

    def results(self, now: datetime) -> Sequence[Lookup]:
        """Return the finished lookups; they finish in the order of the request."""
        return self.lookups[: bisect_right(self.lookups, now, key=lambda lookup: lookup.ready)]

    @property
    def cost(self) -> float:
        return round(LOOKUP_COST * len(self.lookups), 4)


class Lookups(dict[str, Lookup]):
    """The lookups of an account by ID, oldest first; those of bulk lookups are included.

    Args:
        ledger: Ledger that lookups are charged to.
        clock: Clock of the account.
        random: Source of IDs.
        webhooks: Webhooks that post results.

    Attributes:
        bulk: Bulk lookups by ID, oldest first.
    """

    def __init__(self, ledger: Ledger, clock: Clock, random: Random, webhooks: Webhooks) -> None:
        super().__init__()
        self.bulk: dict[str, BulkLookup] = {}
        self._ledger, self._clock, self._random, self._webhooks = ledger, clock, random, webhooks

    def look_up(self, number: Number) -> Lookup:
        """Look up one number; the result is available immediately.

        Raises:
            ServiceError: The number is a test number for an error, or the credit does not cover the lookup.
        """
        error = _TEST_ERRORS.get(TEST_NUMBERS.get(number.e164, ""))
        if error is not None:
            raise errors.ServiceError(error)
        lookup_id = random_id(self._random)
        self._ledger.charge("lookup_number", lookup_id, LOOKUP_COST, f"lookup of {number.e164}")
        now = self._clock.now()
        self[lookup_id] = Lookup(lookup_id, number, LOOKUP_COST, now, now)
        return self[lookup_id]

    def start_bulk(self, numbers: list[Number], invalid: list[str], callback_url: str | None) -> BulkLookup:
        """Start a bulk lookup. Duplicates are looked up and charged like the other numbers.

        Raises:
            ServiceError: The credit does not cover the lookups.
        """
        bulk_id, cost, now = random_id(self._random), round(LOOKUP_COST * len(numbers), 4), self._clock.now()
        self._ledger.charge("lookup_numbers", bulk_id, cost, f"bulk lookup of {len(numbers):,} numbers")
        first = now + FIRST_RESULT_AFTER
        lookups = [
            Lookup(random_id(self._random), number, LOOKUP_COST, now, first + RESULT_INTERVAL * index)
            for index, number in enumerate(numbers)
        ]
        self.update((lookup.lookup_id, lookup) for lookup in lookups)
        self.bulk[bulk_id] = bulk = BulkLookup(bulk_id, now, lookups, invalid, callback_url)
        if callback_url:
            for start in range(0, len(numbers), MAX_ITEMS):
                self._clock.schedule(bulk.lookups[start : start + MAX_ITEMS][-1].ready, self._post, bulk)
        return bulk

    def find_finished(self, lookup_id: str) -> Lookup:
        """Return a lookup whose result is available.

        Raises:
            ServiceError: No such lookup has finished.
        """
        lookup = self.get(lookup_id)
        if lookup is None or lookup.ready > self._clock.exact():
            raise errors.ServiceError(errors.LOOKUP_NOT_FOUND)
        return lookup

    def find_bulk(self, bulk_id: str) -> BulkLookup:
        """Return a bulk lookup.

        Raises:
            ServiceError: There is no such bulk lookup.
        """
        bulk = self.bulk.get(bulk_id)
        if bulk is None:
            raise errors.ServiceError(errors.BULK_LOOKUP_NOT_FOUND)
        return bulk

    def finish(self) -> None:
        """Make the results of all lookups available now."""
        now = self._clock.exact()
        for lookup in self.values():
            lookup.ready = min(lookup.ready, now)
        self._clock.expedite(self._post)

    def _post(self, bulk: BulkLookup) -> None:
        """Post the results that are available and have not been posted."""
        results = bulk.results(self._clock.exact())[bulk.posted :]
        if bulk.callback_url and results:
            self._webhooks.add(bulk.callback_url, "number_lookup", [(bulk.bulk_id, result) for result in results])
            bulk.posted += len(results)


def split_by_coverage(phone_numbers: list[str], country_iso: str | None) -> tuple[list[Number], list[str]]:
    """Return the valid numbers with coverage, and the other phone numbers as sent.

    Raises:
        ServiceError: No number is valid and has coverage, or one is the test number for the credit limit.
    """
    covered: list[Number] = []
    invalid: list[str] = []
    for phone_number in phone_numbers:
        number = parse(phone_number, country_iso)
        if number is None or TEST_NUMBERS.get(number.e164) == "no coverage":
            invalid.append(phone_number)
        else:
            covered.append(number)
    if not covered:
        any_valid = any(parse(phone_number, country_iso) for phone_number in invalid)
        raise errors.ServiceError(errors.NO_COVERAGE if any_valid else errors.NO_VALID_NUMBERS)
    if any(TEST_NUMBERS.get(number.e164) == "credit limit" for number in covered):
        raise errors.ServiceError(errors.CREDIT_LIMIT_REACHED)
    return covered, invalid
