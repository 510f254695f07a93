"""Bulk: any number of phone numbers validated or looked up, batch by batch, with the results in the input's order."""

from __future__ import annotations

import logging
import math
import re
import sys
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime, timezone
from functools import partial
from itertools import islice
from threading import Condition, Event
from typing import Any, NamedTuple, TypeVar, cast

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import ApiException, ApiExceptionBase, ApiTypeError, ApiValueError
from smscx_client.journal import Batch, Journal, digest_of
from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model.data_numbers_validate import DataNumbersValidate
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model.numbers_lookup_response import NumbersLookupResponse
from smscx_client.model.numbers_validate_request import NumbersValidateRequest
from smscx_client.model_utils import UNSET, Model, shown
from smscx_client.outcome import CannotBeTold, CarriedOut, NotCarriedOut, Outcome, find_bulk_lookup
from smscx_client.sleeping import stopped_by
from smscx_client.waiting import wait_for_lookup

T = TypeVar("T")

BATCH_SIZE = 40_000
"""Numbers that the service takes in one request."""
MOST_THREADS = 100
FEW = 100
"""Numbers among which a valid one is looked for, to learn the price."""
NOTHING_TO_LOOK_UP = ((400, 1216), (403, 1214))
"""Errors by which the service says that no number of a batch is valid and covered. They cost nothing."""
_SPACED = re.compile(r"\s*\+?[0-9\s().\-/]*", re.ASCII)
_NOT_DIGITS = re.compile(r"[^0-9]+")
_ROUNDING = 1e-9

logger: logging.Logger = logging.getLogger("smscx_client.bulk")


class Progress(NamedTuple):
    """How far a run has come."""

    done: int
    """Numbers whose results are there."""
    batches: int
    """Batches that they were in."""
    cost: float
    """What was spent, in the account's currency; with a journal, in earlier runs too."""


class LookedUp(NamedTuple):
    """What became of one number of the input."""

    phone_number: str
    """As it was given."""
    result: DataNumberLookup | None
    """None where it was not looked up, at no cost: it is not valid, or its destination is not covered."""
    lookup_bulk_id: str | None
    """The bulk lookup that its batch became; None where no number of the batch was looked up."""


class UnknownOutcomeException(ApiExceptionBase):
    """Whether some batches of an earlier run were carried out, and paid, is not known. Nothing was sent.

    Attributes:
        batches: Which they are, for ``Journal.settle``.
    """

    def __init__(self, batches: list[Batch]) -> None:
        super().__init__(batches)
        self.batches = batches

    def __str__(self) -> str:
        lines = [
            "An earlier run was about to send these batches, and no answer to them was written down:",
            *map(_shown_batch, self.batches),
            "settle_unknown() of smscx_client.bulk finds each by its time and size, and says which it cannot tell. For",
            "those call journal.settle(batch, its bulk lookup's id), or journal.settle(batch, None) if it has none.",
        ]
        return "\n".join(lines)


class CostLimitException(ApiExceptionBase):
    """The next number might make the lookups cost more than ``max_cost``, so it was not sent.

    Attributes:
        max_cost: The limit.
        spent: What was spent, in the account's currency; with a journal, in earlier runs too.
        price: What one number may cost; None where nothing is known of it.
    """

    def __init__(self, max_cost: float, spent: float, price: float | None) -> None:
        super().__init__(max_cost, spent, price)
        self.max_cost = max_cost
        self.spent = spent
        self.price = price

    def __str__(self) -> str:
        price = "an amount that is not known" if self.price is None else f"{self.price:g}"
        return (
            f"The lookups have cost {self.spent:g} of at most {self.max_cost:g}, and the next number may cost {price}."
            " With a journal, a run with a higher max_cost goes on from here."
        )


