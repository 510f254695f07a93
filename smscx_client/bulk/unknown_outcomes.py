"""Unknown outcomes: batches that may have been processed and charged, without a response in the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import ApiExceptionBase
from smscx_client.journal import Batch, Journal
from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.outcome import NotProcessed, Outcome, Processed, Undetermined, find_bulk_lookup


class UnknownOutcomeException(ApiExceptionBase):
    """Batches of an earlier run have an unknown outcome: they may have been processed and charged. Nothing was sent.

    Attributes:
        batches: The batches, for ``Journal.settle``.
    """

    def __init__(self, batches: Sequence[Batch | Sequence[Any]]) -> None:
        self.batches: list[Batch] = [batch if isinstance(batch, Batch) else Batch.from_json(batch) for batch in batches]
        super().__init__([batch.to_json() for batch in self.batches])  # serializers rebuild the exception from them

    def __str__(self) -> str:
        lines = [
            "An earlier run started to send these batches, and the journal has no response to them:",
            *map(describe_batch, self.batches),
            "They may have been processed and charged. Call settle_unknown() of smscx_client.bulk. It finds batches by",
            "time and size, and returns those that it cannot determine. For each of these, call",
            "journal.settle(batch, lookup_bulk_id), or journal.settle(batch, None) if there is no bulk lookup.",
        ]
        return "\n".join(lines)


def settle_unknown(
    api: NumbersApi, journal: Journal, *, grace: float = 300.0, exclude_ids: Collection[str] = ()
) -> list[Batch]:
    """Find out whether the batches with an unknown outcome were processed, and settle them in the journal.

    This makes only free calls.

    Args:
        api: Client with a credential of the account that the journal belongs to.
        journal: The journal of :func:`lookup_all`.
        grace: Seconds from when the journal recorded a batch until it counts as not processed. Until then this function
            polls, because the batch may have waited for the rate limit, or a slow service may still be working on it.
        exclude_ids: Bulk lookup IDs that do not belong to this journal, such as those in other journals.

    Returns:
        The batches that could not be determined, such as two of the same size and time. Pass them to
        ``Journal.settle``.

    Raises:
        ApiException: a call failed. Nothing was settled.
        JournalException: the journal cannot be used.
    """
    recorded = {batch.lookup_bulk_id for batch in journal.all_from(0) if batch.lookup_bulk_id is not None}
    outcomes = [
        (batch, find_bulk_lookup(api, batch.size, batch.sent_at, grace=grace, exclude_ids=recorded | set(exclude_ids)))
        for batch in journal.unknown()
    ]
    undetermined = _undetermined(outcomes)
    for batch, outcome in outcomes:
        if batch not in undetermined:
            journal.settle(batch, _bulk_lookup_id(outcome))
    return undetermined


def _undetermined(outcomes: list[tuple[Batch, Outcome]]) -> list[Batch]:
    """Return the batches that several bulk lookups match, and those that match the same bulk lookup."""
    ambiguous_sizes = {batch.size for batch, outcome in outcomes if isinstance(outcome, Undetermined)}
    matches = Counter(_bulk_lookup_id(outcome) for _, outcome in outcomes)
    processed = [(batch, outcome) for batch, outcome in outcomes if not isinstance(outcome, NotProcessed)]
    return [
        batch for batch, outcome in processed if batch.size in ambiguous_sizes or matches[_bulk_lookup_id(outcome)] > 1
    ]


def describe_batch(batch: Batch) -> str:
    """Return the size, position, masked first number and time of a batch, for messages."""
    numbers = f"{batch.size:,} numbers from number {batch.start:,} on, the first {batch.first_number}"
    return f"{numbers}, sent {batch.sent_at:%Y-%m-%d %H:%M:%S} UTC"


def _bulk_lookup_id(outcome: Outcome) -> str | None:
    found = outcome.found if isinstance(outcome, Processed) else None
    return found.id if isinstance(found, DataLookupCampaigns) else None
