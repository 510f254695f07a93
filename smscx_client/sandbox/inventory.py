"""Phone numbers for rent: some of every country, always the same for a seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from smscx_client.sandbox.numbering import parse

PERIODS = (1, 7, 30)
RECEIVES_SMS, SENDS_SMS, CALLS = 1, 2, 4
_FEATURES = (RECEIVES_SMS, RECEIVES_SMS | SENDS_SMS, RECEIVES_SMS | SENDS_SMS | CALLS)


@dataclass(frozen=True)
class Offer:
    """A phone number for rent."""

    number_id: str
    phone_number: str
    country_iso: str
    network_operator: str
    features: int
    number_type: str
    setup_cost: float
    inbound_sms_cost: float
    outbound_sms_cost: float | None
    costs: dict[int, float]
    """Cost of each rent period, by days."""
    from_pool: bool
    setup_time: str
    registration: bool
    inbound_sms_sender: bool


@lru_cache(maxsize=256)
def offers_of(country_iso: str, seed: int) -> tuple[Offer, ...]:
    """Return the numbers of a country."""
    random = Random(f"{seed} {country_iso}")
    offers = (_offer(country_iso, index, random) for index in range(12))
    return tuple(offer for offer in offers if offer is not None)


def random_id(random: Random) -> str:
    """Return a new ID in the format of the service: 8-4-4-4-12 hexadecimal digits."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _offer(country_iso: str, index: int, random: Random) -> Offer | None:
    """Return an offer whose features follow from its index, or None if the country's example number is not valid."""
    landline = index % 4 == 3
    phone_number = _phone_number(country_iso, landline, random)
    number = parse(phone_number) if phone_number else None
    if number is None or phone_number is None:
        return None
    features, operator = _FEATURES[index % len(_FEATURES)], number.network_operator
    daily_cost = round(random.uniform(0.5, 2.0), 2)
    periods = PERIODS if index % 5 else PERIODS[1:]
    costs = {days: round(daily_cost * days * (1 - days / 100), 2) for days in periods}
    setup_cost, inbound_cost = float(index % 6 == 0), 0.01 * (index % 4 == 0)
    outbound_cost = 0.05 if features & SENDS_SMS else None
    number_type, setup_time = "landline" if landline else "mobile", "delayed" if index % 6 == 5 else "instant"
    from_pool, registration, inbound_sms_sender = index % 7 == 4, index % 8 == 7, index % 4 == 2
    described = (random_id(random), phone_number, country_iso, operator, features, number_type)
    priced = (setup_cost, inbound_cost, outbound_cost, costs)
    return Offer(*described, *priced, from_pool, setup_time, registration, inbound_sms_sender)


def _phone_number(country_iso: str, landline: bool, random: Random) -> str | None:
    """Return a valid number of a country: its example number with other last digits."""
    kind = PhoneNumberType.FIXED_LINE if landline else PhoneNumberType.MOBILE
    example = phonenumbers.example_number_for_type(country_iso, kind) or phonenumbers.example_number(country_iso)
    if example is None:
        return None
    e164 = phonenumbers.format_number(example, PhoneNumberFormat.E164)
    for _ in range(50):
        candidate = e164[:-4] + f"{random.randrange(10_000):04}"
        if parse(candidate) is not None:
            return candidate
    return e164
