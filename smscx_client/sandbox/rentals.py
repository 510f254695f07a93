"""Rentals of an account, and the SMS that its numbers receive."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from smscx_client.sandbox import errors
from smscx_client.sandbox.clock import Clock
from smscx_client.sandbox.inventory import Offer, offers_of, random_id
from smscx_client.sandbox.ledger import Ledger
from smscx_client.sandbox.numbering import parse
from smscx_client.sandbox.webhooks import Webhooks

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
    undelivered: list[Sms] = field(default_factory=list["Sms"])
    """SMS that the credit did not cover, oldest first."""

    def copy(self) -> Rental:
        """Return a copy, which does not change when the rental does."""
        return replace(self, received=self.received.copy())


class Rentals(dict[str, Rental]):
    """The rentals of an account by ID, oldest first.

    Args:
        ledger: Ledger that rentals are charged to.
        clock: Clock of the account.
        random: Source of IDs.
        seed: The same seed offers the same numbers.
        webhooks: Webhooks that post received SMS.
        legacy: Whether the API version is 2022-10, which has fewer errors and no registrations.
    """

    def __init__(
        self, ledger: Ledger, clock: Clock, random: Random, seed: int, webhooks: Webhooks, legacy: bool
    ) -> None:
        super().__init__()
        self._ledger, self._clock, self._random, self._webhooks = ledger, clock, random, webhooks
        self._seed, self._legacy = seed, legacy
        self._offer_by_id: dict[str, Offer] = {}
        self._rented_numbers: set[str] = set()

    def offers(self, country_iso: str) -> list[Offer]:
        """Return the numbers of a country that are available for rent."""
        offers = offers_of(country_iso, self._seed)
        self._offer_by_id |= {offer.number_id: offer for offer in offers}
        return [offer for offer in offers if offer.number_id not in self._rented_numbers]

    def rent(
        self, number_id: str, period: int, auto_renew: bool, callback_url: str | None, registration_id: str | None
    ) -> Rental:
        """Rent an available number.

        Raises:
            ServiceError: The number, the period or the registration is not available, or the credit does not cover the
                cost.
        """
        offer = self._offer_by_id.get(number_id)
        if offer is None or number_id in self._rented_numbers:
            raise errors.ServiceError(errors.ALREADY_RENTED if offer else errors.NUMBER_NOT_FOUND)
        if not self._legacy and registration_id not in (None, REGISTRATION_ID):
            raise errors.ServiceError(errors.INVALID_REGISTRATION_ID)
        cost = _cost(offer, period)
        rent_id = random_id(self._random)
        total = round(cost + offer.setup_cost, 4)
        self._ledger.charge("rent_number", rent_id, total, f"rental of {offer.phone_number} for {period} days")
        now = self._clock.now()
        end, approved = now + timedelta(days=period), registration_id is not None or not offer.registration
        rental = Rental(rent_id, offer, period, cost, now, end, auto_renew, callback_url, approved, cost)
        self[rent_id] = rental
        self._rented_numbers.add(number_id)
        self._clock.schedule(rental.end, self._end_period, rental, rental.end)
        return rental

    def find(self, rent_id: str) -> Rental:
        """Return a rental.

        Raises:
            ServiceError: There is no such rental.
        """
        rental = self.get(rent_id)
        if rental is None:
            raise errors.ServiceError(errors.RENTAL_NOT_FOUND)
        return rental

    def renew(self, rent_id: str, period: int | None) -> Rental:
        """Renew a rental for another period.

        Raises:
            ServiceError: The rental does not exist or has ended, the period is not available, or the credit does not
                cover the cost.
        """
        rental = self.find(rent_id)
        if not rental.active:
            raise errors.ServiceError(errors.NOT_RENEWABLE)
        try:
            self._extend(rental, period or rental.period, "renewal")
        except errors.ServiceError as failure:
            # API version 2022-10 documents no error for a renewal that the credit does not cover.
            not_documented = self._legacy and failure.error == errors.INSUFFICIENT_CREDIT
            raise errors.ServiceError(errors.NOT_RENEWABLE if not_documented else failure.error) from None
        return rental

    def cancel(self, rent_id: str) -> Rental:
        """Cancel a rental, and return it; its ``refundable`` cost has been refunded.

        The refund is the cost of all periods. The one-time setup cost is not refunded.

        Raises:
            ServiceError: The rental does not exist, began too long ago, or has received an SMS.
        """
        rental = self.find(rent_id)
        if self._clock.now() - rental.start > CANCELLATION_PERIOD:
            raise errors.ServiceError(errors.TOO_LATE_TO_CANCEL)
        if rental.received and not self._legacy:
            raise errors.ServiceError(errors.SMS_ALREADY_RECEIVED)
        del self[rent_id]
        self._rented_numbers.discard(rental.offer.number_id)
        self._ledger.record("cancel_rent", rent_id, -rental.refundable, f"refund of {rental.offer.phone_number}")
        return rental

    def receive_sms(self, rent_id: str, sender: str, text: str) -> Sms:
        """Add an SMS to those that a rented number has received, or to the undelivered ones if it cannot be paid.

        Raises:
            ServiceError: There is no such rental.
            ValueError: The rental has ended.
        """
        rental = self.find(rent_id)
        if not rental.active:
            raise ValueError(f"the rental {rent_id} has ended, so its number receives no SMS")
        number, offer, msg_id = parse(sender), rental.offer, random_id(self._random)
        country_iso = number.country_iso if number else offer.country_iso
        sms = Sms(msg_id, sender, country_iso, offer.phone_number, text, offer.inbound_sms_cost, self._clock.now())
        if sms.cost > self._ledger.credit:
            rental.undelivered.append(sms)
            self._ledger.record("receive_sms", sms.msg_id, 0.0, f"SMS to {sms.to} not delivered: insufficient credit")
            return sms
        if sms.cost:
            self._ledger.charge("receive_sms", sms.msg_id, sms.cost, f"SMS to {sms.to}")
        rental.received.append(sms)
        rental.received_cost = round(rental.received_cost + sms.cost, 4)
        if rental.callback_url:
            self._webhooks.add(rental.callback_url, "receive_sms", [sms])
        return sms

    def _end_period(self, rental: Rental, end: datetime) -> None:
        """Renew or end a rental, unless it has been cancelled or renewed."""
        if self.get(rental.rent_id) is not rental or rental.end != end:
            return
        if rental.auto_renew and self._ledger.credit >= rental.cost:
            self._extend(rental, rental.period, "automatic renewal")
        else:
            rental.active = False
            self._rented_numbers.discard(rental.offer.number_id)

    def _extend(self, rental: Rental, period: int, reason: str) -> None:
        cost = _cost(rental.offer, period)
        self._ledger.charge("renew_rent", rental.rent_id, cost, f"{reason} of {rental.offer.phone_number}")
        rental.period, rental.cost = period, cost
        rental.refundable = round(rental.refundable + cost, 4)
        rental.end += timedelta(days=period)
        self._clock.schedule(rental.end, self._end_period, rental, rental.end)


def _cost(offer: Offer, period: int) -> float:
    if period not in offer.costs:
        raise errors.ServiceError(errors.RENT_PERIOD_NOT_OFFERED)
    return offer.costs[period]
