"""An account at the service: credit, credentials, rents, lookups, received SMS. It knows no HTTP."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import islice
from random import Random
from typing import NamedTuple

from smscx_client.sandbox import errors
from smscx_client.sandbox.errors import Refused
from smscx_client.sandbox.inventory import Offer, offers_of, random_id
from smscx_client.sandbox.numbering import MAGIC, Number, parse

LOOKUP_COST = 0.01
MAX_NUMBERS = 40_000
TIME_TO_CANCEL = timedelta(minutes=30)
FIRST_RESULT_AFTER = timedelta(seconds=2)
EACH_RESULT_TAKES = timedelta(milliseconds=1)
KEPT_BOOKINGS = 100_000
SCOPES = ("numbers", "sms", "otp", "account")
REGISTRATION_ID = "5b0c1f3a-0000-4000-8000-000000000001"
"""The one registration that the account has."""


class Clock:
    """The sandbox's own time: it runs, and it can be put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The time, in UTC, to the second, as the service tells it."""
        return (datetime.now(timezone.utc) + self._ahead).replace(microsecond=0)

    def advance(self, by: timedelta) -> None:
        self._ahead += by


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
class Rent:
    """A rent of a phone number."""

    rent_id: str
    offer: Offer
    period: int
    cost: float
    start: datetime
    end: datetime
    auto_renew: bool
    callback_url: str | None
    approved: bool
    active: bool = True
    received: list[Sms] = field(default_factory=list["Sms"])
    """The oldest first."""
    received_cost: float = 0.0
    told: int = 0
    """How many of the received SMS have gone to the callback URL."""


@dataclass
class Lookup:
    """A lookup of one phone number."""

    lookup_id: str
    number: Number
    cost: float
    asked: datetime
    ready: datetime


@dataclass
class BulkLookup:
    """A lookup of many phone numbers."""

    bulk_id: str
    asked: datetime
    lookups: list[Lookup]
    invalid: list[str]
    callback_url: str | None
    told: int = 0
    """How many of the results have gone to the callback URL."""

    def ready(self, now: datetime) -> Sequence[Lookup]:
        """The lookups whose results are there: they come in the order of the request."""
        return self.lookups[: bisect_right(self.lookups, now, key=lambda lookup: lookup.ready)]

    @property
    def total(self) -> int:
        return len(self.lookups) + len(self.invalid)

    @property
    def cost(self) -> float:
        return round(sum(lookup.cost for lookup in self.lookups), 4)


class Booking(NamedTuple):
    """Something that was carried out and changed the account's credit, its rents or its lookups."""

    time: datetime
    operation: str
    id: str
    """Of the rent, the lookup or the bulk lookup."""
    amount: float
    """What it cost; below 0 where credit came back."""


class Application(NamedTuple):
    """A program that gets access tokens for the account."""

    secret: str
    scopes: tuple[str, ...] = ("numbers",)
    token_life: int = 86_400
    """Seconds."""


class Token(NamedTuple):
    """An access token."""

    text: str
    scopes: tuple[str, ...]
    life: int
    expires: datetime