def validate_all(
    api: NumbersApi,
    numbers: Iterable[str],
    *,
    country_iso: str | None = None,
    batch_size: int = BATCH_SIZE,
    threads: int = 1,
    progress: Callable[[Progress], object] | None = None,
) -> Iterator[DataNumbersValidate]:
    """Check any number of phone numbers, at no cost, as :meth:`NumbersApi.validate_numbers` does.

    No more than ``threads`` batches are in memory, and one that the caller has in hand. Where a call fails, the
    exception comes after the results of all numbers before that batch: count what came, and go on with
    ``itertools.islice(numbers, came, None)``.

    Args:
        api: Makes the calls.
        numbers: In E.164 format, or in the national format of ``country_iso``; a list, a generator, any iterable.
        country_iso: Country of the numbers in national format.
        batch_size: Numbers in a request, 1 to 40,000.
        threads: Requests at a time.
        progress: Called with each batch's :class:`Progress`, in the caller's thread.

    Returns:
        One result for each number, in the order of the input.

    Raises:
        ApiTypeError: an argument is of the wrong type; a number is none, once its turn comes.
        ApiValueError: an argument has a value that is not allowed.
        ApiException: a call failed, or was answered for another number of phone numbers.
    """
    _check_numbers(numbers)
    _check_count("batch_size", batch_size, BATCH_SIZE)
    _check_count("threads", threads, MOST_THREADS)
    _check_text("country_iso", country_iso)
    return _validated(api, _Input(numbers), country_iso, batch_size, threads, progress)


def lookup_all(
    api: NumbersApi,
    numbers: Iterable[str],
    *,
    country_iso: str | None = None,
    journal: Journal | None = None,
    max_cost: float | None = None,
    price: float | None = None,
    batch_size: int = BATCH_SIZE,
    threads: int = 1,
    lookup_callback_url: str | None = None,
    wait: Callable[[NumbersApi, str], Iterable[DataNumberLookup]] = wait_for_lookup,
    progress: Callable[[Progress], object] | None = None,
) -> Iterator[LookedUp]:
    """Look up any number of phone numbers. Each valid number costs money.

    With a journal, a run that failed, was interrupted or died goes on when this is called again with the same numbers.
    No batch is sent that was sent before, and its results are read again at no cost. Numbers may have been added at the
    end; ``batch_size``, ``threads`` and ``max_cost`` may be others. After a failure or an interrupt nothing more is
    sent, and the batches that are being sent are waited for, so that their answers are in the journal.

    ``max_cost`` is never passed where all numbers cost the same, unless a single one costs more. Until a price is
    known, one valid number is sent alone. Then a batch is made small enough to fit in at the highest price seen. Where
    prices differ, give the highest of your price list as ``price``, and the limit holds for all of them; without it, a
    batch of dearer numbers may pass the limit. A batch in doubt counts as paid for.

    Args:
        api: Makes the calls.
        numbers: In E.164 format, or in the national format of ``country_iso``; a list, a generator, any iterable. A
            number that is there twice may be paid twice.
        country_iso: Country of the numbers in national format.
        journal: Keeps what was paid; None keeps nothing, for what may be lost.
        max_cost: The most to spend, in the account's currency, earlier runs with this journal included.
        price: The most that one number may cost, as far as it is known.
        batch_size: Numbers in a request, 1 to 40,000.
        threads: Batches to have under way at a time. More than one needs a journal, as the others have been paid when
            one fails.
        lookup_callback_url: Where the results are posted, in place of the account's own URL.
        wait: Takes ``api`` and the id of a bulk lookup and returns all its results, in any order, when they are there.
            The default asks for them; it can be told by webhooks instead. It runs in the caller's thread.
        progress: Called with each batch's :class:`Progress`, in the caller's thread.

    Returns:
        What became of each number, in the order of the input.

    Raises:
        ApiTypeError: an argument is of the wrong type; a number is none, once its turn comes.
        ApiValueError: an argument has a value that is not allowed; or the journal was made for other numbers.
        UnknownOutcomeException: the journal has batches whose outcome is unknown. Nothing was sent.
        CostLimitException: ``max_cost`` is reached. It comes after the results of all that was looked up.
        JournalException: the journal cannot be used.
        ApiException: a call failed. With ``outcome_unknown`` set, the journal has a batch more in doubt.
    """
    _check_numbers(numbers)
    _check_count("batch_size", batch_size, BATCH_SIZE)
    _check_count("threads", threads, MOST_THREADS)
    _check_text("country_iso", country_iso)
    _check_text("lookup_callback_url", lookup_callback_url)
    _check_amount("max_cost", max_cost)
    _check_amount("price", price)
    if threads > 1 and journal is None:
        raise ApiValueError("threads must be 1 without a journal, not more: what is paid must be known after a failure")
    run = _Run(api, _Input(numbers), country_iso, lookup_callback_url, batch_size, max_cost, price)
    return _looked_up(run, journal, threads, wait, progress)


