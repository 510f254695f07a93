"""What became of a call in doubt: one whose answer was lost, and that must not be made twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, cast

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import ApiException, ApiMethodNotAllowedException, ApiTypeError, ResourceNotFoundException
from smscx_client.http_info import clock_ahead
from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.model.data_rented_numbers import DataRentedNumbers
from smscx_client.model.info_rent_status import InfoRentStatus
from smscx_client.paging import paginate

POLL = 1.0
"""Seconds between two looks."""
CLOCK_STEP = timedelta(seconds=2)
"""The service tells times to the second, and so does the date by which its clock is compared with ours."""
TIME_TO_CANCEL = timedelta(minutes=30)
"""After them a rent cannot be cancelled; what has ended later has ended by itself."""


class CarriedOut(NamedTuple):
    """The call was carried out. Do not make it again."""

    found: DataRentedNumbers | DataLookupCampaigns | InfoRentStatus | None
    """The rent that was made, the bulk lookup that was started, or the rent as the renewal left it. None where nothing
    remains: a rent that was cancelled.
    """


class NotCarriedOut(NamedTuple):
    """The call was not carried out, and cost nothing. It can be made again."""


class CannotBeTold(NamedTuple):
    """No free call tells what became of the call."""

    reason: str


Outcome = CarriedOut | NotCarriedOut | CannotBeTold


def find_outcome(
    api: NumbersApi,
    exception: ApiException,
    *,
    grace: float = 30.0,
    known: Collection[str] = (),
    rent_end: datetime | None = None,
) -> Outcome:
    """Ask the service what became of a call whose exception has ``outcome_unknown`` set, at no cost.

    A rent is known by its number and time, a bulk lookup by its size and time, a cancellation and a renewal by the
    state of their rent. The clocks need not agree, as the service's own is read from its answers; but this machine's
    must not be set in between. No call tells of a single lookup; a service of generation 2022-10 lists neither its bulk
    lookups nor the ids of rented numbers.

    Args:
        api: Calls with a credential of the same account.
        exception: What the call raised, perhaps in another process, or some time ago.
        grace: Seconds that the service may still take to carry the call out, counted from when its answer was given up.
            Only after them a call that left no trace counts as not carried out; until then this function looks again
            and waits. What came later than that is not this call's.
        known: Ids of rents and bulk lookups that other calls have made, so that none of them is taken for this one's.
        rent_end: For a renewal: when the rent ended before. It is needed where the rent was paid in advance already. A
            rent that renews itself and has passed that end does not tell.

    Returns:
        :class:`CarriedOut`, :class:`NotCarriedOut` or :class:`CannotBeTold`.

    Raises:
        ApiTypeError: ``exception`` is none of a call.
        ApiException: a call that was to find out failed; nothing is lost by asking again.
    """
    if not isinstance(exception, ApiException):
        raise ApiTypeError(f"find_outcome takes the ApiException of a call, not {type(exception).__name__}")
    if not exception.outcome_unknown:
        return NotCarriedOut()
    look = _LOOKS.get(exception.operation or "")
    if look is None or exception.sent_at is None:
        return CannotBeTold(f"{exception.operation} leaves nothing that a free call shows")
    ends = (exception.lost_at or exception.sent_at) + timedelta(seconds=grace)
    return _settled(look, _Doubt(api, exception.arguments, exception.sent_at, ends, known, rent_end))


def find_bulk_lookup(
    api: NumbersApi, size: int, sent_at: datetime, *, grace: float = 300.0, known: Collection[str] = ()
) -> Outcome:
    """Ask the service for the bulk lookup that a request in doubt has started, at no cost, where there is no exception
    to ask with: as for the batches that a journal has in doubt.

    Args:
        api: Calls with a credential of the same account.
        size: How many phone numbers were in the request.
        sent_at: When the call began, by this machine's clock; aware.
        grace: As for :func:`find_outcome`, but counted from ``sent_at``: the default leaves room for waits until a rate
            limit's window has ended, and for the answer's timeout.
        known: Ids of bulk lookups that other requests have started.

    Returns:
        :class:`CarriedOut`, :class:`NotCarriedOut` or :class:`CannotBeTold`.

    Raises:
        ApiException: a call that was to find out failed; nothing is lost by asking again.
    """
    ends = sent_at + timedelta(seconds=grace)
    return _settled(_bulk_lookup, _Doubt(api, {"phone_numbers": size}, sent_at, ends, known, None))


class _Doubt(NamedTuple):
    """A call in doubt, and what is known of it."""

    api: NumbersApi
    arguments: Mapping[str, object]
    sent_at: datetime
    ends: datetime
    """When the service has had its time to carry the call out."""
    known: Collection[str]
    rent_end: datetime | None

    def span(self, headers: Mapping[str, str]) -> _Span:
        """When the service can have carried the call out, by its clock: it has just answered."""
        ahead = timedelta(seconds=clock_ahead(headers))
        now = datetime.now(timezone.utc) + ahead
        return _Span(self.sent_at + ahead - CLOCK_STEP, self.ends + ahead + CLOCK_STEP, now)


class _Span(NamedTuple):
    """When the service can have carried a call out, and what time it has now, by its clock."""

    first: datetime
    last: datetime
    now: datetime

    def fits(self, moment: datetime | None) -> bool:
        """Whether something can be of that time; what does not tell its time can."""
        return moment is None or self.first <= moment <= self.last


def _settled(look: Callable[[_Doubt], Outcome], doubt: _Doubt) -> Outcome:
    """What a look shows, once the service has had its time."""
    while True:
        asked = datetime.now(timezone.utc)
        outcome = look(doubt)
        if not isinstance(outcome, NotCarriedOut) or asked >= doubt.ends:
            return outcome
        time.sleep(min(POLL, max(0.0, (doubt.ends - datetime.now(timezone.utc)).total_seconds())))


def _rent(doubt: _Doubt) -> Outcome:
    answer = doubt.api.get_rented_numbers()
    span = doubt.span(answer.http_info.headers)
    new = [rent for rent in answer.data or [] if span.fits(rent.rent_start) and rent.rent_id not in doubt.known]
    same = [rent for rent in new if rent.number_id == doubt.arguments.get("number_id")]
    if len(same) > 1:
        return CannotBeTold(f"several rents of that number and time: {', '.join(rent.rent_id for rent in same)}")
    if same:
        return CarriedOut(same[0])
    unnamed = [
        rent for rent in new if rent.number_id is None and rent.rent_period == doubt.arguments.get("rent_period")
    ]
    if unnamed:
        return CannotBeTold(f"a rent of that time may be the one: {', '.join(rent.rent_id for rent in unnamed)}")
    return NotCarriedOut()


def _bulk_lookup(doubt: _Doubt) -> Outcome:
    try:
        first = doubt.api.get_bulk_lookup_campaigns(limit=1)
    except (ResourceNotFoundException, ApiMethodNotAllowedException):
        return CannotBeTold("a service of generation 2022-10 does not list its bulk lookups")
    span = doubt.span(first.http_info.headers)
    fitting = [
        bulk
        for bulk in paginate(doubt.api.get_bulk_lookup_campaigns)
        if bulk.total_phone_numbers == doubt.arguments.get("phone_numbers")
        and span.fits(bulk.datetime_added)
        and bulk.id not in doubt.known
    ]
    if len(fitting) > 1:
        return CannotBeTold(f"several bulk lookups of that size and time: {', '.join(bulk.id for bulk in fitting)}")
    return CarriedOut(fitting[0]) if fitting else NotCarriedOut()


def _renewal(doubt: _Doubt) -> Outcome:
    rent, span = _rent_now(doubt)
    if rent is None or "rent_end" not in rent:
        return CannotBeTold("the rent is not there any more")
    period = cast("int | None", doubt.arguments.get("rent_period")) or rent.rent_period
    if doubt.rent_end is not None:
        if rent.rent_end <= doubt.rent_end:
            return NotCarriedOut()
        if rent.auto_renew and doubt.rent_end <= span.now:
            return CannotBeTold("the rent renews itself, and has passed the end that it had")
        return CarriedOut(rent)
    if rent.rent_period != period or rent.rent_end <= span.first + timedelta(days=period):
        return NotCarriedOut()  # a renewal adds its period to an end that is still to come
    return CannotBeTold(f"the rent is paid until {rent.rent_end}; give rent_end, when it ended before the call")


def _cancellation(doubt: _Doubt) -> Outcome:
    rent, span = _rent_now(doubt)
    if rent is None:
        return CarriedOut(None)
    ended = rent.active_rent is False
    could_be_cancelled = "rent_start" not in rent or rent.rent_start >= span.first - TIME_TO_CANCEL
    return CarriedOut(None) if ended and could_be_cancelled else NotCarriedOut()


def _rent_now(doubt: _Doubt) -> tuple[InfoRentStatus | None, _Span]:
    """The rent as it is, None where there is none; and when the service can have carried the call out."""
    try:
        answer = doubt.api.get_rent_status(str(doubt.arguments.get("rent_id")))
    except ResourceNotFoundException as gone:
        return None, doubt.span(gone.headers)
    return answer.info, doubt.span(answer.http_info.headers)


_LOOKS: Mapping[str, Callable[[_Doubt], Outcome]] = {
    "rent_number": _rent,
    "lookup_numbers": _bulk_lookup,
    "renew_rent": _renewal,
    "cancel_rent": _cancellation,
}
