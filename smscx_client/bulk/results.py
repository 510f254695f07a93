"""Results: find the result of each number of a batch, and of the numbers that repeat earlier ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
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
    intents: Sequence[Intent] | None = None
    """What the journal has recorded of it; None if its outcome is unknown."""


class Results:
    """Reads the results of batches.

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
        """Return an iterator over one item per number of a batch. Its results are read first."""
        found: dict[str, DataNumberLookup] = {}
        bulk_ids: dict[str, str] = {}
        first_id: str | None = None
        for part in batch.intents or ():
            if part.result_id is not None:
                results = _by_number(self._wait_for_results(self._api, part.result_id))
                first_id = first_id or part.result_id
                bulk_ids |= dict.fromkeys(results, part.result_id) if found else {}
                found |= results
        reasons = dict.fromkeys(batch.sent, UNKNOWN) if batch.intents is None else self._match(batch.sent, found)
        if found and found.keys().isdisjoint(batch.sent):
            reason = "its results belong to no number of the batch; it must be the bulk lookup of other numbers"
            raise ApiException(reason=reason, operation="get_bulk_lookup_status")
        earlier = self._earlier(batch)
        return _merge(batch, found, first_id, bulk_ids, reasons | earlier)

    def _match(self, numbers: Sequence[str], found: dict[str, DataNumberLookup]) -> dict[str, str]:
        """Find the results that are written differently, and return why the other numbers have none."""
        if len(found) > len(numbers):
            logger.warning("A bulk lookup has results that match no number of its batch")
        missing = [number for number in numbers if number not in found]
        if not missing:
            return {}
        found |= {to_e164(number): result for number, result in found.items()}
        try:
            written = dict(zip(missing, convert_to_e164(self._api, missing, None), strict=True))
        except ApiException as malformed:
            if malformed.status != 200:  # a later call may succeed, but the results are charged
                raise
            return dict.fromkeys((number for number in missing if number not in found), NOT_LOOKED_UP)
        found |= {number: found[other] for number, other in written.items() if other and other in found}
        return {number: NOT_COVERED if other else INVALID for number, other in written.items() if number not in found}

    def _earlier(self, batch: Batch) -> dict[str, JsonObject | str]:
        """Return what earlier batches found for the numbers that repeat theirs. Their results are read again, once."""
        numbers = zip(batch.e164, batch.first, strict=True)
        repeated = {number: first for number, first in numbers if first < batch.start}
        unread: dict[int, list[str]] = {}
        for number, first in repeated.items():
            if self._seen.outcome(number) is None:
                unread.setdefault(self._journal.start_before(first), []).append(number)
        for start, missing in unread.items():
            self._read_again(self._journal.batch_at(start), missing)
        return {number: self._seen.outcome(number) or UNKNOWN for number in repeated}

    def _read_again(self, parts: Sequence[Intent], numbers: list[str]) -> None:
        """Read the results of an earlier batch, and keep them and the outcomes of these numbers."""
        found: dict[str, DataNumberLookup] = {}
        for part in parts:
            if part.result_id is not None:
                found |= _by_number(wait_for_lookup(self._api, part.result_id))
        self._seen.keep({to_e164(number): result._object() for number, result in found.items()})
        finished = all(part.finished for part in parts)
        reasons = self._match(numbers, found) if finished else dict.fromkeys(numbers, UNKNOWN)
        self._seen.keep({number: found[number]._object() if number in found else reasons[number] for number in numbers})


def _merge(
    batch: Batch,
    found: dict[str, DataNumberLookup],
    first_id: str | None,
    other_ids: Mapping[str, str],
    others: Mapping[str, JsonObject | str],
) -> Iterator[BulkLookupItem]:
    """Yield the items of a batch: from its results, or from what is known of its other numbers."""
    for at, given, number, first in zip(count(batch.start), batch.numbers, batch.e164, batch.first):
        repeats = None if first == at else first
        if number in found:
            yield BulkLookupItem(given, found[number], other_ids.get(number, first_id), repeats)
            continue
        outcome = others[number] if number else INVALID
        if isinstance(outcome, str):
            yield BulkLookupItem(given, None, None, repeats, outcome)
        else:
            yield BulkLookupItem(given, view(DataNumberLookup, outcome), None, repeats)


def _by_number(results: Iterable[DataNumberLookup]) -> dict[str, DataNumberLookup]:
    """Return results by their numbers, as the service writes them."""
    numbers = ((result._json.get("phoneNumber"), result) for result in results)
    return {number: result for number, result in numbers if isinstance(number, str)}
