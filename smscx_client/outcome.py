"""Find out whether a call with an unknown outcome was processed, before you retry it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, cast

from smscx_client._polling import polls
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import ApiException, ApiMethodNotAllowedException, ApiTypeError, ResourceNotFoundException
from smscx_client.http_info import clock_offset
from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.model.data_rented_numbers import DataRentedNumbers
from smscx_client.model.info_rent_status import InfoRentStatus
from smscx_client.pagination import paginate

POLL_INTERVAL, MAX_POLL_INTERVAL = 1.0, 10.0
"""Seconds."""
CLOCK_TOLERANCE = timedelta(seconds=2)
"""The service rounds its times to the second, and so is the ``Date`` by which its clock is compared with ours."""
CANCELLATION_PERIOD = timedelta(minutes=30)
"""How long after its start a rental can be cancelled. One that ended later was not cancelled."""


class Processed(NamedTuple):
    """The request was processed. Do not retry it."""

    found: DataRentedNumbers | DataLookupCampaigns | InfoRentStatus | None
    """The new rental, the bulk lookup, or the renewed rental. None after a cancellation."""


class NotProcessed(NamedTuple):
    """The request was not processed and not charged. You can retry it."""


class Undetermined(NamedTuple):
    """No free call can tell whether the request was processed."""

    reason: str


Outcome = Processed | NotProcessed | Undetermined


def find_outcome(
    api: NumbersApi,
    exception: ApiException,
    *,
    grace: float = 30.0,
    exclude_ids: Collection[str] = (),
    previous_rent_end: datetime | None = None,
) -> Outcome:
    """Check with the service whether a request was processed, after an exception with ``outcome_unknown`` set.

    This makes only free calls. It recognizes a new rental by number and time, a bulk lookup by size and time, and a
    renewal or cancellation by the state of the rental. It uses the service's clock, so the local clock may be wrong;
    but do not set it between the call and this one. A single lookup is always undetermined. A service of API version
    2022-10 lists neither bulk lookups nor the IDs of rented numbers.

    Args:
        api: Client with a credential of the same account.
        exception: The exception that the call raised, possibly in another process or some time ago.
        grace: Seconds from when the client stopped waiting for the response until "not processed" is reported. Until
            then this function polls, because a slow service may still be working on the request. It ignores everything
            that happened later.
        exclude_ids: Rental and bulk lookup IDs of other calls, which must not be mistaken for this one.
        previous_rent_end: For a renewal: ``rent_end`` before the call. It is required if the rental had already been
            renewed in advance. A rental that renews itself and has passed this end is undetermined.

    Returns:
        :class:`Processed`, :class:`NotProcessed` or :class:`Undetermined`.

    Raises:
        ApiTypeError: ``exception`` is not an ``ApiException``.
        ApiException: a call of this function failed. You can call it again.
    """
    if not isinstance(exception, ApiException):
        raise ApiTypeError(f"exception must be the ApiException of a call, not {type(exception).__name__}")
    if not exception.outcome_unknown:
        return NotProcessed()
    resolve = _RESOLVERS.get(exception.operation or "")
    if resolve is None or exception.started_at is None:
        return Undetermined(f"no free call can tell whether {exception.operation} was processed")
    deadline = (exception.failed_at or exception.started_at) + timedelta(seconds=grace)
    return _poll_until_deadline(
        resolve,
        _UnknownCall(
            api, exception.identifying_arguments, exception.started_at, deadline, exclude_ids, previous_rent_end
        ),
    )


def find_bulk_lookup(
    api: NumbersApi, size: int, sent_at: datetime, *, grace: float = 300.0, exclude_ids: Collection[str] = ()
) -> Outcome:
    """Check with the service whether a bulk lookup was processed, if you have no exception.

    Use it for the batches of a journal that have an unknown outcome. This makes only free calls.

    Args:
        api: Client with a credential of the same account.
        size: How many phone numbers the request had.
        sent_at: Local time at which the call started, as an aware datetime.
        grace: Seconds from ``sent_at`` until "not processed" is reported; see :func:`find_outcome`. The default allows
            for rate-limit waits and for the read timeout.
        exclude_ids: Bulk lookup IDs of other requests.

    Returns:
        :class:`Processed`, :class:`NotProcessed` or :class:`Undetermined`.

    Raises:
        ApiException: a call of this function failed. You can call it again.
    """
    deadline = sent_at + timedelta(seconds=grace)
    call = _UnknownCall(api, {"phone_numbers": size}, sent_at, deadline, exclude_ids, None)
    return _poll_until_deadline(_resolve_bulk_lookup, call)


class _UnknownCall(NamedTuple):
    """A call with an unknown outcome."""

    api: NumbersApi
    arguments: Mapping[str, object]
    sent_at: datetime
    deadline: datetime
    """When the service has certainly finished with the request."""
    exclude_ids: Collection[str]
    previous_rent_end: datetime | None

    def time_window(self, headers: Mapping[str, str]) -> _TimeWindow:
        """Return when the service may have processed the call. The headers must be those of a new response."""
        offset = timedelta(seconds=clock_offset(headers))
        now = datetime.now(timezone.utc) + offset
        return _TimeWindow(self.sent_at + offset - CLOCK_TOLERANCE, self.deadline + offset + CLOCK_TOLERANCE, now)


class _TimeWindow(NamedTuple):
    """When the service may have processed a call, and its current time, by its own clock."""

    start: datetime
    end: datetime
    now: datetime

    def may_contain(self, moment: datetime | None) -> bool:
        """Return whether something of that time may be in the window. A missing time may be."""
        return moment is None or self.start <= moment <= self.end


def _poll_until_deadline(resolve: Callable[[_UnknownCall], Outcome], call: _UnknownCall) -> Outcome:
    outcome: Outcome = NotProcessed()
    timeout = max(0.0, (call.deadline - datetime.now(timezone.utc)).total_seconds())
    for _ in polls(timeout, POLL_INTERVAL, MAX_POLL_INTERVAL):
        outcome = resolve(call)
        if not isinstance(outcome, NotProcessed):
            break
    return outcome


def _resolve_rent(call: _UnknownCall) -> Outcome:
    recent = _recent_rentals(call)
    same_number = [rental for rental in recent if rental.number_id == call.arguments.get("number_id")]
    if len(same_number) > 1:
        return Undetermined(f"several rentals have that number and time: {_rental_ids(same_number)}")
    if same_number:
        return Processed(same_number[0])
    period = call.arguments.get("rent_period")
    unidentified = [rental for rental in recent if rental.number_id is None and rental.rent_period == period]
    if unidentified:
        return Undetermined(f"a rental of that time may be the one: {_rental_ids(unidentified)}")
    return NotProcessed()


def _recent_rentals(call: _UnknownCall) -> list[DataRentedNumbers]:
    response = call.api.get_rented_numbers()
    window = call.time_window(response.http_info.headers)
    rentals = [rental for rental in response.data or [] if window.may_contain(rental.rent_start)]
    return [rental for rental in rentals if rental.rent_id not in call.exclude_ids]


def _resolve_bulk_lookup(call: _UnknownCall) -> Outcome:
    try:
        first = call.api.get_bulk_lookup_campaigns(limit=1)
    except (ResourceNotFoundException, ApiMethodNotAllowedException):
        return Undetermined("a service of API version 2022-10 does not list its bulk lookups")
    window = call.time_window(first.http_info.headers)
    matching = [
        bulk
        for bulk in paginate(call.api.get_bulk_lookup_campaigns)
        if bulk.total_phone_numbers == call.arguments.get("phone_numbers")
        and window.may_contain(bulk.datetime_added)
        and bulk.id not in call.exclude_ids
    ]
    if len(matching) > 1:
        return Undetermined(f"several bulk lookups have that size and time: {', '.join(bulk.id for bulk in matching)}")
    return Processed(matching[0]) if matching else NotProcessed()


def _resolve_renewal(call: _UnknownCall) -> Outcome:
    rental, window = _current_rental(call)
    if rental is None or "rent_end" not in rental:
        return Undetermined("the rental does not exist any more")
    period = cast("int | None", call.arguments.get("rent_period")) or rental.rent_period
    if call.previous_rent_end is not None:
        if rental.rent_end <= call.previous_rent_end:
            return NotProcessed()
        if rental.auto_renew and call.previous_rent_end <= window.now:
            return Undetermined("the rental renews itself, and its previous end has passed")
        return Processed(rental)
    if rental.rent_period != period or rental.rent_end <= window.start + timedelta(days=period):
        return NotProcessed()  # a renewal would have added its period to an end in the future
    return Undetermined(
        f"the rental ends on {rental.rent_end}; pass its end before the call as previous_rent_end to find out"
    )


def _resolve_cancellation(call: _UnknownCall) -> Outcome:
    rental, window = _current_rental(call)
    if rental is None:
        return Processed(None)
    ended = rental.active_rent is False
    cancellable = "rent_start" not in rental or rental.rent_start >= window.start - CANCELLATION_PERIOD
    return Processed(None) if ended and cancellable else NotProcessed()


def _current_rental(call: _UnknownCall) -> tuple[InfoRentStatus | None, _TimeWindow]:
    """Return the rental, None if it does not exist, and when the service may have processed the call."""
    try:
        response = call.api.get_rent_status(str(call.arguments.get("rent_id")))
    except ResourceNotFoundException as not_found:
        return None, call.time_window(not_found.headers)
    return response.info, call.time_window(response.http_info.headers)


def _rental_ids(rentals: list[DataRentedNumbers]) -> str:
    return ", ".join(rental.rent_id for rental in rentals)


_RESOLVERS: Mapping[str, Callable[[_UnknownCall], Outcome]] = {
    "rent_number": _resolve_rent,
    "lookup_numbers": _resolve_bulk_lookup,
    "renew_rent": _resolve_renewal,
    "cancel_rent": _resolve_cancellation,
}
