"""Rentals of an account, and the SMS that its numbers receive."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from smscx_client.sandbox import errors
from smscx_client.sandbox.errors import ServiceError
from smscx_client.sandbox.inventory import Offer, offers_of, random_id
from smscx_client.sandbox.ledger import Ledger
from smscx_client.sandbox.numbering import parse

CANCELLATION_PERIOD = timedelta(minutes=30)
REGISTRATION_ID = "5b0c1f3a-0000-4000-8000-000000000001"
"""ID of the account's only registration."""


class Sms(NamedTuple):
    """An SMS that a rented number has received."""

    msg_id: str
    sender: str
    sender_country: str
    to: str
    text: str
    cost: float
    received_at: datetime


@dataclass
class Rental:
    """A rental of a phone number."""

    rent_id: str
    offer: Offer
    period: int
    """Days of the current period."""
    cost: float
    """Cost of the current period."""
    start: datetime
    end: datetime
    auto_renew: bool
    callback_url: str | None
    approved: bool
    refundable: float
    """Cost of all periods, which is what a cancellation returns."""
    active: bool = True
    received: list[Sms] = field(default_factory=list["Sms"])
    """Received SMS, oldest first."""
    received_cost: float = 0.0
    posted: int = 0
    """Number of received SMS that have been posted to the callback URL."""


