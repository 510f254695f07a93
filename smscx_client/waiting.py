"""Waiting: poll until a rented number receives an SMS or a one-time code, or until a bulk lookup has its results."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import takewhile
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar, cast

from smscx_client import _clock
from smscx_client._argument_checks import check_moment, describe
from smscx_client._one_time_codes import find_code
from smscx_client._polling import TRANSIENT_ERRORS, Polling
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import ApiException, ApiTimeoutException, ApiTypeError, ApiValueError
from smscx_client.http_info import service_time
from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.model_utils import JsonObject, Model, info_of, items_of, view
from smscx_client.pagination import paginate

if TYPE_CHECKING:
    from smscx_client.model.get_inbound_sms_response import GetInboundSMSResponse
    from smscx_client.model.numbers_bulk_lookup_result import NumbersBulkLookupResult

T = TypeVar("T")

RESULTS_PER_PAGE = 500
"""Maximum page size of the service."""
SMS_PER_PAGE = 50
"""More SMS than this rarely arrive between two polls."""
UNDATED = datetime.max.replace(tzinfo=timezone.utc)
"""Time of an SMS whose date is missing or malformed, so that it counts as new."""


def wait_for_sms(
    api: NumbersApi,
    rent_id: str,
    *,
    timeout: float = 120.0,
    since: datetime | None = None,
    sender: str | None = None,
    predicate: Callable[[DataReceiveSms], bool] | None = None,
    poll_interval: float = 1.0,
    max_poll_interval: float = 10.0,
    cancel: Event | None = None,
) -> DataReceiveSms:
    """Wait until a rented number receives an SMS, such as a one-time code. Polling is free.

    Without ``since``, an SMS that is already there at the first poll does not count. If the SMS may already have
    arrived, pass ``since=rental.rent_start``. Or pass the ``received_at`` of the last SMS that you handled, and a
    ``predicate`` that excludes that SMS.

    Args:
        api: Client of the account that rents the number.
        rent_id: Rental ID.
        timeout: Seconds to wait; 0 polls once. The last poll may take one more second.
        since: Accept only SMS received in this second or later, by the service's clock. Must be aware.
        sender: Accept only SMS from this sender.
        predicate: Accept only SMS for which this function returns True.
        poll_interval: First polling interval in seconds. It grows by half after each poll.
        max_poll_interval: Longest polling interval in seconds.
        cancel: Ends the waiting when your code sets it, for example from another thread.

    Returns:
        The first accepted SMS that arrived.

    Raises:
        ApiTypeError: an argument has the wrong type.
        ApiValueError: ``since`` is not aware, or a number of seconds is not allowed.
        CallCancelledException: ``cancel`` was set.
        ApiTimeoutException: there was no such SMS before the timeout. Failures of the connection or the service do not
            end the polling; the last one is the cause of this exception.
        ApiException: the service rejected the call, such as ``ResourceNotFoundException`` (1223) if the rental does not
            exist.
    """

    def accept(sms: DataReceiveSms) -> DataReceiveSms | None:
        return sms if predicate is None or predicate(sms) else None

    polling = Polling("get_inbound_sms", api, timeout, poll_interval, max_poll_interval, cancel)
    return _first_accepted(_Inbox(polling, api, rent_id, since), sender, accept, f"arrived within {timeout:g} s")


def wait_for_code(
    api: NumbersApi,
    rent_id: str,
    *,
    pattern: str | re.Pattern[str] | None = None,
    sender: str | None = None,
    timeout: float = 120.0,
    since: datetime | None = None,
    poll_interval: float = 1.0,
    max_poll_interval: float = 10.0,
    cancel: Event | None = None,
) -> str:
    """Wait until a rented number receives an SMS with a one-time code, and return the code. Polling is free.

    An SMS without a code is skipped. Which SMS count is as in :func:`wait_for_sms`.

    Without ``pattern``, codes of 4 to 8 digits are found in any language and script, and codes of capital letters and
    digits. Links, dates, prices and phone numbers do not count. The code is returned as a person types it: digits as 0
    to 9, without the dash or spaces between them, and without a prefix such as ``G-``.

    Args:
        api: Client of the account that rents the number.
        rent_id: Rental ID.
        pattern: Regular expression that finds the code: its first group, or all of it if it has no groups.
        sender: Accept only SMS from this sender.
        timeout: Seconds to wait; 0 polls once. The last poll may take one more second.
        since: Accept only SMS received in this second or later, by the service's clock. Must be aware.
        poll_interval: First polling interval in seconds. It grows by half after each poll.
        max_poll_interval: Longest polling interval in seconds.
        cancel: Ends the waiting when your code sets it, for example from another thread.

    Returns:
        The code of the first SMS that has one.

    Raises:
        ApiTypeError: an argument has the wrong type.
        ApiValueError: ``pattern`` is not a regular expression, ``since`` is not aware, or a number of seconds is not
            allowed.
        CallCancelledException: ``cancel`` was set.
        ApiTimeoutException: there was no such SMS before the timeout. The message says how many had no code.
        ApiException: the service rejected the call, such as ``ResourceNotFoundException`` (1223) if the rental does not
            exist.
    """
    find = find_code if pattern is None else _finder(pattern)
    polling = Polling("get_inbound_sms", api, timeout, poll_interval, max_poll_interval, cancel)

    def accept(sms: DataReceiveSms) -> str | None:
        return find(_readable(sms, "text") or "")

    inbox = _Inbox(polling, api, rent_id, since)
    return _first_accepted(inbox, sender, accept, f"with a code arrived within {timeout:g} s")


def wait_for_lookup(
    api: NumbersApi,
    lookup_bulk_id: str,
    *,
    timeout: float = 3600.0,
    progress: Callable[[int, int], object] | None = None,
    poll_interval: float = 1.0,
    max_poll_interval: float = 30.0,
    cancel: Event | None = None,
) -> list[DataNumberLookup]:
    """Wait until a bulk lookup has all its results. Polling is free.

    Args:
        api: Client of the account that started the bulk lookup.
        lookup_bulk_id: Bulk lookup ID.
        timeout: Seconds to wait; 0 polls once. The last poll may take one more second.
        progress: Called after each poll with the number of results so far, and the number expected.
        poll_interval: First polling interval in seconds. It grows by half after each poll.
        max_poll_interval: Longest polling interval in seconds.
        cancel: Ends the waiting when your code sets it, for example from another thread.

    Returns:
        The results, one for each valid number.

    Raises:
        ApiTypeError: a number of seconds is not a number.
        ApiValueError: a number of seconds is not allowed.
        CallCancelledException: ``cancel`` was set.
        ApiTimeoutException: some results were not available before the timeout. Failures of the connection or the
            service do not end the polling; the last one is the cause of this exception.
        ApiException: the service rejected the call, such as ``ResourceNotFoundException`` (1220) if the bulk lookup
            does not exist.
    """
    options = {"poll_interval": poll_interval, "max_poll_interval": max_poll_interval}
    return list(lookup_results(api, lookup_bulk_id, timeout=timeout, progress=progress, cancel=cancel, **options))


def lookup_results(
    api: NumbersApi,
    lookup_bulk_id: str,
    *,
    timeout: float = 3600.0,
    progress: Callable[[int, int], object] | None = None,
    poll_interval: float = 1.0,
    max_poll_interval: float = 30.0,
    cancel: Event | None = None,
) -> Iterator[DataNumberLookup]:
    """Iterate over the results of a bulk lookup as they arrive. Polling is free.

    It does what :func:`wait_for_lookup` does, with one page of results in memory instead of all of them.

    Args:
        api: Client of the account that started the bulk lookup.
        lookup_bulk_id: Bulk lookup ID.
        timeout: Seconds to wait for all results, without the time that your code needs for them.
        progress: Called after each poll with the number of results so far, and the number expected.
        poll_interval: First polling interval in seconds. It grows by half after each poll.
        max_poll_interval: Longest polling interval in seconds.
        cancel: Ends the waiting when your code sets it, for example from another thread.

    Returns:
        An iterator, which ends after the last result.

    Raises:
        ApiTypeError: a number of seconds is not a number.
        ApiValueError: a number of seconds is not allowed.

    The iterator raises the other exceptions of :func:`wait_for_lookup`.
    """
    polling = Polling("get_bulk_lookup_status", api, timeout, poll_interval, max_poll_interval, cancel)
    page = partial(polling.call, api.get_bulk_lookup_status, lookup_bulk_id, limit=RESULTS_PER_PAGE)
    return _read_results(_ResultReader(page), polling, timeout, progress)


def _read_results(
    reader: _ResultReader, polling: Polling, timeout: float, progress: Callable[[int, int], object] | None
) -> Iterator[DataNumberLookup]:
    failure: ApiException | None = None
    for _ in polling.times():
        try:
            for results in reader.read_new():
                arrived = _clock.elapsed()
                yield from results
                polling.extend(_clock.elapsed() - arrived)
        except TRANSIENT_ERRORS as exception:
            failure = exception
            continue
        if progress is not None and reader.total is not None:
            progress(reader.received, reader.total)
        if reader.complete():
            return
    reason = f"only {reader.state()} arrived within {timeout:g} s"
    raise ApiTimeoutException(reason=reason, operation=polling.operation) from failure


def _first_accepted(
    inbox: _Inbox, sender: str | None, accept: Callable[[DataReceiveSms], T | None], expected: str
) -> T:
    """Return the first result of ``accept`` that is not None. An SMS that it cannot read is skipped."""
    if not isinstance(sender, (str, type(None))):
        raise ApiTypeError(f"sender must be str or None, not {describe(sender)}")
    skipped: list[DataReceiveSms] = []

    def choose(new: list[DataReceiveSms]) -> T | None:
        for sms in new:
            if sender is None or _readable(sms, "_from") == sender:
                with suppress(ApiTypeError, ApiValueError):
                    if (accepted := accept(sms)) is not None:
                        return accepted
            skipped.append(sms)
        return None

    def missing() -> str:
        named = sender is not None and any(map(str.isalpha, sender))  # a phone number is not shown
        others = f"; {len(skipped):,} other SMS did" if skipped else ""
        return f"no SMS {f'from {sender} ' if named else ''}{expected}{others}"

    return inbox.polling.tolerant_until(inbox.read_new, choose, missing)


def _finder(pattern: str | re.Pattern[str]) -> Callable[[str], str | None]:
    """Return a function that returns the first group of a pattern in a message, or all that it matches."""
    if not isinstance(getattr(pattern, "pattern", pattern), str):
        raise ApiTypeError(f"pattern must be str, a compiled pattern of str, or None, not {describe(pattern)}")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ApiValueError(f"pattern is not a regular expression: {error}") from None
    return lambda text: (found := compiled.search(text)) and (found[min(1, compiled.groups)] or None)


class _Inbox:
    """The SMS that a rented number received since a time, or since the first poll."""

    def __init__(self, polling: Polling, api: NumbersApi, rent_id: str, since: datetime | None) -> None:
        check_moment("since", since)
        self.polling = polling
        self._page = partial(polling.call, api.get_inbound_sms, rent_id, limit=SMS_PER_PAGE)
        self._since = None if since is None else since.replace(microsecond=0)  # the service has whole seconds
        self._started = time.monotonic()
        self._first_poll_failed = False
        """Whether SMS that arrived between the call and the first successful poll count."""
        self._seen: dict[str, datetime] | None = None if since is None else {}
        """When the SMS of earlier polls were received, by ID."""

    def read_new(self) -> list[DataReceiveSms]:
        """Return the SMS that arrived since the last poll, the oldest first. A poll that failed starts again."""
        if self._seen is None:
            return self._read_first()
        unseen: list[DataReceiveSms] = []
        newest_seen = max((at for at in self._seen.values() if at != UNDATED), default=UNDATED)
        for sms in paginate(self._read_page):
            if self._since is not None and _received_at(sms) < self._since:
                break
            if _id_of(sms) not in self._seen:
                unseen.append(sms)
            elif _received_at(sms) < newest_seen:  # SMS of the same second may come in any order
                break
        self._seen |= {_id_of(sms): _received_at(sms) for sms in unseen}
        return unseen[::-1]

    def _read_first(self) -> list[DataReceiveSms]:
        retried, self._first_poll_failed = self._first_poll_failed, True
        page = self._read_page()
        present = page.data
        newest = _received_at(present[0]) if present else UNDATED
        if len(present) >= SMS_PER_PAGE and _received_at(present[-1]) == newest:
            # The next page may have more of that second.
            every = paginate(self._read_page)
            present = list(takewhile(lambda sms: _received_at(sms) == newest, every))
        self._seen = {_id_of(sms): _received_at(sms) for sms in present}
        if not retried:
            return []
        elapsed = timedelta(seconds=time.monotonic() - self._started)  # the local clock may be changed meanwhile
        started_at = service_time(page.http_info.headers) - elapsed
        return [sms for sms in present if _received_at(sms) >= started_at.replace(microsecond=0)][::-1]

    def _read_page(self, **options: object) -> GetInboundSMSResponse:
        """Return a page without the rows that are not objects. Waiting longer would not correct them."""
        page = self._page(**options)
        rows, following = items_of(page), _next_cursor(page)
        page._object().update(data=[row for row in rows if row], paging={"next": following})
        return page


class _ResultReader:
    """Reads each result of a bulk lookup once."""

    def __init__(self, page: Callable[..., NumbersBulkLookupResult]) -> None:
        self.received = 0
        self.total: int | None = None
        self._seen: set[str] = set()
        """Lookup IDs. Rows that are not objects count as well, because waiting longer does not correct them."""
        self._page = page
        self._cursor: str | None = None
        self._sizes: dict[str | None, int] = {}
        """How many results the pages had, by their cursors."""
        self._polls_without_results = 0
        """Number of polls that found no new results."""

    def read_new(self) -> Iterator[list[DataNumberLookup]]:
        """Yield new results, from the page at which the last poll ended, or from all pages if one may have changed."""
        before = self.received
        requested: set[str | None] = set()
        following = self._cursor
        while following not in requested:
            requested.add(following)
            page = self._page(next=following)
            rows, total = items_of(page), info_of(page).get("totalValid")
            self.total = total if type(total) is int and total >= 0 else None
            yield self._new(rows, following)
            self._sizes[following] = len(rows)
            self._cursor = following
            following = _next_cursor(page) or following
        if self._may_have_missed_some(before):
            self._cursor = None
            self._sizes.clear()

    def complete(self) -> bool:
        return self.total is not None and len(self._seen) >= self.total

    def _new(self, rows: list[JsonObject], cursor: str | None) -> list[DataNumberLookup]:
        new: list[DataNumberLookup] = []
        for place, row in enumerate(rows):
            lookup_id = row.get("lookupId")
            key = lookup_id if type(lookup_id) is str and lookup_id else f"{cursor} {place} {bool(row)}"
            if key in self._seen:
                continue
            self._seen.add(key)
            if row:
                new.append(view(DataNumberLookup, row))
        self.received += len(new)
        return new

    def _may_have_missed_some(self, before: int) -> bool:
        if self._cursor is None:
            return False
        if self.total is not None and sum(self._sizes.values()) >= self.total:
            return True
        if self.received > before:
            return False
        self._polls_without_results += 1
        return self._polls_without_results.bit_count() == 1  # after 1, 2, 4, 8, ... because reading all pages is slow

    def state(self) -> str:
        total = "an unknown number of" if self.total is None else f"{self.total:,}"
        return f"{self.received:,} of {total} results"


def _next_cursor(page: Model) -> str | None:
    paging = page._object().get("paging")
    cursor = cast("JsonObject", paging).get("next") if isinstance(paging, dict) else None
    return cursor if isinstance(cursor, str) else None


def _readable(sms: DataReceiveSms, name: str) -> Any:
    """Return a field of an SMS; None if it is missing or malformed."""
    try:
        return getattr(sms, name)
    except (ApiTypeError, ApiValueError):
        return None


def _received_at(sms: DataReceiveSms) -> datetime:
    return _readable(sms, "received_at") or UNDATED


def _id_of(sms: DataReceiveSms) -> str:
    return _readable(sms, "msg_id") or sms.to_json()
