"""Find out whether a call with an unknown outcome was processed, before you retry it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from threading import Event
from typing import Any, NamedTuple, TypeVar, cast

from smscx_client import _clock
from smscx_client._argument_checks import check_moment, check_seconds, check_strings
from smscx_client._e164 import convert_to_e164, to_e164
from smscx_client._polling import Polling
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import (
    ApiException,
    ApiMethodNotAllowedException,
    ApiTypeError,
    ApiValueError,
    ResourceNotFoundException,
)
from smscx_client.http_info import clock_offset
from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.model.data_rented_numbers import DataRentedNumbers
from smscx_client.model.info_rent_status import InfoRentStatus
from smscx_client.model_utils import JsonObject, Model, info_of, items_of

R = TypeVar("R", bound=Model)

SERVICE_TIME_TOLERANCE = timedelta(seconds=120)
READ_INTERVAL = 1.0
"""Seconds between the two reads that must agree before a request counts as not processed."""
MAX_FREE_CALLS = 500
"""How many calls may be made to find one outcome."""
RESULTS_PER_PAGE = 500
CLOCK_TOLERANCE = timedelta(seconds=2)
"""The service rounds its times to the second, and its clock is read from a ``Date`` header, which is rounded too."""
CANCELLATION_PERIOD = timedelta(minutes=30)
"""How long after its start a rental can be cancelled. One that ended later was not cancelled."""
BASELINE_TIMEOUT = 300.0
"""Seconds that the calls before a request may take together."""
RENTAL_NOT_FOUND = 1223
NOT_CACHED = {"Cache-Control": "no-cache"}
BEGINNING, END = datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc)


class Processed(NamedTuple):
    """The request was processed. Do not retry it."""

    found: DataRentedNumbers | DataLookupCampaigns | InfoRentStatus | str | None
    """The new rental, the bulk lookup, or the renewed rental. None after a cancellation.

    In ``Journal.resolve`` it may also be the rental ID or bulk lookup ID.
    """


class NotProcessed(NamedTuple):
    """The request was not processed and not charged. You can retry it."""


class Undetermined(NamedTuple):
    """Free calls cannot tell, or cannot tell yet, whether the request was processed."""

    reason: str
    """Why not, as a message for people."""


Outcome = Processed | NotProcessed | Undetermined


class PartlyProcessed(NamedTuple):
    """A complete bulk lookup has results of some of the numbers, and of no others."""

    found: DataLookupCampaigns
    missing: frozenset[str]
    """The other valid numbers, in E.164 format. They may have no coverage, or were never sent."""


class UnknownRequest(NamedTuple):
    """A request whose outcome is unknown, and what was known before it was sent."""

    operation: str
    known: Mapping[str, Any]
    """The arguments ``number_id``, ``rent_id`` and ``rent_period``, and the result of :func:`read_baseline`.
    ``service_time``, or ``local_start`` and ``local_end``, say when it was sent."""
    numbers: Sequence[str]
    """The distinct valid numbers of a lookup, in E.164 format."""
    size: int
    """How many numbers a lookup had as it was sent."""
    settles_at: float
    """When the service has certainly finished with the request, by ``_clock.elapsed``."""
    is_taken: Callable[[str], bool]
    """Returns whether a rental ID or bulk lookup ID belongs to another request."""
    is_wanted: Callable[[frozenset[str]], bool] = lambda _: False
    """Returns whether another request with an unknown outcome is a lookup of exactly these numbers."""
    must_wait: Callable[[], bool] = lambda: False
    """Returns whether another request is being sent that a bulk lookup with some of the numbers may belong to."""

    def time_window(self, offset: timedelta | None) -> _TimeWindow:
        """Return when the service may have processed the request, from how far its clock is ahead of the local one."""
        if offset is None:
            raise _UnreliableError("a response has no date, so the service's time is not known")
        now = datetime.now(timezone.utc) + offset
        if "local_start" in self.known:
            return _TimeWindow(self.known["local_start"] + offset, self.known["local_end"] + offset, now)
        start = self.known.get("service_time")
        return _TimeWindow(datetime.fromisoformat(start) - SERVICE_TIME_TOLERANCE if start else BEGINNING, END, now)


class _TimeWindow(NamedTuple):
    """When the service may have processed a request, and its current time, by its own clock."""

    start: datetime
    end: datetime
    now: datetime


def find_outcome(
    api: NumbersApi,
    exception: ApiException,
    *,
    phone_numbers: Sequence[str] = (),
    country_iso: str | None = None,
    grace: float = 120.0,
    timeout: float = 300.0,
    exclude_ids: Collection[str] = (),
    previous_rent_end: datetime | None = None,
    cancel: Event | None = None,
) -> Outcome:
    """Check with the service whether a request was processed, after an exception with ``outcome_unknown`` set.

    This makes only free calls. It recognizes a new rental by number ID and time, and a bulk lookup by its numbers. For
    a renewal or cancellation, it reads the state of the rental. Only complete, well-formed responses count, and "not
    processed" needs two of them: anything else is undetermined. A wrong local clock does not matter, unless it is
    changed between the call and this one.

    A single lookup is always undetermined; ``IdempotentNumbersApi.lookup_number`` has an outcome that can be found. API
    version 2022-10 lists neither bulk lookups nor the number IDs of rentals.

    Args:
        api: Client with a credential of the same account.
        exception: The exception that the call raised, possibly in another process or some time ago.
        phone_numbers: For a bulk lookup: the phone numbers of the request. The exception does not contain them.
        country_iso: For a bulk lookup: the country of the request.
        grace: Seconds until "not processed" is reported, because a slow service may still be working on the request.
            They count from when the client stopped waiting for the response; from now on if another process made the
            call. Anything that the service processed later is ignored.
        timeout: Seconds after which this function returns :class:`Undetermined` if it has found nothing by then.
        exclude_ids: Rental and bulk lookup IDs of other calls, which must not be mistaken for this one.
        previous_rent_end: For a renewal: ``rent_end`` before the call. It is required if the rental had already been
            renewed in advance. A rental that renews itself and has passed this end is undetermined.
        cancel: Ends the polling when your code sets it, for example from another thread.

    Returns:
        :class:`Processed`, :class:`NotProcessed` or :class:`Undetermined`.

    Raises:
        ApiTypeError: ``exception`` is not an ``ApiException``, or another argument is of the wrong type.
        ApiValueError: ``previous_rent_end`` is not aware, or a number of seconds is not allowed.
        CallCancelledException: ``cancel`` was set.
        ApiException: a call of this function failed. You can call it again.
    """
    if not isinstance(exception, ApiException):
        raise ApiTypeError(f"exception must be the ApiException of a call, not {type(exception).__name__}")
    if not exception.outcome_unknown:
        return NotProcessed()
    check_seconds("grace", grace)
    check_strings("phone_numbers", phone_numbers)
    check_strings("exclude_ids", exclude_ids)
    check_moment("previous_rent_end", previous_rent_end)
    operation, started_at = exception.operation or "", exception.started_at
    if operation not in _OPERATIONS or started_at is None:
        return Undetermined(f"no free call can tell whether {operation} was processed")
    if operation == "lookup_numbers" and not phone_numbers:
        return Undetermined("only the phone numbers of a bulk lookup identify it; pass them as phone_numbers")
    known = {
        **exception.identifying_arguments,
        "local_start": started_at - CLOCK_TOLERANCE,
        "local_end": (exception.failed_at or started_at) + timedelta(seconds=grace) + CLOCK_TOLERANCE,
    }
    if previous_rent_end is not None:
        known["rent_end"] = previous_rent_end.isoformat()
    numbers = convert_to_e164(api, phone_numbers, country_iso) if phone_numbers else []
    failed_at = exception._failed_at_elapsed
    settles_at = (_clock.elapsed() if failed_at is None else failed_at) + grace
    valid, is_taken = list(filter(None, numbers)), set(exclude_ids).__contains__
    request = UnknownRequest(operation, known, valid, len(phone_numbers), settles_at, is_taken)
    outcome = wait_for_outcome(api, request, timeout=timeout, cancel=cancel)
    if isinstance(outcome, PartlyProcessed):
        return Undetermined(f"the bulk lookup {outcome.found.id} has results of some of the numbers, but not of all")
    return outcome


def wait_for_outcome(
    api: NumbersApi, request: UnknownRequest, *, timeout: float, cancel: Event | None = None
) -> Outcome | PartlyProcessed:
    """Poll until the outcome of a request is known, or the timeout has passed.

    Raises:
        CallCancelledException: ``cancel`` was set.
        ApiException: a free call failed.
    """
    polling = Polling("find_outcome", api, timeout, cancel=cancel)
    free = _FreeCalls(api, polling)
    empty: tuple[float, _Nothing] | None = None
    for _ in polling.times():
        must_wait = request.must_wait()
        try:
            found = _OPERATIONS[request.operation].resolve(free, request)
        except (_UnreliableError, ApiTypeError, ApiValueError) as unreliable:  # the service sent malformed values
            return Undetermined(str(unreliable))
        # While a part was read, another request may have been sent, or got the response that the part is in.
        part = found.found.id if isinstance(found, PartlyProcessed) else None
        if part and (must_wait or request.must_wait() or request.is_taken(part)):
            found = None
        if found is not None and not isinstance(found, _Nothing):
            return found
        now = _clock.elapsed()
        if found is None:
            empty = None
        elif empty is None or not empty[1].seen <= found.seen:
            if now >= request.settles_at:
                empty = now, found
        elif now - empty[0] >= READ_INTERVAL:
            return NotProcessed()
    return Undetermined("the service may still be working on the request; try again later")


def read_baseline(
    api: NumbersApi, operation: str, arguments: Mapping[str, Any]
) -> tuple[dict[str, Any], datetime | None]:
    """Read the state of the account that a request will change, and the service's time, with free calls.

    Raises:
        ApiException: a free call failed, or its response is malformed.
    """
    with _before_sending(api, operation) as free:
        state = _OPERATIONS[operation].read_baseline(free, arguments)
    return state, None if free.clock_offset is None else datetime.now(timezone.utc) + free.clock_offset


def find_missing_numbers(api: NumbersApi, bulk_id: str, numbers: Sequence[str]) -> list[str]:
    """Return the valid numbers that have no result in a complete bulk lookup. This is free.

    Raises:
        ApiException: a free call failed, or a response is malformed.
    """
    with _before_sending(api, "get_bulk_lookup_status") as free:
        written = free.written(numbers)
        found = {to_e164(row.get("phoneNumber")) for results, _ in free.results(bulk_id) for row in results}
    found |= {written[number] for number in found & written.keys()}
    return [number for number in dict.fromkeys(written.values()) if number and number not in found]


@contextmanager
def _before_sending(api: NumbersApi, operation: str) -> Generator[_FreeCalls]:
    try:
        yield _FreeCalls(api, Polling(operation, api, BASELINE_TIMEOUT))
    except (_UnreliableError, ApiTypeError, ApiValueError) as unreliable:
        reason = f"the state of the account cannot be read, so nothing was sent: {unreliable}"
        raise ApiException(reason=reason, operation=operation, attempts=0) from None


class _UnreliableError(Exception):
    """A response proves nothing, for this reason."""


class _NoListError(_UnreliableError):
    """The service does not list bulk lookups."""


class _Nothing(NamedTuple):
    """One read of the account, in which nothing belongs to the request."""

    seen: frozenset[str] = frozenset()
    """IDs of everything that the service listed."""


Found = Processed | Undetermined | PartlyProcessed | _Nothing | None
"""None if the service is still working on something that may belong to the request."""


class _FreeCalls:
    """Free calls that find an outcome. Each is limited to the time that is left.

    Args:
        api: Makes the calls.
        polling: Says how much time is left.
    """

    def __init__(self, api: NumbersApi, polling: Polling) -> None:
        self._api = api
        self._polling = polling
        self._calls = 0
        self.ruled_out: set[str] = set()
        """Bulk lookups with results of other numbers."""
        self.clock_offset: timedelta | None = None
        """How far the service's clock is ahead of the local one, by the last response; None if it does not say."""
        self._written: dict[str, str] = {}

    def rentals(self) -> list[DataRentedNumbers]:
        """Return every rental of the account.

        The list leaves out numbers that accept alphanumeric senders unless they are requested.
        """
        found: dict[str, DataRentedNumbers] = {}
        for accepts_names in (False, True):
            response = self._read(self._api.get_rented_numbers, inbound_sms_sender=accepts_names)
            found |= {rental.rent_id: rental for rental in _items(response, "rent_id", "rent_start", "rent_end")}
        return list(found.values())

    def bulk_lookups(self) -> Iterator[list[DataLookupCampaigns]]:
        """Yield the account's bulk lookups, one page at a time."""
        try:
            for page in self._pages(self._api.get_bulk_lookup_campaigns):
                yield _items(page, "id", "datetime_added")
        except (ResourceNotFoundException, ApiMethodNotAllowedException):
            raise _NoListError("API version 2022-10 does not list bulk lookups") from None

    def results(self, bulk_id: str) -> Iterator[tuple[list[JsonObject], JsonObject]]:
        """Return an iterator over the pages of a bulk lookup: the results, and the totals."""
        return ((items_of(page), info_of(page)) for page in self._pages(self._api.get_bulk_lookup_status, bulk_id))

    def rental(self, known: Mapping[str, Any]) -> InfoRentStatus | None:
        """Return a rental; None if it does not exist."""
        rent_id = _argument(known, "rent_id")
        try:
            response = self._read(self._api.get_rent_status, rent_id)
        except ResourceNotFoundException as not_found:
            if not_found.error_code != RENTAL_NOT_FOUND:
                raise _UnreliableError("a 404 response without the service's error code is not proof") from None
            self._read_clock(not_found.headers)
            return None
        _check(response, "info")
        _check(response.info, "rent_id", "rent_start", "rent_end")
        if response.info.rent_id.lower() != rent_id:
            raise _UnreliableError("the status is that of another rental")
        return response.info

    def written(self, numbers: Sequence[str]) -> dict[str, str]:
        """Return the numbers as the service writes them; an empty string for one that is not valid."""
        if numbers and not self._written:
            written = self._polling.call(convert_to_e164, self._api, numbers, None)
            self._written = dict(zip(numbers, written, strict=True))
        return self._written

    def _pages(self, read: Callable[..., R], *arguments: str) -> Iterator[R]:
        cursor: str | None = None
        requested: set[str | None] = set()
        while cursor not in requested:
            requested.add(cursor)
            page: Any = self._read(read, *arguments, limit=RESULTS_PER_PAGE, next=cursor)
            yield page
            cursor = page.paging.next if page.paging else None
            if not cursor:
                return
        raise _UnreliableError("the pages of the list form a loop")

    def _read(self, read: Callable[..., R], *arguments: str, **options: object) -> R:
        self._calls += 1
        if self._calls > MAX_FREE_CALLS:
            raise _UnreliableError(f"{MAX_FREE_CALLS} free calls were not enough")
        response = self._polling.call(read, *arguments, **options, _headers=NOT_CACHED)
        if response.http_info.headers.get("Age", "0").strip() != "0":
            raise _UnreliableError("a cache sent a stored response")
        self._read_clock(response.http_info.headers)
        return response

    def _read_clock(self, headers: Mapping[str, str]) -> None:
        seconds = clock_offset(headers)
        self.clock_offset = None if seconds is None else timedelta(seconds=seconds)


