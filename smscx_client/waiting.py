"""Waiting: polls until a rented number receives an SMS, or until a bulk lookup has its results."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from itertools import takewhile

from smscx_client._argument_checks import describe
from smscx_client._polling import poll_until, polls
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import ApiTypeError, ApiValueError
from smscx_client.http_info import clock_offset
from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.pagination import paginate

RESULTS_PER_PAGE = 500
"""The most that the service returns in a page."""
SMS_PER_PAGE = 50
"""More SMS than this rarely arrive between two polls."""
UNDATED = datetime.max.replace(tzinfo=timezone.utc)


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
) -> DataReceiveSms:
    """Wait until a rented number receives an SMS, such as a one-time code. Polling is free.

    Without ``since``, an SMS that is already there at the first poll does not count. If the SMS may already have
    arrived, pass ``since=rent.rent_start``, or the ``received_at`` of the last SMS that you handled and a ``predicate``
    that excludes that one.

    Args:
        api: Client of the account that rents the number.
        rent_id: Rental ID.
        timeout: Seconds to wait; 0 polls once. A call that is under way at the end is not interrupted.
        since: Accept only SMS received in this second or later, by the service's clock. Must be aware.
        sender: Accept only SMS from this sender.
        predicate: Accept only SMS for which this function returns True.
        poll_interval: First polling interval in seconds. It grows by half after each poll.
        max_poll_interval: Longest polling interval in seconds.

    Returns:
        The first accepted SMS that arrived.

    Raises:
        ApiTypeError: an argument has the wrong type.
        ApiValueError: ``since`` is not aware, or a number of seconds is not allowed.
        ApiTimeoutException: there was no such SMS in time. Failures of the connection or the service do not end the
            polling; the last one is the cause of this exception.
        ApiException: the service rejected the call, such as ``ResourceNotFoundException`` (1223) if the rental does not
            exist.
    """
    _check_since(since)
    if not isinstance(sender, (str, type(None))):
        raise ApiTypeError(f"sender must be str or None, not {describe(sender)}")
    inbox = _Inbox(api, rent_id, since)

    def choose(new: list[DataReceiveSms]) -> DataReceiveSms | None:
        from_sender = (sms for sms in new if sender is None or sms._from == sender)
        return next((sms for sms in from_sender if predicate is None or predicate(sms)), None)

    schedule = polls(timeout, poll_interval, max_poll_interval)
    named = sender is not None and any(map(str.isalpha, sender))  # a phone number is not shown
    missing = f"no SMS {f'from {sender} ' if named else ''}arrived within {timeout:g} s"
    return poll_until("get_inbound_sms", schedule, inbox.read_new, choose, lambda: missing)


def wait_for_lookup(
    api: NumbersApi,
    lookup_bulk_id: str,
    *,
    timeout: float = 3600.0,
    progress: Callable[[int, int], object] | None = None,
    poll_interval: float = 1.0,
    max_poll_interval: float = 30.0,
) -> list[DataNumberLookup]:
    """Wait until a bulk lookup has all its results. Polling is free.

    Args:
        api: Client of the account that started the bulk lookup.
        lookup_bulk_id: Bulk lookup ID.
        timeout: Seconds to wait; 0 polls once. A call that is under way at the end is not interrupted.
        progress: Called after each poll with the number of results so far, and the number expected.
        poll_interval: First polling interval in seconds. It grows by half after each poll.
        max_poll_interval: Longest polling interval in seconds.

    Returns:
        The results, one for each valid number.

    Raises:
        ApiTypeError: a number of seconds is not a number.
        ApiValueError: a number of seconds is not allowed.
        ApiTimeoutException: some results were not there in time. Failures of the connection or the service do not end
            the polling; the last one is the cause of this exception.
        ApiException: the service rejected the call, such as ``ResourceNotFoundException`` (1220) if the bulk lookup
            does not exist.
    """
    reader = _ResultReader(api, lookup_bulk_id)

    def choose(_: None) -> list[DataNumberLookup] | None:
        if progress is not None and reader.total is not None:
            progress(len(reader.results), reader.total)
        return list(reader.results.values()) if reader.complete() else None

    schedule = polls(timeout, poll_interval, max_poll_interval)
    missing = lambda: f"only {reader.state()} arrived within {timeout:g} s"  # noqa: E731
    return poll_until("get_bulk_lookup_status", schedule, reader.read_on, choose, missing)


class _Inbox:
    """The SMS that a rented number received since a time, or since the first poll."""

    def __init__(self, api: NumbersApi, rent_id: str, since: datetime | None) -> None:
        self._api = api
        self._rent_id = rent_id
        self._since = None if since is None else since.replace(microsecond=0)  # the service has whole seconds
        self._started_at = datetime.now(timezone.utc)
        self._first_poll_failed = False
        """Whether SMS that arrived between the call and the first successful poll count."""
        self._seen: dict[str, datetime] | None = None if since is None else {}
        """When the SMS of earlier polls were received, by ID."""

    def read_new(self) -> list[DataReceiveSms]:
        """Return the SMS that arrived since the last poll, the oldest first. A poll that failed is repeated whole."""
        if self._seen is None:
            return self._read_first()
        unseen: list[DataReceiveSms] = []
        newest_seen = max(self._seen.values(), default=UNDATED)
        for sms in paginate(self._api.get_inbound_sms, self._rent_id, limit=SMS_PER_PAGE):
            if self._since is not None and _received_at(sms) < self._since:
                break
            if sms.msg_id not in self._seen:
                unseen.append(sms)
            elif _received_at(sms) < newest_seen:  # SMS of the same second may come in any order
                break
        self._seen |= {sms.msg_id: _received_at(sms) for sms in unseen}
        return unseen[::-1]

    def _read_first(self) -> list[DataReceiveSms]:
        repeated, self._first_poll_failed = self._first_poll_failed, True
        page = self._api.get_inbound_sms(self._rent_id, limit=SMS_PER_PAGE)
        present = page.data or []
        newest = _received_at(present[0]) if present else UNDATED
        if len(present) >= SMS_PER_PAGE and _received_at(present[-1]) == newest:
            # The next page may have more of that second.
            every = paginate(self._api.get_inbound_sms, self._rent_id, limit=SMS_PER_PAGE)
            present = list(takewhile(lambda sms: _received_at(sms) == newest, every))
        self._seen = {sms.msg_id: _received_at(sms) for sms in present}
        if not repeated:
            return []
        started_at = self._started_at + timedelta(seconds=clock_offset(page.http_info.headers))
        return [sms for sms in present if _received_at(sms) >= started_at.replace(microsecond=0)][::-1]


class _ResultReader:
    """The results of a bulk lookup that were read so far."""

    def __init__(self, api: NumbersApi, lookup_bulk_id: str) -> None:
        self.results: dict[str, DataNumberLookup] = {}
        self.total: int | None = None
        self._api = api
        self._lookup_bulk_id = lookup_bulk_id
        self._cursor: str | None = None
        self._sizes: dict[str | None, int] = {}
        """How many results the pages had, by their cursors."""
        self._fruitless = 0
        """How many polls returned nothing new."""

    def read_on(self) -> None:
        """Read from the page on which the last poll ended, or all pages if an earlier one may have new results."""
        before = len(self.results)
        requested: set[str | None] = set()
        following = self._cursor
        while following not in requested:
            requested.add(following)
            page = self._api.get_bulk_lookup_status(self._lookup_bulk_id, limit=RESULTS_PER_PAGE, next=following)
            self.total = page.info.total_valid if page.info else None
            for place, result in enumerate(page.data or []):
                self.results[result.lookup_id or f"{following} {place}"] = result
            self._sizes[following] = len(page.data or [])
            self._cursor = following
            following = (page.paging.next if page.paging else None) or following
        if self._may_have_missed_some(before):
            self._cursor = None
            self._sizes.clear()

    def complete(self) -> bool:
        return self.total is not None and len(self.results) >= self.total

    def _may_have_missed_some(self, before: int) -> bool:
        if self._cursor is None:
            return False
        if self.total is not None and sum(self._sizes.values()) >= self.total:
            return True
        if len(self.results) > before:
            return False
        self._fruitless += 1
        return self._fruitless.bit_count() == 1  # after 1, 2, 4, 8 and so on, because all pages may be many

    def state(self) -> str:
        total = "an unknown number of" if self.total is None else f"{self.total:,}"
        return f"{len(self.results):,} of {total} results"


def _received_at(sms: DataReceiveSms) -> datetime:
    return sms.received_at or UNDATED  # None if the service omits it


def _check_since(since: object) -> None:
    if since is None:
        return
    if not isinstance(since, datetime):
        raise ApiTypeError(f"since must be datetime or None, not {describe(since)}")
    if since.utcoffset() is None:
        raise ApiValueError("since must be an aware datetime, such as the rent_start of a rental")
