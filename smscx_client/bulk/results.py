"""Results: find the result of each number of a batch, and of the numbers that repeat earlier ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from smscx_client._e164 import convert_to_e164, to_e164
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk.duplicates import FirstOccurrences
from smscx_client.exceptions import ApiException
from smscx_client.journal.intents import Intent
from smscx_client.journal.sqlite import Journal
from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model_utils import JsonObject, view
from smscx_client.waiting import wait_for_lookup

INVALID, NOT_COVERED, UNKNOWN = "invalid", "not covered", "unknown outcome"
NOT_LOOKED_UP = "invalid or not covered"
"""Reason if the service does not say whether the numbers are valid."""

logger: logging.Logger = logging.getLogger("smscx_client.bulk")


class BulkLookupItem(NamedTuple):
    """A phone number of the input, with its lookup result."""

    phone_number: str
    """Phone number as you passed it."""
    result: DataNumberLookup | None
    """Lookup result. None if there is none; ``reason`` says why."""
    lookup_bulk_id: str | None
    """ID of the bulk lookup that has the result; None if there is none, or if it has the result of an earlier batch."""
    duplicate_of: int | None = None
    """For a repeated number: the position of its first occurrence, whose result it has. It was not charged."""
    reason: str | None = None
    """Why there is no result: ``invalid``, ``not covered`` or ``invalid or not covered``, which are not charged; or
    ``unknown outcome``, which may have been charged."""


Found = tuple[DataNumberLookup, "str | None"]
"""A result, and the ID of its bulk lookup."""


class Batch(NamedTuple):
    """Numbers of the input that belong together, and what came of them."""

    start: int
    numbers: list[str]
    e164: list[str]
    """The numbers in E.164 format; an empty string for an invalid one."""
    first: list[int]
    """Position of the first occurrence of each number."""
    sent: list[str]
    """The numbers to send, in E.164 format: those that occur here first."""
    intents: list[Intent]
    """The bulk lookups that have its results, as recorded in the journal."""
    unknown: list[str]
    """Those of the numbers to send whose outcome is unknown."""


class Results:
    """Reads the results of batches, as their numbers are reached.

    Args:
        api: Makes the calls.
        wait_for_results: Returns all results of a bulk lookup.
        journal: Says which bulk lookups have the results of earlier batches.
        seen: Keeps the results that repeated numbers need.
    """

    def __init__(
        self,
        api: NumbersApi,
        wait_for_results: Callable[[NumbersApi, str], Iterable[DataNumberLookup]],
        journal: Journal,
        seen: FirstOccurrences,
    ) -> None:
        self._api = api
        self._wait_for_results = wait_for_results
        self._journal = journal
        self._seen = seen

    def items(self, batch: Batch) -> Iterator[BulkLookupItem]:
        """Yield one item per number of a batch.

        The service returns results in the order of the numbers, so few of them are in memory at the same time. A result
        that comes before its number is reached is kept until then.
        """
        end = batch.start + len(batch.numbers)
        places = partial(zip, range(batch.start, end), batch.e164, batch.first)
        repeats = {number: first for at, number, first in places() if first != at}
        others: dict[str, JsonObject | str] = {"": INVALID, **self._earlier(repeats, batch)}
        others |= dict.fromkeys(batch.unknown, UNKNOWN)
        wanted = set(batch.sent) if self._journal.is_shared else None
        unread = self._read(batch.intents, self._wait_for_results, len(batch.sent), wanted)
        found: dict[str, Found] = {}
        for given, (at, number, first) in zip(batch.numbers, places(), strict=True):
            duplicate_of = None if first == at else first
            row = found.pop(number, None)
            if row is None and number not in others:
                for written, row in unread:
                    if written == number:
                        break
                    found[written] = row
                else:
                    others |= self._reasons(batch, at, found)
                    row = found.pop(number, None)
            if row is not None:
                if number in repeats:
                    found[number] = row
                yield BulkLookupItem(given, *row, duplicate_of)
                continue
            outcome = others[number]
            if isinstance(outcome, str):
                yield BulkLookupItem(given, None, None, duplicate_of, outcome)
            else:
                yield BulkLookupItem(given, view(DataNumberLookup, outcome), None, duplicate_of)
        found.update(unread)

    def _read(
        self,
        parts: Iterable[Intent],
        read: Callable[[NumbersApi, str], Iterable[DataNumberLookup]],
        expected: int,
        wanted: Container[str] | None = None,
    ) -> Iterator[tuple[str, Found]]:
        """Yield the results of bulk lookups, by their numbers as the service writes them."""
        received = 0
        for part in parts:
            for result in read(self._api, part.result_id) if part.result_id else ():
                number = result._json.get("phoneNumber")
                if isinstance(number, str) and (wanted is None or to_e164(number) in wanted):
                    received += 1
                    yield number, (result, part.result_id)
        if received > expected:
            logger.warning("A bulk lookup has results that match no number of its batch")

    def _reasons(self, batch: Batch, at: int, found: dict[str, Found]) -> dict[str, str]:
        """Return why the numbers from a position on have no results, after all results were read.

        Raises:
            ApiException: the results belong to other numbers, or a free call failed.
        """
        delivered = set(batch.e164[: at - batch.start])
        missing = [number for number in batch.sent if number not in delivered]
        reasons = self._match(missing, found, batch.intents)
        if found and delivered.isdisjoint(batch.sent) and found.keys().isdisjoint(batch.sent):
            reason = "its results belong to no number of the batch; it must be the bulk lookup of other numbers"
            raise ApiException(reason=reason, operation="get_bulk_lookup_status")
        return reasons

    def _match(self, numbers: Sequence[str], found: dict[str, Found], parts: Sequence[Intent]) -> dict[str, str]:
        """Find the results that are written differently, and return why the other numbers have none."""
        found |= {to_e164(number): result for number, result in found.items()}
        missing = [number for number in numbers if number not in found]
        if not missing:
            return {}
        try:
            written = dict(zip(missing, convert_to_e164(self._api, missing, None), strict=True))
        except ApiException as malformed:
            if malformed.status != 200:  # a later call may succeed, but the results are charged
                raise
            return dict.fromkeys(missing, NOT_LOOKED_UP)
        if any(other not in ("", number) and other not in found for number, other in written.items()):
            found.update(self._read(parts, wait_for_lookup, len(numbers)))
        found |= {number: found[other] for number, other in written.items() if other and other in found}
        return {number: NOT_COVERED if other else INVALID for number, other in written.items() if number not in found}

    def _earlier(self, repeats: Mapping[str, int], batch: Batch) -> dict[str, JsonObject | str]:
        """Return what earlier batches found for the numbers that repeat theirs. Their results are read again, once."""
        earlier = repeats.keys() - batch.sent
        repeated = {number: first for number, first in repeats.items() if number in earlier and first < batch.start}
        unread: dict[int, list[str]] = {}
        for number, first in repeated.items():
            if self._seen.outcome(number) is None:
                unread.setdefault(self._journal.start_before(first), []).append(number)
        for start, missing in unread.items():
            self._read_again(self._journal.batch_at(start), missing)
        return {number: self._seen.outcome(number) or UNKNOWN for number in repeated}

    def _read_again(self, parts: Sequence[Intent], numbers: list[str]) -> None:
        """Read the results of an earlier batch, and keep them and the outcomes of these numbers."""
        found = dict(self._read(parts, wait_for_lookup, sum(part.size for part in parts)))
        self._seen.keep({to_e164(number): result._object() for number, (result, _) in found.items()})
        finished = all(part.finished for part in parts)
        reasons = self._match(numbers, found, parts) if finished else dict.fromkeys(numbers, UNKNOWN)
        self._seen.keep({number: reasons.get(number) or found[number][0]._object() for number in numbers})