def settle_unknown(
    api: NumbersApi, journal: Journal, *, grace: float = 300.0, known: Collection[str] = ()
) -> list[Batch]:
    """Find out, at no cost, what became of the batches that a journal has in doubt, and settle them in it.

    Args:
        api: Makes the calls, with a credential of the account that the journal is of.
        journal: What :func:`lookup_all` was given.
        grace: Seconds that a batch may have waited for its turn, and the service may have taken to carry it out,
            counted from when the batch was written down. Only after them a batch that left no trace counts as not
            carried out.
        known: Ids of bulk lookups that others have started meanwhile, such as those in other journals.

    Returns:
        The batches of which it cannot be told, such as two of one size and time; for ``Journal.settle``.

    Raises:
        ApiException: a call failed. Nothing was settled.
        JournalException: the journal cannot be used.
    """
    started = {batch.lookup_bulk_id for batch in journal.all_from(0) if batch.lookup_bulk_id is not None}
    outcomes = [
        (batch, find_bulk_lookup(api, batch.size, batch.sent_at, grace=grace, known=started | set(known)))
        for batch in journal.unknown()
    ]
    # One bulk lookup may fit two batches, of which it can be but one.
    fitting = Counter(_bulk_id_of(outcome) for _, outcome in outcomes)
    several = {batch.size for batch, outcome in outcomes if isinstance(outcome, CannotBeTold)}
    left: list[Batch] = []
    for batch, outcome in outcomes:
        if isinstance(outcome, NotCarriedOut):
            journal.settle(batch, None)
        elif batch.size in several or fitting[_bulk_id_of(outcome)] > 1:
            left.append(batch)
        else:
            journal.settle(batch, _bulk_id_of(outcome))
    return left


def _bulk_id_of(outcome: Outcome) -> str | None:
    found = outcome.found if isinstance(outcome, CarriedOut) else None
    return found.id if isinstance(found, DataLookupCampaigns) else None


class _Input:
    """The numbers of the input, of which some can be seen before they are taken."""

    def __init__(self, numbers: Iterable[str]) -> None:
        self._rest = iter(numbers)
        self._ahead: list[str] = []

    def peek(self, most: int) -> list[str]:
        new = list(islice(self._rest, max(0, most - len(self._ahead))))
        for number in new:
            if not isinstance(number, str):
                raise ApiTypeError(f"numbers must be str, not {shown(number)}")
        self._ahead += new
        return self._ahead[:most]

    def take(self, most: int) -> list[str]:
        taken = self.peek(most)
        del self._ahead[: len(taken)]
        return taken

    def batches(self, size: int) -> Iterator[list[str]]:
        while batch := self.take(size):
            yield batch


def _validated(
    api: NumbersApi,
    given: _Input,
    country_iso: str | None,
    batch_size: int,
    threads: int,
    progress: Callable[[Progress], object] | None,
) -> Iterator[DataNumbersValidate]:
    done = 0
    calls = (partial(_validate, api, batch, country_iso) for batch in given.batches(batch_size))
    for batches, results in enumerate(_in_order(calls, threads), start=1):
        done += len(results)
        if progress is not None:
            progress(Progress(done, batches, 0.0))
        yield from results


def _validate(api: NumbersApi, numbers: list[str], country_iso: str | None) -> list[DataNumbersValidate]:
    answer = api.validate_numbers(NumbersValidateRequest(numbers, country_iso=_or_unset(country_iso)))
    results = answer.data or []
    if len(results) != len(numbers):
        reason = f"the answer has {len(results):,} results for {len(numbers):,} numbers"
        info = answer.http_info
        raise ApiException(info.status, reason, headers=info.headers, operation="validate_numbers")
    return results


def _in_order(calls: Iterator[Callable[[], T]], threads: int) -> Iterator[T]:
    """Make calls in threads, a few at a time, and give what they return in their order.

    After a failure no further call is made, and the failure is raised when its turn comes. However this ends, what was
    sent is waited for, and what was not sent yet never is. An interrupt hits the thread that waits here, and no call in
    the middle.
    """
    ended = Event()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="smscx bulk")
    begun: deque[Future[T]] = deque()
    try:
        for call in calls:
            if any(future.done() and future.exception() for future in begun):
                break
            begun.append(pool.submit(_until, ended, call))
            if len(begun) == threads:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        ended.set()
        pool.shutdown(cancel_futures=True)


