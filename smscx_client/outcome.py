"""Find out whether a call with an unknown outcome was processed, before you retry it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from smscx_client._argument_checks import check_moment, check_seconds, check_strings
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
from smscx_client.model.bulk_lookup_campaigns_response import BulkLookupCampaignsResponse
from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.model.data_rented_numbers import DataRentedNumbers
from smscx_client.model.info_rent_status import InfoRentStatus
from smscx_client.model_utils import Model
from smscx_client.pagination import paginate

if TYPE_CHECKING:
    from threading import Event

M = TypeVar("M", bound=Model)

POLL_INTERVAL, MAX_POLL_INTERVAL = 1.0, 10.0
"""Seconds."""
CLOCK_TOLERANCE = timedelta(seconds=2)
"""The service rounds its times to the second, and its clock is read from a ``Date`` header, which is rounded too."""
CANCELLATION_PERIOD = timedelta(minutes=30)
"""How long after its start a rental can be cancelled. One that ended later was not cancelled."""
RENTAL_NOT_FOUND = 1223


class Processed(NamedTuple):
    """The request was processed. Do not retry it."""

    found: DataRentedNumbers | DataLookupCampaigns | InfoRentStatus | None
    """The new rental, the bulk lookup, or the renewed rental. None after a cancellation."""


class NotProcessed(NamedTuple):
    """The request was not processed and not charged. You can retry it."""


class Undetermined(NamedTuple):
    """Free calls cannot tell, or cannot tell yet, whether the request was processed."""

    reason: str
    """Why not, as a message for people."""


Outcome = Processed | NotProcessed | Undetermined


def find_outcome(
    api: NumbersApi,
    exception: ApiException,
    *,
    grace: float = 30.0,
    timeout: float = 120.0,
    exclude_ids: Collection[str] = (),
    previous_rent_end: datetime | None = None,
    cancel: Event | None = None,
) -> Outcome:
    """Check with the service whether a request was processed, after an exception with ``outcome_unknown`` set.

    This makes only free calls. It recognizes a new rental by number ID and time, and a bulk lookup by size and time.
    For a renewal or cancellation, it reads the state of the rental. Only complete, well-formed responses count:
    anything else is undetermined. A wrong local clock does not matter, unless it is changed between the call and this
    one.

    A single lookup is always undetermined. API version 2022-10 lists neither bulk lookups nor the number IDs of
    rentals.

    Args:
        api: Client with a credential of the same account.
        exception: The exception that the call raised, possibly in another process or some time ago.
        grace: Seconds from when the client stopped waiting for the response until "not processed" is reported. Until
            then this function polls, because a slow service may still be working on the request. Anything that the
            service processed later is ignored.
        timeout: Seconds after which this function returns :class:`Undetermined` if ``grace`` has not passed by then.
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
    check_strings("exclude_ids", exclude_ids)
    check_moment("previous_rent_end", previous_rent_end)
    resolve = _RESOLVERS.get(exception.operation or "")
    if resolve is None or exception.started_at is None:
        return Undetermined(f"no free call can tell whether {exception.operation} was processed")
    deadline = (exception.failed_at or exception.started_at) + timedelta(seconds=grace)
    call = _UnknownCall(
        _FreeCalls(api, deadline, timeout, cancel),
        exception.identifying_arguments,
        exception.started_at,
        deadline,
        exclude_ids,
        previous_rent_end,
    )
    return _poll(resolve, call)


