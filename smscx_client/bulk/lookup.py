"""Bulk lookups: look up any number of phone numbers. With a journal, an interrupted run resumes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from datetime import datetime, timezone
from functools import partial
from typing import Any, NamedTuple, cast

from smscx_client._argument_checks import check_positive, check_string, is_number
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk.batches import BATCH_SIZE, NumberStream, Progress, check_run_arguments, or_unset, run_in_order
from smscx_client.bulk.cost_limit import CostLimit, CostLimitException
from smscx_client.bulk.matching import BulkLookupItem, match_results
from smscx_client.bulk.unknown_outcomes import UnknownOutcomeException, describe_batch
from smscx_client.bulk.validate import validate_batch
from smscx_client.exceptions import ApiException, ApiExceptionBase, ApiTypeError, ApiValueError
from smscx_client.journal import Batch, Journal, digest_of
from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model.numbers_lookup_response import NumbersLookupResponse
from smscx_client.model_utils import info_of, items_of
from smscx_client.waiting import wait_for_lookup

PRICE_PROBE_SIZE = 100
"""How many numbers to validate when looking for one valid number to learn the price."""
MAX_AMOUNT = 1e12
"""Upper limit of plausible costs and counts. Higher ones are treated as malformed."""
NOTHING_TO_LOOK_UP = ((400, 1216), (403, 1214))
"""Status and code of the errors that say that no number of a batch is valid and covered. They are not charged."""


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
    lookup_callback_url: str | None = None,
    wait_for_results: Callable[[NumbersApi, str], Iterable[DataNumberLookup]] = wait_for_lookup,
    progress: Callable[[Progress], object] | None = None,
) -> Iterator[BulkLookupItem]:
    """Look up any number of phone numbers. Each valid number costs money.

    With a journal, an interrupted run resumes when you call this again with the same numbers. No batch is charged
    twice, and reading its results is free. You may append numbers, and change ``batch_size``, ``threads`` and
    ``max_cost``.

    After a failure or Ctrl-C, no further batch is sent. The run waits for the responses to the batches that are being
    sent, so that they are in the journal.

    Until a price is known, one valid number is sent alone. After that, each batch fits ``max_cost`` at the highest
    price seen so far. If all numbers cost the same, the run exceeds ``max_cost`` only if that first number alone does.
    If prices differ, pass the highest price of your price list as ``max_price``; otherwise a batch of more expensive
    numbers may exceed the limit. A batch with an unknown outcome counts as charged.

    Args:
        api: Client for the calls.
        numbers: A list, generator or other iterable of phone numbers, in E.164 format or in the national format of
            ``country_iso``. Duplicate numbers may be charged twice, so remove them first.
        country_iso: Country of the numbers in national format.
        journal: Records what was sent and charged. Without a journal, an interrupted run cannot resume.
        max_cost: Maximum amount to spend, in the account's currency, above 0. With a journal it includes earlier runs.
        max_price: Highest price that one number may have, if you know it, in the account's currency.
        batch_size: Numbers per request, 1 to 40,000.
        threads: How many batches to send at the same time, 1 to 100. More than one requires a journal, because the
            other batches are charged even if one fails.
        lookup_callback_url: URL to which the service posts the results, instead of the URL of the account.
        wait_for_results: Called with ``api`` and a bulk lookup ID. It returns all results of that bulk lookup, in any
            order, once they are available. The default polls; yours can use webhooks. It runs in the caller's thread.
        progress: Called with the :class:`Progress` after each batch, in the caller's thread.

    Returns:
        One item per number, in input order.

    Raises:
        ApiTypeError: an argument is of the wrong type. A number of the wrong type raises when its batch is read.
        ApiValueError: an argument has a value that is not allowed, or the journal belongs to other numbers.
        UnknownOutcomeException: the journal has batches with an unknown outcome. Nothing was sent.
        CostLimitException: ``max_cost`` is reached. It is raised after the results of all numbers that were looked up.
        JournalException: the journal cannot be used.
        ApiException: a call failed. If ``outcome_unknown`` is set, the journal has a new batch with an unknown outcome.
    """
    check_run_arguments(numbers, country_iso, batch_size, threads)
    check_string("lookup_callback_url", lookup_callback_url)
    for name, value in (("max_cost", max_cost), ("max_price", max_price)):
        if value is not None:
            check_positive(name, value)
    if threads > 1 and journal is None:
        raise ApiValueError("threads must be 1 without a journal; pass a journal to keep what is charged if one fails")
    options = LookupOptions(country_iso, max_cost, max_price, batch_size, lookup_callback_url)
    return _items(api, NumberStream(numbers), journal, options, threads, wait_for_results, progress)


class LookupOptions(NamedTuple):
    """Arguments of :func:`lookup_all` that determine which batches are sent, and how."""

    country_iso: str | None
    max_cost: float | None
    max_price: float | None
    batch_size: int
    lookup_callback_url: str | None


def _items(
    api: NumbersApi,
    numbers: NumberStream,
    journal: Journal | None,
    options: LookupOptions,
    threads: int,
    wait_for_results: Callable[[NumbersApi, str], Iterable[DataNumberLookup]],
    progress: Callable[[Progress], object] | None,
) -> Iterator[BulkLookupItem]:
    completed = 0
    with Journal() if journal is None else nullcontext(journal) as opened, opened.run():
        run = LookupRun(api, numbers, opened, options)
        for batches, (sent, batch) in enumerate(run_in_order(run.calls(), threads), start=1):
            results = wait_for_results(api, batch.lookup_bulk_id) if batch.lookup_bulk_id is not None else ()
            items = match_results(api, sent, results, options.country_iso, batch.lookup_bulk_id)
            completed += len(sent)
            if progress is not None:
                progress(Progress(completed, batches, opened.spent()))
            yield from items
        if run.stopped_by is not None:
            raise run.stopped_by


class LookupRun:
    """One run of :func:`lookup_all`: which batches the journal has, and which to send."""

    def __init__(self, api: NumbersApi, numbers: NumberStream, journal: Journal, options: LookupOptions) -> None:
        self.stopped_by: CostLimitException | None = None
        """The limit that stopped the run, if one did."""
        self._api = api
        self._numbers = numbers
        self._journal = journal
        self._options = options
        self._limit = CostLimit(options.max_cost, options.max_price, journal)

    def calls(self) -> Iterator[Callable[[], tuple[list[str], Batch]]]:
        """Yield one call per batch. It returns the numbers of the batch, and the batch with its result.

        Raises:
            UnknownOutcomeException: the journal has batches with an unknown outcome.
            ApiValueError: the journal belongs to other numbers.
        """
        if unknown := self._journal.unknown():
            raise UnknownOutcomeException(unknown)
        self._read_missing_costs()
        start = 0
        while True:
            recorded = self._journal.first_from(start)
            if recorded is not None and recorded.start == start:
                size, call = recorded.size, self._skip(recorded)
            else:
                size = self._next_batch_size(start)
                if size == 0:
                    return
                call = self._prepare(start, size)
            yield call
            start += size

    def _skip(self, recorded: Batch) -> Callable[[], tuple[list[str], Batch]]:
        numbers = self._numbers.take(recorded.size)
        self._check_unchanged(recorded, numbers)
        return lambda: (numbers, recorded)

    def _prepare(self, start: int, size: int) -> Callable[[], tuple[list[str], Batch]]:
        numbers = self._numbers.take(size)
        self._limit.reserve(size)
        return partial(self._send, Batch.of(start, numbers, self._options.country_iso), numbers)

    def _next_batch_size(self, start: int) -> int:
        """Return the size of the next batch; 0 if no numbers are left, or the cost limit allows none."""
        numbers = self._numbers.peek(self._size_before_recorded(start))
        if not numbers:
            return 0
        affordable = self._limit.affordable(len(numbers))
        if affordable is None:
            return self._price_probe_size(numbers[:PRICE_PROBE_SIZE])
        if affordable == 0:
            self.stopped_by = self._limit.exception()
        return affordable

    def _size_before_recorded(self, start: int) -> int:
        """Return how many numbers fit into a batch before the next recorded one. Check all recorded batches first."""
        recorded = self._journal.all_from(start)
        if not recorded:
            return self._options.batch_size
        numbers = self._numbers.peek(recorded[-1].start + recorded[-1].size - start)
        for batch in recorded:
            self._check_unchanged(batch, numbers[batch.start - start :][: batch.size])
        return min(self._options.batch_size, recorded[0].start - start)

    def _price_probe_size(self, numbers: list[str]) -> int:
        """Return how many numbers to send so that the last of them is the first valid one."""
        results = validate_batch(self._api, numbers, self._options.country_iso)
        return next((size for size, result in enumerate(results, start=1) if not result.invalid), len(numbers))

    def _send(self, batch: Batch, numbers: list[str]) -> tuple[list[str], Batch]:
        cost_unknown = True
        try:
            batch = self._look_up(batch, numbers)
            cost_unknown = batch.cost is None
        except ApiExceptionBase as failure:
            cost_unknown = _may_be_charged(failure)
            raise
        finally:
            self._limit.release(batch.size, batch.size if cost_unknown else 0)
        return numbers, batch

    def _look_up(self, batch: Batch, numbers: list[str]) -> Batch:
        """Record a batch in the journal, send it, and record its result."""
        request = NumbersLookupRequest(
            numbers,
            country_iso=or_unset(self._options.country_iso),
            lookup_callback_url=or_unset(self._options.lookup_callback_url),
        )
        self._journal.begin(batch)
        try:
            return self._journal.complete(batch, *_charge(self._api.lookup_numbers(request), batch))
        except BaseException as failure:
            if isinstance(failure, ApiException) and (failure.status, failure.error_code) in NOTHING_TO_LOOK_UP:
                return self._journal.complete(batch, None, 0.0, None)
            if _may_be_charged(failure):
                self._journal.release(batch)
            else:
                self._journal.discard(batch)
            raise

    def _check_unchanged(self, recorded: Batch, numbers: list[str]) -> None:
        if digest_of(numbers, self._options.country_iso) == recorded.digest:
            return
        position = f"{recorded.size:,} from number {recorded.start:,} on"
        if len(numbers) < recorded.size:
            difference = f"other numbers: it has {position}, not {len(numbers):,}"
        else:
            difference = f"other numbers or another country_iso: {position} differ"
        raise ApiValueError(
            f"the journal belongs to {difference}; pass the numbers of the first run, or another journal"
        )

    def _read_missing_costs(self) -> None:
        """Ask the service for the costs that the journal does not have, such as those of settled batches."""
        for batch in self._journal.unpriced():
            lookup_bulk_id = str(batch.lookup_bulk_id)
            info = info_of(self._api.get_bulk_lookup_status(lookup_bulk_id, limit=1))
            size, cost = _amount(info.get("totalPhoneNumbers")), _amount(info.get("totalCost"))
            if size is not None and size != batch.size:
                raise ApiValueError(
                    f"{describe_batch(batch)}: settled with the bulk lookup {lookup_bulk_id}, which has {size:,.0f}"
                    " numbers; settle it again"
                )
            if cost is not None:
                self._journal.complete(batch, lookup_bulk_id, cost, _average_price(cost, info))


def _may_be_charged(failure: BaseException) -> bool:
    """Return whether a batch may have been processed although sending it failed."""
    if isinstance(failure, ApiException):
        return failure.outcome_unknown
    return not isinstance(failure, (ApiTypeError, ApiValueError))


def _charge(response: NumbersLookupResponse, batch: Batch) -> tuple[str, float | None, float | None]:
    """Return the bulk lookup ID of a batch, its cost, and the highest price of one of its numbers.

    Raises:
        ApiException: the response has no bulk lookup ID, so the outcome of the batch is unknown.
    """
    info = info_of(response)
    lookup_bulk_id, cost = info.get("lookupBulkId"), _amount(info.get("totalCost"))
    if not isinstance(lookup_bulk_id, str):
        raise _no_bulk_lookup_id(response, batch)
    prices = [_amount(item.get("cost")) for item in items_of(response)]
    if cost is not None:
        prices.append(_average_price(cost, info))
    return lookup_bulk_id, cost, max((price for price in prices if price is not None), default=None)


def _average_price(cost: float, info: dict[str, Any]) -> float:
    return cost / max(1.0, _amount(info.get("totalValid")) or 0.0)


def _amount(value: object) -> float | None:
    """Return an amount or count; None if the value is anything else, such as NaN or a negative number."""
    if not is_number(value) or not 0 <= cast("float", value) < MAX_AMOUNT:
        return None
    return float(cast("float", value))


def _no_bulk_lookup_id(response: NumbersLookupResponse, batch: Batch) -> ApiException:
    info = response.http_info
    failure = ApiException(
        info.status,
        "the response has no bulk lookup ID",
        body=response.to_json(),
        headers=info.headers,
        operation="lookup_numbers",
        outcome_unknown=True,
        paid=True,
    )
    failure.started_at = batch.sent_at
    failure.failed_at = datetime.now(timezone.utc)
    failure.identifying_arguments = {"phone_numbers": batch.size}
    return failure