def _baseline_of_rent(free: _FreeCalls, arguments: Mapping[str, Any]) -> dict[str, Any]:
    rentals = free.rentals()
    number_id = _argument(arguments, "number_id")
    anchor = max(rentals, key=lambda rental: rental.rent_end, default=None)
    ids = [rental.rent_id for rental in rentals if _number_id(rental) in (number_id, None)]
    return {"rent_ids": ids, "anchor": anchor and anchor.rent_id}


def _resolve_rent(free: _FreeCalls, request: UnknownRequest) -> Found:
    number_id, period = _argument(request.known, "number_id"), request.known.get("rent_period")
    rentals = free.rentals()
    window = request.time_window(free.clock_offset)
    before: Collection[str] = request.known.get("rent_ids", ())
    new = [
        rental
        for rental in rentals
        if window.start <= rental.rent_start <= window.end
        and rental._object().get("rentPeriod") in (period, None)
        and rental.rent_id not in before
        and not request.is_taken(rental.rent_id)
    ]
    ours = [rental for rental in new if _number_id(rental) == number_id]
    possible = [rental.rent_id for rental in ours or new if _number_id(rental) in (number_id, None)]
    if ours and len(possible) == 1:
        return Processed(ours[0])
    if possible:
        return Undetermined(f"the call may have made one of these rentals: {', '.join(possible)}")
    if "rent_ids" in request.known:
        anchor = request.known["anchor"]
        if any(_number_id(rental) is None for rental in rentals):
            return Undetermined("API version 2022-10 does not list the number IDs of rentals")
        if anchor is not None and anchor not in {rental.rent_id for rental in rentals}:
            return Undetermined(f"the list of rentals no longer shows the rental {anchor}")
    if not isinstance(period, int) or window.now >= window.start + timedelta(days=period):
        return Undetermined("the rental may have ended since, and ended rentals may not be listed")
    return _Nothing(frozenset(rental.rent_id for rental in rentals))