def find_bulk_lookup(
    api: NumbersApi,
    size: int,
    sent_at: datetime,
    *,
    grace: float = 300.0,
    timeout: float = 600.0,
    exclude_ids: Collection[str] = (),
) -> Outcome:
    """Check with the service whether a bulk lookup was processed, if you have no exception.

    Use it for the batches of a journal that have an unknown outcome. This makes only free calls.

    Args:
        api: Client with a credential of the same account.
        size: How many phone numbers the request had.
        sent_at: Local time at which the call started, as an aware datetime.
        grace: Seconds from ``sent_at`` until "not processed" is reported; see :func:`find_outcome`. The default allows
            for rate-limit waits and for the read timeout.
        timeout: Seconds after which this function returns :class:`Undetermined` if ``grace`` has not passed by then.
        exclude_ids: Bulk lookup IDs of other requests.

    Returns:
        :class:`Processed`, :class:`NotProcessed` or :class:`Undetermined`.

    Raises:
        ApiTypeError: an argument is of the wrong type.
        ApiValueError: ``sent_at`` is not aware, or a number of seconds is not allowed.
        ApiException: a call of this function failed. You can call it again.
    """
    check_seconds("grace", grace)
    check_strings("exclude_ids", exclude_ids)
    if check_moment("sent_at", sent_at) is None:
        raise ApiTypeError("sent_at must be datetime, not None")
    deadline = sent_at + timedelta(seconds=grace)
    call = _UnknownCall(
        _FreeCalls(api, deadline, timeout, None), {"phone_numbers": size}, sent_at, deadline, exclude_ids, None
    )
    return _poll(_resolve_bulk_lookup, call)


class _UnreliableError(Exception):
    """A response proves nothing, for this reason."""


class _FreeCalls:
    """Free calls that find an outcome. Each is limited to the time that is left.

    Args:
        api: Makes the calls.
        deadline: Local time at which the service has certainly finished with the request.
        timeout: Seconds until the last poll.
        cancel: Ends the polling.
    """

    def __init__(self, api: NumbersApi, deadline: datetime, timeout: float, cancel: Event | None) -> None:
        self._api = api
        # The monotonic clock counts from here, because the local clock may be changed meanwhile.
        seconds = max(0.0, (deadline - datetime.now(timezone.utc)).total_seconds())
        self._settled_at = time.monotonic() + seconds
        check_seconds("timeout", timeout)
        limit = api.api_client.configuration.total_timeout
        self.polling = Polling("find_outcome", min(timeout, seconds), POLL_INTERVAL, MAX_POLL_INTERVAL, cancel, limit)

    def settled(self) -> bool:
        """Return whether the service has certainly finished with the request."""
        return time.monotonic() >= self._settled_at

    def rentals(self) -> tuple[list[DataRentedNumbers], Mapping[str, str]]:
        """Return every rental of the account, and the headers of the last response.

        The list leaves out numbers that accept alphanumeric senders unless they are requested.
        """
        found: dict[str, DataRentedNumbers] = {}
        headers: Mapping[str, str] = {}
        for accepts_names in (False, True):
            response = self._api.get_rented_numbers(
                inbound_sms_sender=accepts_names, _total_timeout=self.polling.call_timeout()
            )
            headers = response.http_info.headers
            found |= {rental.rent_id: rental for rental in _items(response, "rent_id", "rent_start")}
        return list(found.values()), headers

    def bulk_lookups(self) -> tuple[Iterator[DataLookupCampaigns], Mapping[str, str]]:
        """Return an iterator over the account's bulk lookups, and the headers of a response."""
        first = self._page(limit=1)
        return paginate(self._page), first.http_info.headers

    def rental(self, rent_id: str) -> tuple[InfoRentStatus | None, Mapping[str, str]]:
        """Return a rental, None if it does not exist, and the headers of the response."""
        try:
            response = self._api.get_rent_status(rent_id, _total_timeout=self.polling.call_timeout())
        except ResourceNotFoundException as not_found:
            if not_found.error_code != RENTAL_NOT_FOUND:
                raise _UnreliableError("a 404 response without the service's error code is not proof") from None
            return None, not_found.headers
        if not isinstance(response._object().get("info"), dict):
            raise _UnreliableError("the status of the rental is malformed")
        _check(response.info, "rent_id", "rent_start", "rent_end")
        if response.info.rent_id.lower() != rent_id.lower():
            raise _UnreliableError("the status is that of another rental")
        return response.info, response.http_info.headers

    def _page(self, next: str | None = None, limit: int | None = None) -> BulkLookupCampaignsResponse:
        page = self._api.get_bulk_lookup_campaigns(next=next, limit=limit, _total_timeout=self.polling.call_timeout())
        _items(page, "id", "datetime_added")
        return page


