"""Phone numbers: which are valid, where they are from, and what a lookup of them says."""

from __future__ import annotations

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
MAGIC = {
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
"""What a lookup of these numbers does on purpose; see docs/sandbox.md."""
MOBILE_COUNTRY_CODES = {
    "AT": "232", "BE": "206", "BG": "284", "CH": "228", "CZ": "230", "DE": "262", "DK": "238", "ES": "214",
    "FI": "244", "FR": "208", "GB": "234", "GR": "202", "HU": "216", "IE": "272", "IT": "222", "NL": "204",
    "NO": "242", "PL": "260", "PT": "268", "RO": "226", "SE": "240", "US": "310",
}  # fmt: skip  # a line a country would be longer than the module
TEST_COUNTRY_CODE = "001"
"""Mobile country code of test networks (ITU-T E.212), for the countries that are not in the table."""


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
    """What a lookup finds out."""

    status: str
    mcc: str
    home: Network
    ported_to: Network | None
    roaming_in: str | None
    """Country, by ISO code."""


def is_country(code: str) -> bool:
    """Whether there are phone numbers of a country, by ISO code in any case."""
    return code.upper() in phonenumbers.SUPPORTED_REGIONS


@lru_cache(maxsize=100_000)
def parse(text: str, country_iso: str | None = None) -> Number | None:
    """The number that a text stands for: in E.164 format with or without plus, or in a country's national format."""
    attempts: list[tuple[str, str | None]] = [(text if text.startswith("+") else f"+{text}", None)]
    if country_iso and not text.startswith("+"):
        attempts.insert(0, (text, country_iso.upper()))
    for written, region in attempts:
        try:
            number = phonenumbers.parse(written, region)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return _described(number)
    return None


def _described(number: phonenumbers.PhoneNumber) -> Number | None:
    country = phonenumbers.region_code_for_number(number)
    if country is None or not is_country(country):
        return None
    zones = timezone.time_zones_for_number(number)
    name = carrier.name_for_number(number, "en") or "Unknown operator"
    return Number(phonenumbers.format_number(number, PhoneNumberFormat.E164), country, name, zones[0])


@lru_cache(maxsize=512)
def country_names(country_iso: str) -> tuple[str, str]:
    """A country's name in English, and in its own language where that is known."""
    known = filter(localedata.exists, get_official_languages(country_iso))
    english = _territory("en", country_iso) or country_iso
    return english, _territory(next(known, "en"), country_iso) or english


def _territory(locale: str, country_iso: str) -> str | None:
    return cast("dict[str, str]", Locale.parse(locale).territories).get(country_iso)


def subscriber(number: Number) -> Subscriber:
    """What a lookup says of a number: the same every time, as it follows from the number alone."""
    digest = sha256(number.e164.encode()).digest()
    magic = MAGIC.get(number.e164)
    status = magic if magic in STATUSES else "ACTIVE" if magic or digest[0] < 200 else list(STATUSES)[digest[0] % 5]
    home = Network(number.network_operator, f"{digest[1] % 20 + 1:02}")
    ported = magic == "ported" or (magic is None and digest[2] < 40)
    roaming = status == "ACTIVE" and (magic == "roaming" or (magic is None and digest[3] < 25))
    return Subscriber(
        str(status),
        mobile_country_code(number.country_iso),
        home,
        Network("Ported Mobile", f"{digest[4] % 20 + 30}") if ported else None,
        ("DE" if number.country_iso != "DE" else "FR") if roaming else None,
    )


def mobile_country_code(country_iso: str) -> str:
    """Mobile country code of a country."""
    return MOBILE_COUNTRY_CODES.get(country_iso, TEST_COUNTRY_CODE)
