"""Waiting: for the SMS that someone sends to a rented number, and for the results of a bulk lookup."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import takewhile
from typing import TypeVar

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    ApiTypeError,
    ApiValueError,
    RateLimitExceededException,
    ServerErrorException,
)
from smscx_client.http_info import clock_ahead
from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.model_utils import shown
from smscx_client.paging import paginate

T = TypeVar("T")
Seen = TypeVar("Seen")

PASSING = (ApiConnectionException, RateLimitExceededException, ServerErrorException)
"""Failures of a look that the next look may not meet."""
RESULTS = 500
"""Results in a page: the most that the service gives."""
RECENT = 50
"""SMS in a page: seldom do more come between two looks."""
LATEST = datetime.max.replace(tzinfo=timezone.utc)


def wait_for_sms(
    api: NumbersApi,
    rent_id: str,
    *,
    timeout: float = 120.0,
    since: datetime | None = None,
    sender: str | None = None,
    matching: Callable[[DataReceiveSms], bool] | None = None,
    pause: float = 1.0,
    pause_max: float = 10.0,
) -> DataReceiveSms:
    """Wait until a rented number receives an SMS, such as a code. Asking costs nothing.

    Without ``since``, an SMS that is there at the first look is not meant. One that may have come already is found with
    ``since=rent.rent_start``, or the ``received_at`` of the last SMS that was dealt with and a ``matching`` that leaves
    that one out.

    Args:
        api: Makes the calls.
        rent_id: Identifier of the rent.
        timeout: Seconds to wait, 0 for one look. A call that is under way then is not cut short.
        since: Accept what was received in this second or later, by the service's clock; aware.
        sender: Accept what comes from this sender alone.
        matching: Accept what this function says of.
        pause: Seconds between the first looks; the pauses grow by half each time.
        pause_max: The longest of them.

    Returns:
        The first SMS that came of those that are accepted.

    Raises:
        ApiTypeError: an argument is of the wrong type.
        ApiValueError: ``since`` is not aware, or a number of seconds makes no sense.
        ApiTimeoutException: no such SMS came in time. Failures of the connection or the service do not end the waiting;
            the last one is the cause of this exception.
        ApiException: the service refuses the call: ``ResourceNotFoundException`` where there is no such rent (1223).
    """
    _check_since(since)
    if not isinstance(sender, (str, type(None))):
        raise ApiTypeError(f"sender must be str or None, not {shown(sender)}")
    inbox = _Inbox(api, rent_id, since)

    def chosen(new: list[DataReceiveSms]) -> DataReceiveSms | None:
        fitting = (sms for sms in new if (sender is None or sms._from == sender))
        return next((sms for sms in fitting if matching is None or matching(sms)), None)

    named = sender is not None and any(map(str.isalpha, sender))  # a phone number is not shown
    awaited = f"no SMS came from {sender}" if named else "no SMS came"
    return _wait("get_inbound_sms", inbox.new, chosen, timeout, pause, pause_max, lambda: awaited)


def wait_for_lookup(
    api: NumbersApi,
    lookup_bulk_id: str,
    *,
    timeout: float = 3600.0,
    progress: Callable[[int, int], object] | None = None,
    pause: float = 1.0,
    pause_max: float = 30.0,
) -> list[DataNumberLookup]:
    """Wait until a bulk lookup has all its results. Asking costs nothing.

    Args:
        api: Makes the calls.
        lookup_bulk_id: Identifier of the bulk lookup.
        timeout: Seconds to wait, 0 for one look. A call that is under way then is not cut short.
        progress: Called after each look with how many results are there, and of how many.
        pause: Seconds between the first looks; the pauses grow by half each time.
        pause_max: The longest of them.

    Returns:
        The results, as many as numbers were valid.

    Raises:
        ApiTypeError: a number of seconds is none.
        ApiValueError: a number of seconds makes no sense.
        ApiTimeoutException: some results were not there in time. Failures of the connection or the service do not end
            the waiting; the last one is the cause of this exception.
        ApiException: the service refuses the call: ``ResourceNotFoundException`` where there is no such bulk lookup
            (1220).
    """
    reading = _Reading(api, lookup_bulk_id)

    def complete(_: None) -> list[DataNumberLookup] | None:
        if progress is not None and reading.total is not None:
            progress(len(reading.results), reading.total)
        return list(reading.results.values()) if reading.complete() else None

    came = lambda: f"only {reading.state()} came"  # noqa: E731
    return _wait("get_bulk_lookup_status", reading.go_on, complete, timeout, pause, pause_max, came)


class _Inbox:
    """What a rented number has received since a time, or since the first look."""

    def __init__(self, api: NumbersApi, rent_id: str, since: datetime | None) -> None:
        self._api = api
        self._rent_id = rent_id
        self._since = None if since is None else since.replace(microsecond=0)  # the service tells whole seconds
        self._began = datetime.now(timezone.utc)
        self._failed = False
        """Whether a first look was in vain, so that the SMS that came since then are meant."""
        self._seen: dict[str, datetime] | None = None if since is None else {}
        """When the SMS of earlier looks were received, by their ids."""

    def new(self) -> list[DataReceiveSms]:
        """What came since the last look, the oldest first. An interrupted look is made again as a whole."""
        if self._seen is None:
            return self._first_look()
        unseen: list[DataReceiveSms] = []
        newest_seen = max(self._seen.values(), default=LATEST)
        for sms in paginate(self._api.get_inbound_sms, self._rent_id, limit=RECENT):
            if self._since is not None and _received(sms) < self._since:
                break
            if sms.msg_id not in self._seen:
                unseen.append(sms)
            elif _received(sms) < newest_seen:  # those of one second may stand in any order
                break
        self._seen |= {sms.msg_id: _received(sms) for sms in unseen}
        return unseen[::-1]

    def _first_look(self) -> list[DataReceiveSms]:
        meant, self._failed = self._failed, True
        page = self._api.get_inbound_sms(self._rent_id, limit=RECENT)
        there = page.data or []
        newest = _received(there[0]) if there else LATEST
        if len(there) >= RECENT and _received(there[-1]) == newest:  # more of that second may be on the next page
            every = paginate(self._api.get_inbound_sms, self._rent_id, limit=RECENT)
            there = list(takewhile(lambda sms: _received(sms) == newest, every))
        self._seen = {sms.msg_id: _received(sms) for sms in there}
        if not meant:
            return []
        began = self._began + timedelta(seconds=clock_ahead(page.http_info.headers))
        return [sms for sms in there if _received(sms) >= began.replace(microsecond=0)][::-1]


class _Reading:
    """The results of a bulk lookup, as far as they were read."""

    def __init__(self, api: NumbersApi, lookup_bulk_id: str) -> None:
        self.results: dict[str, DataNumberLookup] = {}
        self.total: int | None = None
        self._api = api
        self._lookup_bulk_id = lookup_bulk_id
        self._cursor: str | None = None
        self._sizes: dict[str | None, int] = {}
        """How many results the pages had, by their cursors."""
        self._in_vain = 0
        """How many looks brought nothing new."""

    def go_on(self) -> None:
        """Read from the page on which the last look ended, or all pages where results may have come before that one."""
        before = len(self.results)
        asked: set[str | None] = set()
        following = self._cursor
        while following not in asked:
            asked.add(following)
            page = self._api.get_bulk_lookup_status(self._lookup_bulk_id, limit=RESULTS, next=following)
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
        self._in_vain += 1
        return self._in_vain.bit_count() == 1  # after 1, 2, 4, 8 and so on: all pages may be many

    def state(self) -> str:
        return f"{len(self.results):,} of {'an unknown number of' if self.total is None else f'{self.total:,}'} results"


def _received(sms: DataReceiveSms) -> datetime:
    return sms.received_at or LATEST  # None where the service leaves it out


def _wait(
    operation: str,
    look: Callable[[], Seen],
    chosen: Callable[[Seen], T | None],
    timeout: float,
    pause: float,
    pause_max: float,
    state: Callable[[], str],
) -> T:
    failure: ApiException | None = None
    for _ in _turns(timeout, pause, pause_max):
        try:
            seen = look()
        except PASSING as exception:
            failure = exception
            continue
        found = chosen(seen)
        if found is not None:
            return found
    reason = f"{state()} within {timeout:g} s"
    raise ApiTimeoutException(reason=reason, operation=operation) from failure


def _turns(timeout: float, pause: float, pause_max: float) -> Iterator[None]:
    """A turn to look at once, one after each pause, and one when the time is over."""
    _check_seconds(timeout=timeout, pause=pause, pause_max=pause_max)
    if not timeout >= 0:
        raise ApiValueError(f"timeout must be 0 s or more, not {timeout:g}")
    if not 0 < pause <= pause_max:
        raise ApiValueError(f"pause must be more than 0 s and at most pause_max, {pause_max:g} s, not {pause:g}")
    end = time.monotonic() + timeout
    while True:
        yield
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, random.uniform(pause / 2, pause)))
        pause = min(pause * 1.5, pause_max)


def _check_seconds(**arguments: object) -> None:
    for name, value in arguments.items():
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise ApiTypeError(f"{name} must be float, not {shown(value)}")


def _check_since(since: object) -> None:
    if since is None:
        return
    if not isinstance(since, datetime):
        raise ApiTypeError(f"since must be datetime or None, not {shown(since)}")
    if since.utcoffset() is None:
        raise ApiValueError("since must be an aware datetime, such as the rent_start of a rent")