def _number_id(rental: DataRentedNumbers) -> str | None:
    number_id = rental._object().get("numberId")
    return number_id.lower() if isinstance(number_id, str) else None


def _baseline_of_lookup(free: _FreeCalls, _: Mapping[str, Any]) -> dict[str, Any]:
    try:
        newest = next(free.bulk_lookups())
    except _NoListError:
        return {}
    return {"anchor": newest[0].id if newest else None}


def _resolve_bulk_lookup(free: _FreeCalls, request: UnknownRequest) -> Found:
    seen, candidates = _candidates(free, request)
    parts: list[PartlyProcessed] = []
    reserved: set[frozenset[str]] = set()
    """Results that another request wants. It gets one of the bulk lookups that have exactly these."""
    pending = False
    for bulk in candidates:
        results = _results_among(free, bulk, request.numbers)
        if results is None:
            pending |= bulk.id not in free.ruled_out
            continue
        written = free.written(request.numbers)
        missing = frozenset(filter(None, written.values())) - {written.get(number, number) for number in results}
        if not missing:
            return Processed(bulk)
        if request.is_wanted(results) and results not in reserved:
            reserved.add(results)
        else:
            parts.append(PartlyProcessed(bulk, missing))
    if pending:
        return None
    return min(parts, key=lambda part: len(part.missing)) if parts else _Nothing(seen)