class _UnknownCall(NamedTuple):
    """A call with an unknown outcome."""

    free: _FreeCalls
    arguments: Mapping[str, object]
    sent_at: datetime
    deadline: datetime
    """Local time at which the service has certainly finished with the request."""
    exclude_ids: Collection[str]
    previous_rent_end: datetime | None

    def argument(self, name: str) -> str:
        """Return an argument that identifies the call, in lower case."""
        value = self.arguments.get(name)
        if not isinstance(value, str) or not value:
            raise _UnreliableError(f"the exception does not say the {name} of the call")
        return value.lower()

    def time_window(self, headers: Mapping[str, str]) -> _TimeWindow:
        """Return when the service may have processed the call. The headers must be those of a new response."""
        seconds = clock_offset(headers)
        if seconds is None:
            raise _UnreliableError("a response has no date, so the service's time is not known")
        offset = timedelta(seconds=seconds)
        now = datetime.now(timezone.utc) + offset
        return _TimeWindow(self.sent_at + offset - CLOCK_TOLERANCE, self.deadline + offset + CLOCK_TOLERANCE, now)


class _TimeWindow(NamedTuple):
    """When the service may have processed a call, and its current time, by its own clock."""

    start: datetime
    end: datetime
    now: datetime

    def contains(self, moment: datetime) -> bool:
        return self.start <= moment <= self.end


def _poll(resolve: Callable[[_UnknownCall], Outcome], call: _UnknownCall) -> Outcome:
    def poll() -> list[Outcome]:
        settled = call.free.settled()
        try:
            outcome = resolve(call)
        except (_UnreliableError, ApiTypeError, ApiValueError) as unreliable:  # the service sent malformed values
            return [Undetermined(str(unreliable))]
        return [outcome] if settled or not isinstance(outcome, NotProcessed) else []

    outcomes = call.free.polling.until(poll, lambda outcomes: outcomes or None)
    if outcomes is None:
        return Undetermined("the service may still be working on the request; try again later")
    return outcomes[0]


def _resolve_rent(call: _UnknownCall) -> Outcome:
    number_id, period = call.argument("number_id"), call.arguments.get("rent_period")
    recent = _recent_rentals(call)
    same_number = [rental for rental in recent if _number_id(rental) == number_id]
    if same_number:
        return _only_match(same_number, [rental.rent_id for rental in same_number])
    unidentified = [rental._object() for rental in recent if _number_id(rental) is None]
    possible = [rental["rentId"] for rental in unidentified if rental.get("rentPeriod") in (period, None)]
    if possible:
        return Undetermined(f"the call may have made a rental of that time: {', '.join(possible)}")
    return NotProcessed()


def _number_id(rental: DataRentedNumbers) -> str | None:
    number_id = rental._object().get("numberId")
    return number_id.lower() if isinstance(number_id, str) else None


def _recent_rentals(call: _UnknownCall) -> list[DataRentedNumbers]:
    rentals, headers = call.free.rentals()
    window = call.time_window(headers)
    return [
        rental for rental in rentals if window.contains(rental.rent_start) and rental.rent_id not in call.exclude_ids
    ]


def _resolve_bulk_lookup(call: _UnknownCall) -> Outcome:
    size = call.arguments.get("phone_numbers")
    if not isinstance(size, int):
        return Undetermined("the exception does not say how many phone numbers the call had")
    recent = _recent_bulk_lookups(call)
    if any(not isinstance(bulk._object().get("totalPhoneNumbers"), int) for bulk in recent):
        return Undetermined("the list of bulk lookups does not say how many numbers they have")
    same_size = [bulk for bulk in recent if bulk.total_phone_numbers == size]
    return _only_match(same_size, [bulk.id for bulk in same_size]) if same_size else NotProcessed()


