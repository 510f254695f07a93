"""Lookups and bulk lookups of an account."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from smscx_client.sandbox import errors
from smscx_client.sandbox.errors import ServiceError
from smscx_client.sandbox.inventory import random_id
from smscx_client.sandbox.ledger import Ledger
from smscx_client.sandbox.numbering import TEST_NUMBERS, Number, parse

LOOKUP_COST = 0.01
FIRST_RESULT_AFTER = timedelta(seconds=2)
RESULT_INTERVAL = timedelta(milliseconds=1)
_TEST_ERRORS = {
    "no coverage": errors.NO_COVERAGE,
    "invalid parameters": errors.INVALID_PARAMETERS,
    "credit limit": errors.CREDIT_LIMIT_REACHED,
}


@dataclass
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
    def total(self) -> int:
        return len(self.lookups) + len(self.invalid)

    @property
    def cost(self) -> float:
        return round(sum(lookup.cost for lookup in self.lookups), 4)


class Lookups(dict[str, Lookup]):
    """The lookups of an account by ID, oldest first; those of bulk lookups are included.

    Args:
        ledger: Ledger that lookups are charged to.
        random: Source of IDs.

    Attributes:
        bulk: Bulk lookups by ID, oldest first.
    """

    def __init__(self, ledger: Ledger, random: Random) -> None:
        super().__init__()
        self.bulk: dict[str, BulkLookup] = {}
        self._ledger = ledger
        self._clock = ledger.clock
        self._random = random
        self._unposted: dict[str, BulkLookup] = {}

    def look_up(self, number: Number) -> Lookup:
        """Look up one number; the result is available immediately.

        Raises:
            ServiceError: The number is a test number for an error, or the credit does not cover the lookup.
        """
        error = _TEST_ERRORS.get(TEST_NUMBERS.get(number.e164, ""))
        if error is not None:
            raise ServiceError(error)
        lookup_id = random_id(self._random)
        self._ledger.charge("lookup_number", lookup_id, LOOKUP_COST)
        now = self._clock.now()
        self[lookup_id] = Lookup(lookup_id, number, LOOKUP_COST, now, now)
        return self[lookup_id]

    def start_bulk(self, phone_numbers: list[str], country_iso: str | None, callback_url: str | None) -> BulkLookup:
        """Start a bulk lookup of the phone numbers that are valid and have coverage.

        Raises:
            ServiceError: There is no such phone number, one is the test number for the credit limit, or the credit does
                not cover the lookups.
        """
        numbers, invalid = _split_by_coverage(phone_numbers, country_iso)
        if not numbers:
            any_valid = any(parse(phone_number, country_iso) for phone_number in invalid)
            raise ServiceError(errors.NO_COVERAGE if any_valid else errors.NO_VALID_NUMBERS)
        if any(TEST_NUMBERS.get(number.e164) == "credit limit" for number in numbers):
            raise ServiceError(errors.CREDIT_LIMIT_REACHED)
        bulk_id = random_id(self._random)
        self._ledger.charge("lookup_numbers", bulk_id, round(LOOKUP_COST * len(numbers), 4))
        now = self._clock.now()
        bulk = BulkLookup(bulk_id, now, self._pending_lookups(numbers, now), invalid, callback_url)
        self.bulk[bulk_id] = bulk
        if callback_url:
            self._unposted[bulk_id] = bulk
        return bulk

    def find_finished(self, lookup_id: str) -> Lookup:
        """Return a lookup whose result is available.

        Raises:
            ServiceError: No such lookup has finished.
        """
        lookup = self.get(lookup_id)
        if lookup is None or lookup.ready > self._clock.now():
            raise ServiceError(errors.LOOKUP_NOT_FOUND)
        return lookup

    def find_bulk(self, bulk_id: str) -> BulkLookup:
        """Return a bulk lookup.

        Raises:
            ServiceError: There is no such bulk lookup.
        """
        bulk = self.bulk.get(bulk_id)
        if bulk is None:
            raise ServiceError(errors.BULK_LOOKUP_NOT_FOUND)
        return bulk

    def newest(self, limit: int) -> list[Lookup]:
        """Return the newest lookups, newest first."""
        return list(islice(reversed(self.values()), limit))

    def finish(self) -> None:
        """Make the results of all lookups available now."""
        now = self._clock.now()
        for lookup in self.values():
            lookup.ready = min(lookup.ready, now)

    def take_unposted(self) -> list[tuple[str, BulkLookup, Sequence[Lookup]]]:
        """Return the results to post to each callback URL, and mark them as posted."""
        now = self._clock.now()
        unposted: list[tuple[str, BulkLookup, Sequence[Lookup]]] = []
        for bulk in list(self._unposted.values()):
            results = bulk.results(now)
            if bulk.callback_url and len(results) > bulk.posted:
                unposted.append((bulk.callback_url, bulk, results[bulk.posted :]))
                bulk.posted = len(results)
            if bulk.posted == len(bulk.lookups):
                del self._unposted[bulk.bulk_id]
        return unposted

    def _pending_lookups(self, numbers: Iterable[Number], now: datetime) -> list[Lookup]:
        first = now + FIRST_RESULT_AFTER
        lookups = [
            Lookup(random_id(self._random), number, LOOKUP_COST, now, first + RESULT_INTERVAL * index)
            for index, number in enumerate(numbers)
        ]
        self.update((lookup.lookup_id, lookup) for lookup in lookups)
        return lookups


def _split_by_coverage(phone_numbers: list[str], country_iso: str | None) -> tuple[list[Number], list[str]]:
    """Return the valid numbers with coverage, and the other phone numbers as sent."""
    covered: list[Number] = []
    invalid: list[str] = []
    for phone_number in phone_numbers:
        number = parse(phone_number, country_iso)
        if number is None or TEST_NUMBERS.get(number.e164) == "no coverage":
            invalid.append(phone_number)
        else:
            covered.append(number)
    return covered, invalid