def _candidates(free: _FreeCalls, request: UnknownRequest) -> tuple[frozenset[str], list[DataLookupCampaigns]]:
    """Return the IDs that the list shows, and the bulk lookups that may be the request, the nearest in size first."""
    anchor = request.known.get("anchor")
    listed: list[DataLookupCampaigns] = []
    seen: set[str] = set()
    window = _TimeWindow(BEGINNING, END, END)
    for page in free.bulk_lookups():
        window = request.time_window(free.clock_offset)
        listed += page
        seen.update(bulk.id for bulk in page)
        times = [bulk.datetime_added for bulk in listed]
        newest_first = times == sorted(times, reverse=True)
        if newest_first and times and times[-1] < window.start and (anchor is None or anchor in seen):
            break
    for bulk in listed:
        _check(bulk, "total_phone_numbers")
    if anchor is not None and anchor not in seen:
        raise _UnreliableError(f"the list of bulk lookups no longer shows {anchor}")
    candidates = [
        bulk
        for bulk in listed
        if window.start <= bulk.datetime_added <= window.end
        and bulk.total_phone_numbers <= request.size
        and bulk.id not in free.ruled_out
        and not request.is_taken(bulk.id)
    ]
    return frozenset(seen), sorted(candidates, key=lambda bulk: request.size - bulk.total_phone_numbers)