def _recent_bulk_lookups(call: _UnknownCall) -> list[DataLookupCampaigns]:
    try:
        bulk_lookups, headers = call.free.bulk_lookups()
    except (ResourceNotFoundException, ApiMethodNotAllowedException):
        raise _UnreliableError("API version 2022-10 does not list bulk lookups") from None
    window = call.time_window(headers)
    return [bulk for bulk in bulk_lookups if window.contains(bulk.datetime_added) and bulk.id not in call.exclude_ids]


def _only_match(matching: Sequence[DataRentedNumbers | DataLookupCampaigns], ids: list[str]) -> Outcome:
    """Return the one match. Several matches are never guessed between."""
    if len(matching) > 1:
        return Undetermined(f"several match the call: {', '.join(ids)}")
    return Processed(matching[0])


def _resolve_renewal(call: _UnknownCall) -> Outcome:
    rental, headers = call.free.rental(call.argument("rent_id"))
    if rental is None:
        return Undetermined("the rental no longer exists")
    window = call.time_window(headers)
    period = call.arguments.get("rent_period") or rental._object().get("rentPeriod")
    if not isinstance(period, int) or not isinstance(rental._object().get("autoRenew"), bool):
        return Undetermined("the status of the rental is malformed")
    if call.previous_rent_end is not None:
        return _compare_ends(rental, call.previous_rent_end, window)
    if rental._object().get("rentPeriod") != period or rental.rent_end <= window.start + timedelta(days=period):
        return NotProcessed()  # a renewal would have added its period to an end in the future
    return Undetermined(
        f"the rental ends on {rental.rent_end}; pass its end before the call as previous_rent_end to find out"
    )


def _compare_ends(rental: InfoRentStatus, previous_end: datetime, window: _TimeWindow) -> Outcome:
    if rental.rent_end <= previous_end:
        return NotProcessed()
    if rental.auto_renew and previous_end <= window.now:
        return Undetermined("the rental renews itself, and its previous end has passed")
    return Processed(rental)


def _resolve_cancellation(call: _UnknownCall) -> Outcome:
    rental, headers = call.free.rental(call.argument("rent_id"))
    if rental is None:
        return Processed(None)
    active = rental._object().get("activeRent")
    if not isinstance(active, bool):
        # API version 2022-10 does not say whether a rental is active, but it does not show cancelled ones.
        return NotProcessed() if "activeRent" not in rental._object() else Undetermined("the status is malformed")
    cancellable = rental.rent_start >= call.time_window(headers).start - CANCELLATION_PERIOD
    return Processed(None) if cancellable and not active else NotProcessed()


def _items(response: Any, *fields: str) -> list[Any]:
    """Return the items of a list.

    Raises:
        _UnreliableError: the list is malformed, or an item lacks one of the fields.
    """
    items = response._object().get("data")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in cast("list[object]", items)):
        raise _UnreliableError("the list is malformed")
    for item in response.data:
        _check(item, *fields)
    return cast("list[Any]", response.data)


def _check(model: Model, *fields: str) -> None:
    """Raise _UnreliableError if a field is missing, null, empty or malformed."""
    for name in fields:
        try:
            value = model.get(name)
        except (TypeError, ValueError):
            value = None
        if not value:
            raise _UnreliableError(f"{name} is missing or malformed in a response")


_RESOLVERS: Mapping[str, Callable[[_UnknownCall], Outcome]] = {
    "rent_number": _resolve_rent,
    "lookup_numbers": _resolve_bulk_lookup,
    "renew_rent": _resolve_renewal,
    "cancel_rent": _resolve_cancellation,
}