def _until(ended: Event, call: Callable[[], T]) -> T:
    with stopped_by(ended):
        return call()


def _looked_up(
    run: _Run,
    journal: Journal | None,
    threads: int,
    wait: Callable[[NumbersApi, str], Iterable[DataNumberLookup]],
    progress: Callable[[Progress], object] | None,
) -> Iterator[LookedUp]:
    done = 0
    with Journal() if journal is None else nullcontext(journal) as kept, kept.run():
        for batches, (numbers, batch) in enumerate(_in_order(run.calls(kept), threads), start=1):
            results = wait(run.api, batch.lookup_bulk_id) if batch.lookup_bulk_id is not None else ()
            matched = _match(run.api, numbers, results, run.country_iso, batch.lookup_bulk_id)
            done += len(numbers)
            if progress is not None:
                progress(Progress(done, batches, kept.spent()))
            yield from matched
        if run.stopped is not None:
            raise run.stopped


class _Run:
    """What :func:`lookup_all` sends, and what it need not send as the journal has it."""

    def __init__(
        self,
        api: NumbersApi,
        given: _Input,
        country_iso: str | None,
        callback_url: str | None,
        batch_size: int,
        max_cost: float | None,
        price: float | None,
    ) -> None:
        self.api = api
        self.country_iso = country_iso
        self.stopped: CostLimitException | None = None
        """Why not all was sent."""
        self._given = given
        self._callback_url = callback_url
        self._batch_size = batch_size
        self._max_cost = max_cost
        self._price = price

    def calls(self, journal: Journal) -> Iterator[Callable[[], tuple[list[str], Batch]]]:
        """One call for each batch, which returns its numbers, and what became of it.

        Raises:
            UnknownOutcomeException: the journal has batches in doubt.
            ApiValueError: the journal was made for other numbers.
        """
        if in_doubt := journal.unknown():
            raise UnknownOutcomeException(in_doubt)
        self._read_costs(journal)
        limit = _Limit(self._max_cost, self._price, journal)
        start = 0
        while True:
            recorded = journal.first_from(start)
            if recorded is not None and recorded.start == start:
                numbers = self._given.take(recorded.size)
                self._check(recorded, numbers)
                yield partial(_as_it_is, numbers, recorded)
                start += recorded.size
                continue
            size = self._sendable(journal, limit, start)
            if size == 0:
                return
            numbers = self._given.take(size)
            limit.begin(size)
            batch = Batch.of(start, numbers, self.country_iso)
            yield partial(self._send, journal, limit, batch, numbers)
            start += size

    def _sendable(self, journal: Journal, limit: _Limit, start: int) -> int:
        """How many of the next numbers go into one batch; 0 where there are none, or none may be sent."""
        most = self._batch_size
        if later := journal.all_from(start):
            most = min(most, later[0].start - start)
            numbers = self._given.peek(later[-1].start + later[-1].size - start)
            for batch in later:
                self._check(batch, numbers[batch.start - start :][: batch.size])
        numbers = self._given.peek(most)
        if not numbers:
            return 0
        room = limit.room(len(numbers))
        if room is None:
            return self._up_to_a_valid_one(numbers[:FEW])
        if room == 0:
            self.stopped = limit.reached()
        return room

    def _up_to_a_valid_one(self, numbers: list[str]) -> int:
        results = _validate(self.api, numbers, self.country_iso)
        return next((index for index, result in enumerate(results, start=1) if not result.invalid), len(numbers))

    def _send(self, journal: Journal, limit: _Limit, batch: Batch, numbers: list[str]) -> tuple[list[str], Batch]:
        in_doubt = batch.size
        try:
            batch = self._look_up(journal, batch, numbers)
            in_doubt = batch.size if batch.cost is None else 0
        except ApiExceptionBase as failure:
            in_doubt = batch.size if _in_doubt(failure) else 0
            raise
        finally:
            limit.end(batch.size, in_doubt)
        return numbers, batch

    def _look_up(self, journal: Journal, batch: Batch, numbers: list[str]) -> Batch:
        """Send a batch, and write down before that it will be sent, and afterwards what became of it."""
        country, url = _or_unset(self.country_iso), _or_unset(self._callback_url)
        request = NumbersLookupRequest(numbers, country_iso=country, lookup_callback_url=url)
        journal.begin(batch)
        try:
            return journal.answered(batch, *_paid(self.api.lookup_numbers(request), batch))
        except BaseException as failure:
            if isinstance(failure, ApiException) and (failure.status, failure.error_code) in NOTHING_TO_LOOK_UP:
                return journal.answered(batch, None, 0.0, None)
            if _in_doubt(failure):
                journal.leave(batch)
            else:
                journal.withdraw(batch)
            raise

    def _check(self, recorded: Batch, numbers: list[str]) -> None:
        if digest_of(numbers, self.country_iso) == recorded.digest:
            return
        where = f"from number {recorded.start:,} on"
        if len(numbers) < recorded.size:
            raise ApiValueError(
                f"the journal was made for other numbers: it has {recorded.size:,} {where}, not {len(numbers):,}"
            )
        raise ApiValueError(
            f"the journal was made for other numbers or another country_iso: {recorded.size:,} {where} differ"
        )

    def _read_costs(self, journal: Journal) -> None:
        """Ask, at no cost, what the batches have cost that were settled since the last run."""
        for batch in journal.unpriced():
            bulk_id = str(batch.lookup_bulk_id)
            said = _info(self.api.get_bulk_lookup_status(bulk_id, limit=1))
            size, cost = _amount(said.get("totalPhoneNumbers")), _amount(said.get("totalCost"))
            if size is not None and size != batch.size:
                raise ApiValueError(
                    f"{_shown_batch(batch)}: settled with the bulk lookup {bulk_id}, which has {size:,.0f} numbers;"
                    " settle it again"
                )
            if cost is not None:
                journal.answered(batch, bulk_id, cost, cost / max(1.0, _amount(said.get("totalValid")) or 0.0))


