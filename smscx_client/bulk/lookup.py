"""Bulk lookups: look up any number of phone numbers. With a journal, an interrupted run resumes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count, islice
from threading import Lock

from smscx_client._argument_checks import check_int, check_positive, check_string
from smscx_client._e164 import all_to_e164
from smscx_client.api.numbers_api import LOOKUP_NUMBERS, NumbersApi
from smscx_client.bulk.batches import BATCH_SIZE, NumberStream, Progress, check_run_arguments, or_unset, run_in_order
from smscx_client.bulk.cost_limit import CostLimit, CostLimitException
from smscx_client.bulk.duplicates import FirstOccurrences
from smscx_client.bulk.repeats import refuse_repeat
from smscx_client.bulk.results import Batch, BulkLookupItem, Results
from smscx_client.bulk.validate import validate_batch
from smscx_client.exceptions import ApiException, ApiExceptionBase, ApiTypeError, ApiValueError
from smscx_client.journal.calls import GRACE, NOTHING_TO_LOOK_UP, RecordedCalls, amount, cost_and_price
from smscx_client.journal.intents import Intent, UnknownOutcomeException, digest_of, lookup_resource
from smscx_client.journal.sqlite import Journal
from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model_utils import Model, info_of
from smscx_client.waiting import lookup_results

PRICE_PROBE_SIZE = 100
"""How many numbers to validate when looking for one valid number to learn the price."""
MAX_SENDS = 3
"""How often a batch is sent in one run, if the service did not process it."""


def lookup_all(
    api: NumbersApi,
    numbers: Iterable[str],
    *,
    country_iso: str | None = None,
    journal: Journal | None = None,
    max_cost: float | None = None,
    max_price: float | None = None,
    batch_size: int = BATCH_SIZE,
    threads: int = 1,
    deduplicate: bool = True,
    skip: int = 0,
    grace: float = GRACE,
    repeat_window: timedelta | None = timedelta(hours=24),
    allow_repeat: bool = False,
    lookup_callback_url: str | None = None,
    wait_for_results: Callable[[NumbersApi, str], Iterable[DataNumberLookup]] = lookup_results,
    progress: Callable[[Progress], object] | None = None,
) -> Iterator[BulkLookupItem]:
    """Look up any number of phone numbers. Each distinct valid number costs money, once per run.

    With a journal, an interrupted run resumes when you call this again with the same numbers. No number is charged
    twice, and reading results again is free. You may append numbers, and change ``batch_size``, ``threads`` and
    ``max_cost``. If the response to a batch was lost, the run finds out with free calls whether it was processed, and
    sends it only if it was not.

    After a failure or Ctrl-C, no further batch is sent. The run waits for the responses to the batches that are being
    sent, so that they are in the journal.

    Until a price is known, one valid number is sent alone. After that, each batch fits ``max_cost`` at the highest
    price seen so far. If all numbers cost the same, the run exceeds ``max_cost`` only if that first number alone does.
    If prices differ, pass the highest price of your price list as ``max_price``; otherwise a batch of more expensive
    numbers may exceed the limit. A batch with an unknown outcome counts as charged.

    Args:
        api: Client for the calls.
        numbers: A list, generator or other iterable of phone numbers, in E.164 format or in the national format of
            ``country_iso``. Numbers that are not in strict E.164 format, such as ``+33612246450``, are validated first,
            which is free.
        country_iso: Country of the numbers in national format.
        journal: Records what was sent and charged. Without a journal, an interrupted run cannot resume.
        max_cost: Maximum amount to spend, in the account's currency, above 0. With a journal it includes earlier runs.
        max_price: Highest price that one number may have, if you know it, in the account's currency.
        batch_size: Numbers per request, 1 to 40,000.
        threads: How many batches to send at the same time, 1 to 100. More than one requires a journal, because the
            other batches are charged even if one fails.
        deduplicate: Whether a number that occurs in several batches is sent once. Up to 200,000 numbers are compared in
            memory (25 MB), more of them in a temporary file (20 bytes a number). If a number repeats one of an earlier
            batch, the results of that batch are read again, once, into that file (400 bytes a result). If False, only
            the numbers within each batch are distinct. Always pass the same value with a journal.
        skip: How many results you have already. The iterator starts after them, without reading them again.
        grace: Settling time in seconds: how long the service may still work on a batch whose sender is gone. Until then
            the batch does not count as not processed.
        repeat_window: Before its first batch, the run compares it with the account's other bulk lookups of this time,
            to find the same list sent twice with different journals. None switches this off.
        allow_repeat: Pay for the numbers even if they were looked up within ``repeat_window``.
        lookup_callback_url: URL to which the service posts the results, instead of the URL of the account.
        wait_for_results: Called with ``api`` and a bulk lookup ID. It returns all results of that bulk lookup; yours
            can use webhooks. The default polls, and reads each page when you reach it; results in the order of the
            numbers need the least memory. It runs in the caller's thread.
        progress: Called with the :class:`Progress` after each batch, in the caller's thread.

    Returns:
        One item per number, in input order.

    Raises:
        ApiTypeError: an argument is of the wrong type. A number of the wrong type raises when its batch is read.
        ApiValueError: an argument has a value that is not allowed, or the journal belongs to other numbers.
        AlreadyLookedUpException: a recent bulk lookup has the numbers of the first batch. Nothing was sent.
        UnknownOutcomeException: batches may have been processed and charged, and free calls cannot tell. It is raised
            after the results of all other batches.
        CostLimitException: ``max_cost`` is reached. It is raised after the results of all numbers that were looked up.
        JournalException: the journal cannot be used.
        ApiException: a call failed. If ``in_journal`` is set, run again to find out whether its batch was processed.
    """
    check_run_arguments(numbers, country_iso, batch_size, threads)
    check_string("lookup_callback_url", lookup_callback_url)
    check_int("skip", skip, 0)
    if not isinstance(repeat_window, (timedelta, type(None))):
        raise ApiTypeError(f"repeat_window must be timedelta or None, not {type(repeat_window).__name__}")
    for name, value in (("max_cost", max_cost), ("max_price", max_price)):
        if value is not None:
            check_positive(name, value)
    if threads > 1 and journal is None:
        raise ApiValueError("threads must be 1 without a journal; pass a journal to keep what is charged if one fails")
    run = LookupRun(
        api,
        NumberStream(numbers),
        Journal() if journal is None else journal,
        journal is None,
        country_iso,
        batch_size,
        deduplicate,
        None if allow_repeat else repeat_window,
        or_unset(lookup_callback_url),
        skip,
    )
    limit = CostLimit(max_cost, max_price, run.journal)
    return run.items(RecordedCalls(api, run.journal, grace), limit, threads, wait_for_results, progress)


def nothing_to_send(batch: Batch) -> Batch:
    """Return a batch that is finished, or that has only invalid and repeated numbers."""
    return batch


@dataclass
class LookupRun:
    """One run of :func:`lookup_all`: which batches the journal has, which to send, and what came of them."""

    api: NumbersApi
    numbers: NumberStream
    journal: Journal
    closes_journal: bool
    country_iso: str | None
    batch_size: int
    deduplicate: bool
    repeat_window: timedelta | None
    """None if the first batch must not be compared with earlier bulk lookups, or was compared."""
    callback_url: str
    skip: int
    stopped_by: CostLimitException | None = None
    """The limit that stopped the run, if one did."""
    unknown: list[tuple[Intent, str]] = field(default_factory=list[tuple[Intent, str]])
    """Batches whose outcome cannot be determined, and why."""
    seen: FirstOccurrences = field(default_factory=FirstOccurrences)
    first_send: Lock = field(default_factory=Lock)

    def items(
        self,
        calls: RecordedCalls,
        limit: CostLimit,
        threads: int,
        wait_for_results: Callable[[NumbersApi, str], Iterable[DataNumberLookup]],
        progress: Callable[[Progress], object] | None,
    ) -> Iterator[BulkLookupItem]:
        """Yield the items of all batches, then raise what the run could not do."""
        results = Results(self.api, wait_for_results, self.journal, self.seen)
        completed = 0
        with self.journal if self.closes_journal else nullcontext(), self.journal.run(), closing(self.seen):
            for batches, batch in enumerate(run_in_order(self._calls(calls, limit), threads), start=1):
                completed += len(batch.numbers)
                if completed <= self.skip:
                    continue
                yield from islice(results.items(batch), max(0, self.skip - batch.start), None)
                self.journal.mark_delivered(batch.intents)
                if progress is not None:
                    progress(Progress(completed, batches, self.journal.total_cost()))
                del batch  # its memory is free before the next one is read
        if self.unknown:
            raise UnknownOutcomeException(*zip(*self.unknown, strict=True))
        if self.stopped_by is not None:
            raise self.stopped_by

    def _calls(self, calls: RecordedCalls, limit: CostLimit) -> Iterator[Callable[[], Batch]]:
        """Yield one call per batch. It returns the batch with what the journal has recorded of it.

        Raises:
            ApiValueError: the journal belongs to other numbers or another account, or lacks a batch to skip.
        """
        self.journal.bind(self.api.api_client)
        self.journal.limit(limit.max_cost, limit.max_price)
        self._read_missing_costs()
        start = 0
        while True:
            recorded = self.journal.batch_at(start)
            if recorded and not recorded[-1].finished:
                self._check_recorded(start)
            size = recorded[0].size if recorded else self._next_batch_size(start, limit)
            if size == 0:
                return
            batch = self._batch(start, self.numbers.take(size), recorded)
            if not batch.sent or (recorded and recorded[-1].finished):
                yield partial(nothing_to_send, batch)
            else:
                limit.reserve(len(batch.sent))
                yield partial(self._complete, batch, calls, limit)
            start += size

    def _batch(self, start: int, numbers: list[str], recorded: list[Intent]) -> Batch:
        if recorded:
            self._check_unchanged(recorded[0], numbers)
        e164 = all_to_e164(self.api, numbers, self.country_iso)
        seen = self.seen if self.deduplicate else FirstOccurrences()
        first = seen.positions(e164, start)
        if self.journal.is_shared:  # it knows which numbers were sent, also by other programs
            sent = list(dict.fromkeys(filter(None, e164)))
        else:
            sent = [number for at, number, position in zip(count(start), e164, first) if number and position == at]
        if start + len(numbers) <= self.skip and sent and not (recorded and recorded[-1].finished):
            raise ApiValueError(f"the journal has no results of the numbers from {start:,} on; they cannot be skipped")
        return Batch(start, numbers, e164, first, sent, recorded, [])

    def _complete(self, batch: Batch, calls: RecordedCalls, limit: CostLimit) -> Batch:
        """Send a batch, unless it was processed already."""
        request, resource = self._digest(batch.numbers), lookup_resource(batch.sent)
        planned = Intent("lookup_numbers", None, batch.start, len(batch.numbers), request, resource, {})
        cost_unknown = True
        try:
            claimed = self.journal.claim(planned, batch.sent)
            if claimed is None:
                raise limit.exception()
            intents: list[Intent] = []
            unknown: list[str] = []
            for part, numbers in claimed:
                try:
                    self._refuse_repeat(part, numbers)
                    intents += self._send(part, numbers, calls)
                except UnknownOutcomeException as undetermined:
                    self.unknown += zip(undetermined.intents, undetermined.reasons, strict=True)
                    unknown += numbers
            cost_unknown = bool(unknown) or any(intent.cost is None for intent in intents)
            return batch._replace(intents=intents, unknown=unknown)
        except ApiExceptionBase as failure:
            cost_unknown = isinstance(failure, ApiException) and failure.outcome_unknown
            raise
        finally:
            limit.release(len(batch.sent), len(batch.sent) if cost_unknown else 0)

    def _send(self, planned: Intent, numbers: list[str], calls: RecordedCalls) -> list[Intent]:
        for remaining in reversed(range(MAX_SENDS)):
            try:
                calls.complete(LOOKUP_NUMBERS, planned, numbers, self._request, disjoint=self.deduplicate)
                break
            except ApiException as failure:
                if (failure.status, failure.error_code) in NOTHING_TO_LOOK_UP:
                    break
                if not failure.in_journal or not remaining:
                    raise
        return self.journal.batch_at(planned.start or 0)

    def _request(self, numbers: Sequence[str]) -> Model:
        return self.api.lookup_numbers(NumbersLookupRequest(list(numbers), lookup_callback_url=self.callback_url))

    def _refuse_repeat(self, planned: Intent, numbers: list[str]) -> None:
        with self.first_send:
            earlier = self.journal.find(planned)
            if self.repeat_window is not None and (earlier is None or not earlier.attempts):
                refuse_repeat(self.api, self.journal, numbers, self.repeat_window)
                self.repeat_window = None

    def _next_batch_size(self, start: int, limit: CostLimit) -> int:
        """Return the size of the next batch; 0 if no numbers are left, or the cost limit allows none."""
        numbers = self.numbers.peek(self._size_before_recorded(start))
        if not numbers:
            return 0
        affordable = limit.affordable(len(numbers))
        if affordable is None:
            return self._price_probe_size(numbers[:PRICE_PROBE_SIZE])
        if affordable == 0:
            self.stopped_by = limit.exception()
        return affordable

    def _size_before_recorded(self, start: int) -> int:
        """Return how many numbers fit into a batch before the next recorded one."""
        recorded = self._check_recorded(start)
        return min(self.batch_size, (recorded[0].start or 0) - start) if recorded else self.batch_size

    def _check_recorded(self, start: int) -> list[Intent]:
        """Return the recorded batches from a position on. Nothing is sent if one of them has other numbers."""
        recorded = [batch for batch in self.journal.batches(start) if not batch.part]
        if not recorded:
            return []
        last = recorded[-1]
        numbers = self.numbers.peek((last.start or 0) + last.size - start)
        for batch in recorded:
            self._check_unchanged(batch, numbers[(batch.start or 0) - start :][: batch.size])
        return recorded

    def _price_probe_size(self, numbers: list[str]) -> int:
        """Return how many numbers to send so that the last of them is the first valid one."""
        results = validate_batch(self.api, numbers, self.country_iso)
        return next((size for size, result in enumerate(results, start=1) if not result.invalid), len(numbers))

    def _digest(self, numbers: list[str]) -> str:
        return digest_of(self.country_iso, self.deduplicate, numbers)

    def _check_unchanged(self, recorded: Intent, numbers: list[str]) -> None:
        if self._digest(numbers) == recorded.request:
            return
        position = f"{recorded.size:,} from number {recorded.start:,} on"
        if len(numbers) < recorded.size:
            difference = f"other numbers: it has {position}, not {len(numbers):,}"
        else:
            difference = f"other numbers, another country_iso or another deduplicate: {position} differ"
        raise ApiValueError(
            f"the journal belongs to {difference}; pass the numbers of the first run, or another journal"
        )

    def _read_missing_costs(self) -> None:
        """Ask the service for the costs that the journal does not have, such as those of resolved batches."""
        for intent in self.journal.without_cost():
            info = info_of(self.api.get_bulk_lookup_status(str(intent.result_id), limit=1))
            size, (cost, price) = amount(info.get("totalPhoneNumbers")), cost_and_price(info)
            if size is not None and size > intent.size:
                raise ApiValueError(
                    f"{intent.describe()}, was resolved with the bulk lookup {intent.result_id}, which has {size:,.0f}"
                    " numbers; resolve it again"
                )
            self.journal.record(intent._replace(cost=cost, price=price))
