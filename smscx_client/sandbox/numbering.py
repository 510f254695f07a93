"""Phone numbers: whether they are valid, their country, and the result of their lookup."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple, cast

import phonenumbers
from babel import Locale, localedata
from babel.languages import get_official_languages
from phonenumbers import NumberParseException, PhoneNumberFormat, carrier, timezone

STATUSES = {
    "ACTIVE": "Phone number is reachable",
    "ABSENT": "Phone number is not reachable",
    "BARRED": "Phone number is blocked by its operator",
    "UNKNOWN": "Unknown subscriber",
    "FAILED": "The lookup failed",
}
TEST_NUMBERS = {
    "+33600000001": "ACTIVE",
    "+33600000002": "ABSENT",
    "+33600000003": "BARRED",
    "+33600000004": "UNKNOWN",
    "+33600000005": "FAILED",
    "+33600000006": "ported",
    "+33600000007": "roaming",
    "+33600000008": "no coverage",
    "+33600000009": "invalid parameters",
    "+33600000010": "credit limit",
}
"""Phone numbers whose lookup has a fixed result; see docs/sandbox.md."""
MOBILE_COUNTRY_CODES = {
    "AT": "232", "BE": "206", "BG": "284", "CH": "228", "CZ": "230", "DE": "262", "DK": "238", "ES": "214",
    "FI": "244", "FR": "208", "GB": "234", "GR": "202", "HU": "216", "IE": "272", "IT": "222", "NL": "204",
    "NO": "242", "PL": "260", "PT": "268", "RO": "226", "SE": "240", "US": "310",
}  # fmt: skip  # one line per country would be longer than the module
TEST_COUNTRY_CODE = "001"
"""Mobile country code of test networks (ITU-T E.212), for countries that are not in the table."""


class Number(NamedTuple):
    """A valid phone number."""

    e164: str
    country_iso: str
    network_operator: str
    timezone: str


class Network(NamedTuple):
    """A mobile network."""

    name: str
    mnc: str


class Subscriber(NamedTuple):
    """Result of a lookup."""

    status: str
    mcc: str
    home: Network
    ported_to: Network | None
    roaming_in: str | None
    """ISO code of the country, if the subscriber is abroad."""


def is_country(code: str) -> bool:
    """Return whether an ISO code, in upper or lower case, is a country with phone numbers."""
    return code.upper() in phonenumbers.SUPPORTED_REGIONS


@lru_cache(maxsize=100_000)
def parse(phone_number: str, country_iso: str | None = None) -> Number | None:
    """Return the number of a string in E.164 format, with or without plus, or in the national format of a country.

    Returns:
        The number, or None if it is not valid.
    """
    international = phone_number if phone_number.startswith("+") else f"+{phone_number}"
    attempts: list[tuple[str, str | None]] = [(international, None)]
    if country_iso and international != phone_number:
        attempts.insert(0, (phone_number, country_iso.upper()))
    for candidate, region in attempts:
        with suppress(NumberParseException):
            number = phonenumbers.parse(candidate, region)
            if phonenumbers.is_valid_number(number):
                return _with_details(number)
    return None


def _with_details(number: phonenumbers.PhoneNumber) -> Number | None:
    country = phonenumbers.region_code_for_number(number)
    if country is None or not is_country(country):
        return None
    zones = timezone.time_zones_for_number(number)
    name = carrier.name_for_number(number, "en") or "Unknown operator"
    return Number(phonenumbers.format_number(number, PhoneNumberFormat.E164), country, name, zones[0])


@lru_cache(maxsize=512)
def country_names(country_iso: str) -> tuple[str, str]:
    """Return the name of a country in English, and in its own language if that is known."""
    known = filter(localedata.exists, get_official_languages(country_iso))
    english = _territory("en", country_iso) or country_iso
    return english, _territory(next(known, "en"), country_iso) or english


def _territory(locale: str, country_iso: str) -> str | None:
    return cast("dict[str, str]", Locale.parse(locale).territories).get(country_iso)


def subscriber(number: Number) -> Subscriber:
    """Return the result of a lookup, which depends on the number only and is the same every time."""
    digest = sha256(number.e164.encode()).digest()
    fixed = TEST_NUMBERS.get(number.e164)
    status = _status(fixed, digest)
    ported = fixed == "ported" or (fixed is None and digest[2] < 40)
    roaming = status == "ACTIVE" and (fixed == "roaming" or (fixed is None and digest[3] < 25))
    home = Network(number.network_operator, f"{digest[1] % 20 + 1:02}")
    other = Network("Ported Mobile", f"{digest[4] % 20 + 30}")
    abroad = "FR" if number.country_iso == "DE" else "DE"
    mcc = mobile_country_code(number.country_iso)
    return Subscriber(status, mcc, home, other if ported else None, abroad if roaming else None)


def _status(fixed: str | None, digest: bytes) -> str:
    if fixed in STATUSES:
        return str(fixed)
    return "ACTIVE" if fixed or digest[0] < 200 else list(STATUSES)[digest[0] % 5]


def mobile_country_code(country_iso: str) -> str:
    """Return the mobile country code of a country."""
    return MOBILE_COUNTRY_CODES.get(country_iso, TEST_COUNTRY_CODE)