class _Limit:
    """How many numbers can be sent before ``max_cost`` is passed."""

    def __init__(self, max_cost: float | None, price: float | None, journal: Journal) -> None:
        self._max_cost = max_cost
        self._price = price
        self._journal = journal
        self._changed = Condition()
        self._sending = 0
        self._reserved = 0
        """Numbers that may cost something that is not in the journal yet."""

    def room(self, wanted: int) -> int | None:
        """How many of so many numbers can be sent; None where one valid number can, to learn the price. Where they are
        not all, the answers to the batches that are being sent are waited for: they may have cost less than they could.
        """
        if self._max_cost is None:
            return wanted
        with self._changed:
            self._changed.wait_for(lambda: not self._sending or (self._fitting() or 0) >= wanted)
            fitting = self._fitting()
        return None if fitting is None else min(wanted, fitting)

    def begin(self, size: int) -> None:
        """Count a batch as paid until it has ended."""
        with self._changed:
            self._sending += 1
            self._reserved += size

    def end(self, size: int, in_doubt: int) -> None:
        """Count a batch as what the journal has of it, but for the numbers in doubt."""
        with self._changed:
            self._sending -= 1
            self._reserved -= size - in_doubt
            self._changed.notify_all()

    def reached(self) -> CostLimitException:
        return CostLimitException(self._max_cost or 0.0, self._journal.spent(), self._highest_price())

    def _fitting(self) -> int | None:
        price = self._highest_price()
        if price is None:
            return 0 if self._reserved else None
        left = (self._max_cost or 0.0) - self._journal.spent() - self._reserved * price + _ROUNDING
        if left < 0:
            return 0
        return int(min(left / price, sys.maxsize)) if price else sys.maxsize

    def _highest_price(self) -> float | None:
        return max((price for price in (self._price, self._journal.price()) if price is not None), default=None)


def _shown_batch(batch: Batch) -> str:
    where = f"{batch.size:,} numbers from number {batch.start:,} on, the first {batch.first_number}"
    return f"{where}, sent {batch.sent_at:%Y-%m-%d %H:%M:%S} UTC"


def _as_it_is(numbers: list[str], batch: Batch) -> tuple[list[str], Batch]:
    return numbers, batch


def _in_doubt(failure: BaseException) -> bool:
    """Whether a batch may have been carried out although sending it has failed."""
    if isinstance(failure, ApiException):
        return failure.outcome_unknown
    return not isinstance(failure, (ApiTypeError, ApiValueError))


