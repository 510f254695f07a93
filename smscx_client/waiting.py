"""Waiting: for the SMS that someone sends to a rented number, and for the results of a bulk lookup."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    ApiValueError,
    RateLimitExceededException,
    ServerErrorException,
)
from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.paging import paginate

T = TypeVar("T")

PASSING = (ApiConnectionException, RateLimitExceededException, ServerErrorException)
"""Failures of a look that the next look may not meet."""
PAGE = 500
"""The most that the service gives at a time."""


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

    Without ``since``, an SMS that is there when this begins is not meant. One that may have come already is found with
    ``since=rent.rent_start``, or the ``received_at`` of the last SMS that was dealt with and a ``matching`` that leaves
    that one out.

    Args:
        api: Makes the calls.
        rent_id: Identifier of the rent.
        timeout: Seconds to wait.
        since: Accept what was received at this time or later, by the service's clock; aware.
        sender: Accept what comes from this sender alone.
        matching: Accept what this function says of.
        pause: Seconds between the first looks; the pauses grow by half each time.
        pause_max: The longest of them.

    Returns:
        The first SMS that came of those that are accepted.

    Raises:
        ApiValueError: ``since`` is not aware, or a number of seconds makes no sense.
        ApiTimeoutException: no such SMS came in time. Failures of the connection or the service do not end the waiting;
            the last one is the cause of this exception.
        ApiException: the service refuses the call: ``ResourceNotFoundException`` where there is no such rent (1223).
    """
    if since is not None and since.tzinfo is None:
        raise ApiValueError("since must be an aware datetime, such as the rent_start of a rent")
    inbox = _Inbox(api, rent_id, since)

    def look() -> DataReceiveSms | None:
        fitting = (sms for sms in inbox.new() if (sender is None or sms._from == sender))
        return next((sms for sms in fitting if matching is None or matching(sms)), None)

    awaited = f"no SMS came{f' from {sender}' if sender and not sender.lstrip('+').isdigit() else ''}"
    return _wait("get_inbound_sms", look, timeout, pause, pause_max, lambda: awaited)


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
        timeout: Seconds to wait.
        progress: Called after each look with how many results are there, and of how many.
        pause: Seconds between the first looks; the pauses grow by half each time.
        pause_max: The longest of them.

    Returns:
        The results, as many as numbers were valid.

    Raises:
        ApiValueError: a number of seconds makes no sense.
        ApiTimeoutException: some results were not there in time. Failures of the connection or the service do not end
            the waiting; the last one is the cause of this exception.
        ApiException: the service refuses the call: ``ResourceNotFoundException`` where there is no such bulk lookup
            (1220).
    """
    reading = _Reading(api, lookup_bulk_id)

    def look() -> list[DataNumberLookup] | None:
        reading.go_on()
        if progress is not None and reading.total is not None:
            progress(len(reading.results), reading.total)
        return list(reading.results.values()) if reading.complete() else None

    return _wait("get_bulk_lookup_status", look, timeout, pause, pause_max, lambda: f"only {reading.state()} came")


class _Inbox:
    """What a rented number has received since a time, or since the first look."""

    def __init__(self, api: NumbersApi, rent_id: str, since: datetime | None) -> None:
        self._api = api
        self._rent_id = rent_id
        self._since = since
        self._seen: set[str] | None = None if since is None else set()

    def new(self) -> list[DataReceiveSms]:
        """What came since the last look, the oldest first. An interrupted look is made again as a whole."""
        if self._seen is None:
            self._seen = {sms.msg_id for sms in self._api.get_inbound_sms(self._rent_id, limit=1).data or []}
            return []
        unseen: list[DataReceiveSms] = []
        for sms in paginate(self._api.get_inbound_sms, self._rent_id, limit=PAGE if self._since else 20):
            if sms.msg_id in self._seen or (self._since is not None and sms.received_at < self._since):
                break  # the newest come first
            unseen.append(sms)
        self._seen |= {sms.msg_id for sms in unseen}
        return unseen[::-1]


class _Reading:
    """The results of a bulk lookup, as far as they were read."""

    def __init__(self, api: NumbersApi, lookup_bulk_id: str) -> None:
        self.results: dict[str, DataNumberLookup] = {}
        self.total: int | None = None
        self._api = api
        self._lookup_bulk_id = lookup_bulk_id
        self._cursor: str | None = None

    def go_on(self) -> None:
        """Read from the page on which the last look ended; from the first page where that look brought nothing new,
        for then results may have come that stand before that page.
        """
        before = len(self.results)
        asked: set[str | None] = set()
        following = self._cursor
        while following not in asked:
            asked.add(following)
            page = self._api.get_bulk_lookup_status(self._lookup_bulk_id, limit=PAGE, next=following)
            self.total = page.info.total_valid if page.info else None
            self.results.update((result.lookup_id, result) for result in page.data or [])
            self._cursor = following
            following = (page.paging.next if page.paging else None) or following
        if len(self.results) == before:
            self._cursor = None

    def complete(self) -> bool:
        return self.total is not None and len(self.results) >= self.total

    def state(self) -> str:
        return f"{len(self.results):,} of {'an unknown number of' if self.total is None else f'{self.total:,}'} results"


def _wait(
    operation: str,
    look: Callable[[], T | None],
    timeout: float,
    pause: float,
    pause_max: float,
    state: Callable[[], str],
) -> T:
    failure: ApiException | None = None
    for _ in _turns(timeout, pause, pause_max):
        try:
            found = look()
        except PASSING as exception:
            failure = exception
            continue
        if found is not None:
            return found
    reason = f"{state()} within {timeout:g} s"
    raise ApiTimeoutException(reason=reason, operation=operation) from failure


def _turns(timeout: float, pause: float, pause_max: float) -> Iterator[None]:
    """A turn to look at once, one after each pause, and one when the time is over."""
    if not (timeout >= 0 and 0 < pause <= pause_max):
        raise ApiValueError("timeout must be 0 s or more, pause more than 0 s, and pause_max not less than pause")
    end = time.monotonic() + timeout
    while True:
        yield
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, random.uniform(pause / 2, pause)))
        pause = min(pause * 1.5, pause_max)