class Account:
    """What the service knows of one customer.

    Args:
        credit: In the account's currency.
        api_keys: What is accepted as ``X-API-KEY``.
        applications: By id.
        seed: The same seed gives the same numbers to rent, and the same identifiers.
    """

    def __init__(self, credit: float, api_keys: Iterable[str], applications: dict[str, Application], seed: int) -> None:
        self.credit: float = credit
        self.api_keys: set[str] = set(api_keys)
        self.applications: dict[str, Application] = dict(applications)
        self.clock: Clock = Clock()
        self.rents: dict[str, Rent] = {}
        self.lookups: dict[str, Lookup] = {}
        self.bulk_lookups: dict[str, BulkLookup] = {}
        self.bulk_list: list[BulkLookup] = []
        self.ledger: deque[Booking] = deque(maxlen=KEPT_BOOKINGS)
        self.tokens: dict[str, Token] = {}
        self._seed = seed
        self._random = Random(f"{seed} ids")
        self._offers: dict[str, list[Offer]] = {}
        self._offer_by_id: dict[str, Offer] = {}
        self._rented_numbers: set[str] = set()
        self._ends: list[tuple[datetime, str]] = []
        self._to_tell: dict[str, Rent] = {}
        self._bulks_to_tell: dict[str, BulkLookup] = {}

    # ---- credentials

    def issue_token(self, application_id: str, secret: str, scope: str | None) -> Token:
        """A token for an application; refused where its secret or a scope is wrong."""
        application = self.applications.get(application_id)
        if application is None or application.secret != secret:
            raise Refused(errors.WRONG_APPLICATION)
        scopes = tuple(scope.split()) if scope else application.scopes
        if not set(scopes) <= set(SCOPES):
            raise Refused(errors.UNKNOWN_SCOPE)
        life = application.token_life
        token = Token(f"{self._random.getrandbits(256):064x}", scopes, life, self.clock.now() + timedelta(seconds=life))
        self.tokens[token.text] = token
        return token

    def authorize(self, api_key: str | None, token_text: str | None) -> None:
        """Refuse whoever may not use the numbers of the account."""
        if token_text is None:
            if api_key not in self.api_keys:
                raise Refused(errors.NO_CREDENTIAL)
            return
        token = self.tokens.get(token_text)
        if token is None or token.expires <= self.clock.now():
            raise Refused(errors.NO_CREDENTIAL)
        if "numbers" not in token.scopes:
            raise Refused(errors.INSUFFICIENT_SCOPE)

    # ---- lookups

    def look_up(self, number: Number) -> Lookup:
        """Look up one number, at once."""
        magic = MAGIC.get(number.e164)
        if magic == "no coverage":
            raise Refused(errors.NO_COVERAGE)
        if magic == "invalid parameters":
            raise Refused(errors.INVALID_PARAMETERS)
        if magic == "credit limit":
            raise Refused(errors.CREDIT_LIMIT)
        self._pay(LOOKUP_COST)
        now = self.clock.now()
        lookup = self._new_lookup(number, now, now)
        self._book("lookup_number", lookup.lookup_id, LOOKUP_COST)
        return lookup

    def look_up_many(self, texts: list[str], country_iso: str | None, callback_url: str | None) -> BulkLookup:
        """Start a bulk lookup; what is not valid is left out."""
        parsed = [(text, parse(text, country_iso)) for text in texts]
        numbers = [number for _, number in parsed if number is not None and MAGIC.get(number.e164) != "no coverage"]
        if not numbers:
            uncovered = any(number is not None for _, number in parsed)
            raise Refused(errors.NO_COVERAGE if uncovered else errors.NOTHING_TO_LOOK_UP)
        if any(MAGIC.get(number.e164) == "credit limit" for number in numbers):
            raise Refused(errors.CREDIT_LIMIT)
        self._pay(round(LOOKUP_COST * len(numbers), 4))
        now = self.clock.now()
        first = now + FIRST_RESULT_AFTER
        bulk = BulkLookup(
            random_id(self._random),
            now,
            [self._new_lookup(number, now, first + EACH_RESULT_TAKES * index) for index, number in enumerate(numbers)],
            [text for text, number in parsed if number is None or MAGIC.get(number.e164) == "no coverage"],
            callback_url,
        )
        self.bulk_lookups[bulk.bulk_id] = bulk
        self.bulk_list.append(bulk)
        if callback_url:
            self._bulks_to_tell[bulk.bulk_id] = bulk
        self._book("lookup_numbers", bulk.bulk_id, bulk.cost)
        return bulk

    def finished_lookup(self, lookup_id: str) -> Lookup:
        lookup = self.lookups.get(lookup_id)
        if lookup is None or lookup.ready > self.clock.now():
            raise Refused(errors.NO_SUCH_LOOKUP)
        return lookup

    def bulk_lookup(self, bulk_id: str) -> BulkLookup:
        bulk = self.bulk_lookups.get(bulk_id)
        if bulk is None:
            raise Refused(errors.NO_SUCH_BULK)
        return bulk

    def newest_lookups(self, most: int) -> list[Lookup]:
        """The last lookups, the newest at the end."""
        return list(islice(reversed(self.lookups.values()), most))[::-1]

    def finish_lookups(self) -> None:
        """Have the results of all lookups at once."""
        now = self.clock.now()
        for lookup in self.lookups.values():
            lookup.ready = min(lookup.ready, now)

    def _new_lookup(self, number: Number, asked: datetime, ready: datetime) -> Lookup:
        lookup = Lookup(random_id(self._random), number, LOOKUP_COST, asked, ready)
        self.lookups[lookup.lookup_id] = lookup
        return lookup

    # ---- rents

    def offers(self, country_iso: str) -> list[Offer]:
        """The numbers of a country that can be rented now."""
        if country_iso not in self._offers:
            self._offers[country_iso] = offers_of(country_iso, self._seed, self.clock.now())
            self._offer_by_id |= {offer.number_id: offer for offer in self._offers[country_iso]}
        self._settle()
        return [offer for offer in self._offers[country_iso] if offer.number_id not in self._rented_numbers]

    def rent(
        self, number_id: str, period: int, auto_renew: bool, callback_url: str | None, registration_id: str | None
    ) -> Rent:
        """Rent a number that was offered."""
        self._settle()
        offer = self._offer_by_id.get(number_id)
        if offer is None:
            raise Refused(errors.NO_SUCH_NUMBER)
        if number_id in self._rented_numbers:
            raise Refused(errors.RENTED_BY_OTHERS)
        if registration_id not in (None, REGISTRATION_ID):
            raise Refused(errors.INVALID_REGISTRATION)
        cost = _cost(offer, period)
        self._pay(round(cost + offer.setup_cost, 4))
        now = self.clock.now()
        rent = Rent(
            random_id(self._random),
            offer,
            period,
            cost,
            now,
            now + timedelta(days=period),
            auto_renew,
            callback_url,
            approved=registration_id is not None or not offer.registration,
        )
        self.rents[rent.rent_id] = rent
        self._rented_numbers.add(number_id)
        self._book("rent_number", rent.rent_id, round(cost + offer.setup_cost, 4))
        heapq.heappush(self._ends, (rent.end, rent.rent_id))
        return rent

    def rent_of(self, rent_id: str) -> Rent:
        self._settle()
        rent = self.rents.get(rent_id)
        if rent is None:
            raise Refused(errors.NO_SUCH_RENT)
        return rent

    def all_rents(self) -> list[Rent]:
        self._settle()
        return list(self.rents.values())

    def renew(self, rent_id: str, period: int | None, auto_renew: bool, callback_url: str | None) -> Rent:
        """Rent a number for another period."""
        rent = self.rent_of(rent_id)
        if not rent.active:
            raise Refused(errors.NOT_RENEWABLE)
        self._prolong(rent, period or rent.period)
        rent.auto_renew = auto_renew
        rent.callback_url = callback_url
        return rent

    def cancel(self, rent_id: str) -> float:
        """Cancel a rent; what comes back is the credit that comes back."""
        rent = self.rent_of(rent_id)
        if self.clock.now() - rent.start > TIME_TO_CANCEL:
            raise Refused(errors.TOO_LATE_TO_CANCEL)
        if rent.received:
            raise Refused(errors.HAS_RECEIVED_SMS)
        del self.rents[rent_id]
        self._rented_numbers.discard(rent.offer.number_id)
        self.credit = round(self.credit + rent.cost, 4)
        self._book("cancel_rent", rent_id, -rent.cost)
        return rent.cost

    def receive_sms(self, rent_id: str, sender: str, text: str) -> Sms:
        """Have a rented number receive an SMS."""
        rent = self.rent_of(rent_id)
        number = parse(sender)
        sms = Sms(
            random_id(self._random),
            sender,
            number.country_iso if number else rent.offer.country_iso,
            rent.offer.phone_number,
            text,
            rent.offer.inbound_sms_cost,
            self.clock.now(),
        )
        rent.received.append(sms)
        rent.received_cost = round(rent.received_cost + sms.cost, 4)
        if rent.callback_url:
            self._to_tell[rent_id] = rent
        self.credit = round(self.credit - sms.cost, 4)
        return sms

    def _settle(self) -> None:
        """Renew or end the rents whose time is over."""
        now = self.clock.now()
        while self._ends and self._ends[0][0] <= now:
            end, rent_id = heapq.heappop(self._ends)
            rent = self.rents.get(rent_id)
            if rent is None or rent.end != end:
                continue
            if rent.auto_renew and self.credit >= rent.cost:
                self._prolong(rent, rent.period)
            else:
                rent.active = False
                self._rented_numbers.discard(rent.offer.number_id)

    def _prolong(self, rent: Rent, period: int) -> None:
        cost = _cost(rent.offer, period)
        self._pay(cost)
        self._book("renew_rent", rent.rent_id, cost)
        rent.period, rent.cost = period, cost
        rent.end += timedelta(days=period)
        heapq.heappush(self._ends, (rent.end, rent.rent_id))

    # ---- webhooks

    def untold(self) -> tuple[list[tuple[str, list[Sms]]], list[tuple[str, BulkLookup, Sequence[Lookup]]]]:
        """What has to go to callback URLs and has not gone yet: received SMS, and results; it counts as gone now."""
        sms = [(rent.callback_url, rent.received[rent.told :]) for rent in self._to_tell.values() if rent.callback_url]
        for rent in self._to_tell.values():
            rent.told = len(rent.received)
        self._to_tell.clear()
        results: list[tuple[str, BulkLookup, Sequence[Lookup]]] = []
        now = self.clock.now()
        for bulk in list(self._bulks_to_tell.values()):
            ready = bulk.ready(now)
            if bulk.callback_url and len(ready) > bulk.told:
                results.append((bulk.callback_url, bulk, ready[bulk.told :]))
                bulk.told = len(ready)
            if bulk.told == len(bulk.lookups):
                del self._bulks_to_tell[bulk.bulk_id]
        return sms, results

    def _book(self, operation: str, identifier: str, amount: float) -> None:
        self.ledger.append(Booking(self.clock.now(), operation, identifier, amount))

    def _pay(self, cost: float) -> None:
        if cost > self.credit:
            raise Refused(errors.INSUFFICIENT_CREDIT)
        self.credit = round(self.credit - cost, 4)


def _cost(offer: Offer, period: int) -> float:
    if period not in offer.costs:
        raise Refused(errors.PERIOD_NOT_OFFERED)
    return offer.costs[period]