def _paid(answer: NumbersLookupResponse, batch: Batch) -> tuple[str, float | None, float | None]:
    """The bulk lookup that a batch became, what it cost, and the most that one of its numbers cost.

    Raises:
        ApiException: the answer names no bulk lookup, so it is in doubt.
    """
    said, data = _info(answer), answer._object().get("data")
    bulk_id, cost, valid = said.get("lookupBulkId"), _amount(said.get("totalCost")), _amount(said.get("totalValid"))
    if not isinstance(bulk_id, str):
        raise _no_bulk_id(answer, batch)
    items = cast("list[object]", data) if isinstance(data, list) else []
    prices = [_amount(cast("dict[str, object]", item).get("cost")) for item in items if isinstance(item, dict)]
    if cost is not None:
        prices.append(cost / max(1.0, valid or 0.0))
    return bulk_id, cost, max((price for price in prices if price is not None), default=None)


def _info(answer: Model) -> dict[str, Any]:
    """What an answer says of the whole, as it came: a field may be missing or odd."""
    info = answer._object().get("info")
    return cast("dict[str, Any]", info) if isinstance(info, dict) else {}


def _no_bulk_id(answer: NumbersLookupResponse, batch: Batch) -> ApiException:
    info = answer.http_info
    failure = ApiException(
        info.status,
        "the answer names no bulk lookup",
        body=answer.to_json(),
        headers=info.headers,
        operation="lookup_numbers",
        outcome_unknown=True,
        find_out="get_bulk_lookup_campaigns",
    )
    failure.sent_at = batch.sent_at
    failure.lost_at = datetime.now(timezone.utc)
    failure.arguments = {"phone_numbers": batch.size}
    return failure


def _match(
    api: NumbersApi,
    numbers: list[str],
    results: Iterable[DataNumberLookup],
    country_iso: str | None,
    bulk_id: str | None,
) -> list[LookedUp]:
    """Give each number its result, by its E.164 format: results may be in any order, and fewer than numbers.

    For a number that is not written so the service says its E.164 format, at no cost. Where a number is there more
    often than its results, the last of them serves the others too.
    """
    left: dict[str, deque[DataNumberLookup]] = {}
    for result in results:
        left.setdefault(_digits(str(result._object().get("phoneNumber"))), deque()).append(result)
    keys = [_digits(number) if country_iso is None or number.lstrip().startswith("+") else "" for number in numbers]
    odd = left.pop("", None)
    places = [place for place, key in enumerate(keys) if key not in left]
    if left and places:
        asked = _validate(api, [numbers[place] for place in places], country_iso)
        for place, answer in zip(places, asked, strict=True):
            keys[place] = _digits(answer.phone_number)
    if left and not left.keys() & set(keys):
        reason = f"the bulk lookup {bulk_id} has none of the numbers of its batch: it must be another's"
        raise ApiException(reason=reason, operation="get_bulk_lookup_status")
    if odd or not left.keys() <= set(keys):
        logger.warning("The bulk lookup %s has results that fit no number that was sent", bulk_id)
    return [LookedUp(number, _next(left.get(key)), bulk_id) for number, key in zip(numbers, keys, strict=True)]


def _next(left: deque[DataNumberLookup] | None) -> DataNumberLookup | None:
    if not left:
        return None
    return left.popleft() if len(left) > 1 else left[0]


def _digits(number: str) -> str:
    """The digits of a number in E.164 format, however it is spaced; nothing where it is something else."""
    return _NOT_DIGITS.sub("", number) if _SPACED.fullmatch(number) else ""


def _amount(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _or_unset(value: str | None) -> str:
    return UNSET if value is None else value


def _check_numbers(numbers: object) -> None:
    if isinstance(numbers, (str, bytes)) or not isinstance(numbers, Iterable):
        raise ApiTypeError(f"numbers must be a list or another iterable of str, not {type(numbers).__name__}")


def _check_text(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise ApiTypeError(f"{name} must be str or None, not {shown(value)}")


def _check_count(name: str, count: object, most: int) -> None:
    if not isinstance(count, int) or isinstance(count, bool):
        raise ApiTypeError(f"{name} must be int, not {shown(count)}")
    if not 1 <= count <= most:
        raise ApiValueError(f"{name} must be 1 to {most:,}, not {count:,}")


def _check_amount(name: str, amount: object) -> None:
    if amount is None:
        return
    value = _amount(amount)
    if value is None:
        raise ApiTypeError(f"{name} must be float or None, not {shown(amount)}")
    if not 0 < value < math.inf:
        raise ApiValueError(f"{name} must be more than 0, not {value:g}")