def _results_among(free: _FreeCalls, bulk: DataLookupCampaigns, numbers: Sequence[str]) -> frozenset[str] | None:
    """Return the numbers of the results of a bulk lookup; None if they are incomplete or include other numbers."""
    found: set[str] = set()
    rows, total = 0, None
    for results, info in free.results(bulk.id):
        total = info.get("totalValid")
        rows += len(results)
        page = {to_e164(row.get("phoneNumber")) for row in results}
        if "" in page:
            return None
        if not page.issubset(numbers) and not page <= {*numbers, *free.written(numbers).values()}:
            free.ruled_out.add(bulk.id)
            return None
        found |= page
    return frozenset(found) if found and type(total) is int and rows == total else None


def _baseline_of_rental(free: _FreeCalls, arguments: Mapping[str, Any]) -> dict[str, Any]:
    rental = free.rental(arguments)
    if rental is None:
        return {}
    return {"rent_end": rental.rent_end.isoformat(), "previous_period": rental._object().get("rentPeriod")}


def _resolve_renewal(free: _FreeCalls, request: UnknownRequest) -> Found:
    rental = free.rental(request.known)
    if rental is None:
        return Undetermined("the rental no longer exists")
    window, current = request.time_window(free.clock_offset), rental._object().get("rentPeriod")
    period = request.known.get("rent_period") or request.known.get("previous_period") or current
    if not isinstance(period, int) or not isinstance(rental._object().get("autoRenew"), bool):
        return Undetermined("the status of the rental is malformed")
    if "rent_end" not in request.known:
        if current != period or rental.rent_end <= window.start + timedelta(days=period):
            return _Nothing()  # a renewal would have added its period to an end in the future
        reason = f"the rental ends on {rental.rent_end}; pass its end before the call as previous_rent_end to find out"
        return Undetermined(reason)
    return _compare_ends(rental, datetime.fromisoformat(request.known["rent_end"]), period, window.now)