class Rentals(dict[str, Rental]):
    """The rentals of an account by ID, oldest first.

    Args:
        ledger: Ledger that rentals are charged to.
        random: Source of IDs.
        seed: The same seed offers the same numbers.
    """

    def __init__(self, ledger: Ledger, random: Random, seed: int) -> None:
        super().__init__()
        self._ledger = ledger
        self._clock = ledger.clock
        self._random = random
        self._seed = seed
        self._offers: dict[str, list[Offer]] = {}
        self._offer_by_id: dict[str, Offer] = {}
        self._rented_numbers: set[str] = set()
        self._ends: list[tuple[datetime, str]] = []
        self._unposted: dict[str, Rental] = {}

    def offers(self, country_iso: str) -> list[Offer]:
        """Return the numbers of a country that are available for rent."""
        if country_iso not in self._offers:
            self._offers[country_iso] = offers_of(country_iso, self._seed, self._clock.now())
            self._offer_by_id |= {offer.number_id: offer for offer in self._offers[country_iso]}
        self._process_ended_periods()
        return [offer for offer in self._offers[country_iso] if offer.number_id not in self._rented_numbers]

    def rent(
        self, number_id: str, period: int, auto_renew: bool, callback_url: str | None, registration_id: str | None
    ) -> Rental:
        """Rent an available number.

        Raises:
            ServiceError: The number, the period or the registration is not available, or the credit does not cover the
                cost.
        """
        offer = self._available_offer(number_id)
        if registration_id not in (None, REGISTRATION_ID):
            raise ServiceError(errors.INVALID_REGISTRATION_ID)
        cost = _cost(offer, period)
        rent_id = random_id(self._random)
        self._ledger.charge("rent_number", rent_id, round(cost + offer.setup_cost, 4))
        now = self._clock.now()
        rental = Rental(
            rent_id,
            offer,
            period,
            cost,
            now,
            now + timedelta(days=period),
            auto_renew,
            callback_url,
            approved=registration_id is not None or not offer.registration,
            refundable=cost,
        )
        self[rent_id] = rental
        self._rented_numbers.add(number_id)
        heapq.heappush(self._ends, (rental.end, rent_id))
        return rental

    def find(self, rent_id: str) -> Rental:
        """Return a rental.

        Raises:
            ServiceError: There is no such rental.
        """
        self._process_ended_periods()
        rental = self.get(rent_id)
        if rental is None:
            raise ServiceError(errors.RENTAL_NOT_FOUND)
        return rental

    def current(self) -> list[Rental]:
        """Return all rentals, in their current state."""
        self._process_ended_periods()
        return list(self.values())

    def renew(self, rent_id: str, period: int | None, auto_renew: bool, callback_url: str | None) -> None:
        """Renew a rental for another period.

        Raises:
            ServiceError: The rental does not exist or has ended, the period is not available, or the credit does not
                cover the cost.
        """
        rental = self.find(rent_id)
        if not rental.active:
            raise ServiceError(errors.NOT_RENEWABLE)
        self._extend(rental, period or rental.period)
        rental.auto_renew = auto_renew
        rental.callback_url = callback_url

    def cancel(self, rent_id: str) -> float:
        """Cancel a rental, and return the credit that is refunded.

        The refund is the cost of all periods. The one-time setup cost is not refunded.

        Raises:
            ServiceError: The rental does not exist, began too long ago, or has received an SMS.
        """
        rental = self.find(rent_id)
        if self._clock.now() - rental.start > CANCELLATION_PERIOD:
            raise ServiceError(errors.TOO_LATE_TO_CANCEL)
        if rental.received:
            raise ServiceError(errors.SMS_ALREADY_RECEIVED)
        del self[rent_id]
        self._rented_numbers.discard(rental.offer.number_id)
        self._ledger.refund("cancel_rent", rent_id, rental.refundable)
        return rental.refundable

    def receive_sms(self, rent_id: str, sender: str, text: str) -> Sms:
        """Add an SMS to those that a rented number has received.

        Raises:
            ServiceError: There is no such rental.
        """
        rental = self.find(rent_id)
        number = parse(sender)
        sms = Sms(
            random_id(self._random),
            sender,
            number.country_iso if number else rental.offer.country_iso,
            rental.offer.phone_number,
            text,
            rental.offer.inbound_sms_cost,
            self._clock.now(),
        )
        rental.received.append(sms)
        rental.received_cost = round(rental.received_cost + sms.cost, 4)
        if rental.callback_url:
            self._unposted[rent_id] = rental
        self._ledger.deduct(sms.cost)
        return sms

    def take_unposted(self) -> list[tuple[str, list[Sms]]]:
        """Return the SMS to post to each callback URL, and mark them as posted."""
        unposted: list[tuple[str, list[Sms]]] = []
        for rental in self._unposted.values():
            if rental.callback_url:
                unposted.append((rental.callback_url, rental.received[rental.posted :]))
            rental.posted = len(rental.received)
        self._unposted.clear()
        return unposted

    def _available_offer(self, number_id: str) -> Offer:
        self._process_ended_periods()
        offer = self._offer_by_id.get(number_id)
        if offer is None:
            raise ServiceError(errors.NUMBER_NOT_FOUND)
        if number_id in self._rented_numbers:
            raise ServiceError(errors.ALREADY_RENTED)
        return offer

    def _process_ended_periods(self) -> None:
        """Renew or end the rentals whose period is over."""
        now = self._clock.now()
        while self._ends and self._ends[0][0] <= now:
            end, rent_id = heapq.heappop(self._ends)
            rental = self.get(rent_id)
            if rental is None or rental.end != end:
                continue
            if rental.auto_renew and self._ledger.credit >= rental.cost:
                self._extend(rental, rental.period)
            else:
                rental.active = False
                self._rented_numbers.discard(rental.offer.number_id)

    def _extend(self, rental: Rental, period: int) -> None:
        cost = _cost(rental.offer, period)
        self._ledger.charge("renew_rent", rental.rent_id, cost)
        rental.period, rental.cost = period, cost
        rental.refundable = round(rental.refundable + cost, 4)
        rental.end += timedelta(days=period)
        heapq.heappush(self._ends, (rental.end, rental.rent_id))


def _cost(offer: Offer, period: int) -> float:
    if period not in offer.costs:
        raise ServiceError(errors.RENT_PERIOD_NOT_OFFERED)
    return offer.costs[period]
