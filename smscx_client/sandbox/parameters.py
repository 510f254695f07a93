"""A call of an operation: parameters and body of the request, validated when they are read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast
from urllib.parse import urlsplit

from werkzeug import Request

from smscx_client.sandbox import errors
from smscx_client.sandbox.account import Account
from smscx_client.sandbox.inventory import PERIODS, Offer
from smscx_client.sandbox.numbering import is_country
from smscx_client.sandbox.pagination import is_cursor
from smscx_client.sandbox.responses import Json, ResponseSerializer

MAX_PHONE_NUMBERS = 40_000
MAX_PAGE_SIZE = 500
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,17}")
T = TypeVar("T")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass
class Call:
    """A call of an operation. Reading an invalid parameter raises its documented error."""

    request: Request
    raw_body: bytes
    locked: Callable[[], AbstractContextManager[Account]]
    """Locks the account, after what is due has been processed."""
    serializer: ResponseSerializer
    _lenient: bool = False

    def lenient(self) -> None:
        """Ignore invalid query parameters from now on, for an operation that documents no status 400."""
        self._lenient = True

    # ---- body

    @cached_property
    def body(self) -> Json:
        """Request body as a JSON object."""
        try:
            document = json.loads(self.raw_body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise errors.ServiceError(errors.INVALID_BODY)
        return cast("Json", document)

    def phone_numbers(self) -> tuple[list[str], str | None]:
        """Return the phone numbers of a bulk request, and the country of those in national format."""
        numbers, country = self.body.get("phoneNumbers"), self.body.get("countryIso")
        if numbers is None or numbers == []:
            raise errors.ServiceError(errors.PHONE_NUMBERS_MISSING)
        if not isinstance(numbers, list) or not {str}.issuperset(map(type, cast("list[object]", numbers))):
            raise errors.ServiceError(errors.PHONE_NUMBERS_NOT_A_LIST)
        phone_numbers = cast("list[str]", numbers)
        if len(phone_numbers) > MAX_PHONE_NUMBERS:
            raise errors.ServiceError(errors.TOO_MANY_PHONE_NUMBERS)
        return phone_numbers, country if isinstance(country, str) and is_country(country) else None

    def rent_period(self) -> int | None:
        period = self.body.get("rentPeriod")
        if period is not None and (isinstance(period, bool) or period not in PERIODS):
            raise errors.ServiceError(errors.INVALID_RENT_PERIOD)
        return cast("int | None", period)

    def auto_renew(self) -> bool:
        auto_renew = self.body.get("autoRenew", False)
        if not isinstance(auto_renew, bool):
            raise errors.ServiceError(errors.INVALID_AUTO_RENEW)
        return auto_renew

    def callback_url(
        self, name: str = "callbackUrl", error: errors.DocumentedError = errors.INVALID_CALLBACK_URL
    ) -> str | None:
        url = self.body.get(name)
        if url is None:
            return None
        if not isinstance(url, str) or not _is_url(url):
            raise errors.ServiceError(error)
        return url

    # ---- query

    def _query(self, name: str, parse: Callable[[str], T | None], default: T) -> T:
        """Return a query parameter, or its default if it is missing. ``parse`` returns None for an invalid one."""
        value = self.request.args.get(name)
        parsed = None if value is None else parse(value)
        if parsed is None and value is not None and not self._lenient:
            raise errors.ServiceError(errors.INVALID_PARAMETERS)
        return default if parsed is None else parsed

    def limit(self) -> int:
        return self._query("limit", _page_size, MAX_PAGE_SIZE)

    def cursor(self) -> str | None:
        name = "next" if self.request.args.get("next") else "previous"
        return self._query(name, lambda value: value if is_cursor(value) or not value else None, None)

    def country(self) -> str | None:
        return self._query("country_iso", lambda value: value.upper() if is_country(value) else None, None)

    def boolean(self, name: str, default: bool | None = None) -> bool | None:
        return self._query(name, lambda value: _BOOLEANS.get(value.lower()), default)

    def choice(self, name: str, *allowed: str) -> str | None:
        return self._query(name, lambda value: value if value in allowed else None, None)

    def _digits(self, name: str) -> str | None:
        return self._query(name, lambda value: value if _DIGITS.fullmatch(value) else None, None)

    def offer_filter(self) -> Callable[[Offer], bool]:
        """Return a predicate for the filters that all lists of numbers have in common."""
        features = int(self.choice("features", "1", "2", "3") or 0)
        number_type = self.choice("number_type", "mobile", "landline")
        inbound_sms_sender = self.boolean("inbound_sms_sender", default=False)
        include, exclude = self._digits("include"), self._digits("exclude")
        return lambda offer: (
            offer.features & features == features
            and number_type in (None, offer.number_type)
            and inbound_sms_sender == offer.inbound_sms_sender
            and (include is None or include in offer.phone_number)
            and (exclude is None or exclude not in offer.phone_number)
        )


def _page_size(value: str) -> int | None:
    return int(value) if _DIGITS.fullmatch(value) and 1 <= int(value) <= MAX_PAGE_SIZE else None


def check_id(value: object, error: errors.DocumentedError) -> str:
    """Return an ID in lower case.

    Raises:
        ServiceError: The value is not an ID; has the error given.
    """
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise errors.ServiceError(error)
    return value.lower()


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and " " not in value
    except ValueError:
        return False