def _compare_ends(rental: InfoRentStatus, previous_end: datetime, period: int, now: datetime) -> Found:
    if rental.rent_end == previous_end:
        return _Nothing()
    if rental.auto_renew and previous_end <= now:
        return Undetermined("the rental renews itself, and its previous end has passed")
    if rental.rent_end != previous_end + timedelta(days=period):
        return Undetermined(f"the rental ended on {previous_end} before the call, and now ends on {rental.rent_end}")
    return Processed(rental)


def _resolve_cancellation(free: _FreeCalls, request: UnknownRequest) -> Found:
    rental = free.rental(request.known)
    if rental is None:
        return Processed(None)
    # API version 2022-10 does not say whether a rental is active, but it does not show cancelled ones.
    if "active_rent" not in rental or rental.active_rent:
        return _Nothing()
    _check(rental, "active_rent")
    window = request.time_window(free.clock_offset)
    if "rent_end" in request.known:
        ended = window.now >= datetime.fromisoformat(request.known["rent_end"])
        return Undetermined("the rental has ended since") if ended else Processed(None)
    return Processed(None) if rental.rent_start >= window.start - CANCELLATION_PERIOD else _Nothing()


def _argument(known: Mapping[str, Any], name: str) -> str:
    """Return an argument that identifies the request, in lower case."""
    value = known.get(name)
    if not isinstance(value, str) or not value:
        raise _UnreliableError(f"the {name} of the call is not known")
    return value.lower()


def _items(response: Any, *fields: str) -> list[Any]:
    """Return the items of a list. None of them may lack one of the fields, or be malformed."""
    _check(response, "data")
    for item in response.data:
        _check(item, *fields)
    return cast("list[Any]", response.data)


def _check(model: Model, *fields: str) -> None:
    """Check that no field is missing, null or an empty string. A malformed one raises by itself."""
    for name in fields:
        if getattr(model, name) in (None, ""):
            raise _UnreliableError(f"{name} is missing or malformed in a response")


class _Operation(NamedTuple):
    """How free calls find the outcome of a request."""

    read_baseline: Callable[[_FreeCalls, Mapping[str, Any]], dict[str, Any]]
    resolve: Callable[[_FreeCalls, UnknownRequest], Found]


_OPERATIONS: Mapping[str, _Operation] = {
    "rent_number": _Operation(_baseline_of_rent, _resolve_rent),
    "lookup_numbers": _Operation(_baseline_of_lookup, _resolve_bulk_lookup),
    "renew_rent": _Operation(_baseline_of_rental, _resolve_renewal),
    "cancel_rent": _Operation(_baseline_of_rental, _resolve_cancellation),
}
