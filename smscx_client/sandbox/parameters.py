"""Parameters and body of a request, validated when they are read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from werkzeug import Request

from smscx_client.sandbox import errors
from smscx_client.sandbox.errors import DocumentedError, ServiceError
from smscx_client.sandbox.inventory import PERIODS, Offer
from smscx_client.sandbox.numbering import is_country
from smscx_client.sandbox.pagination import is_cursor
from smscx_client.sandbox.responses import Json

MAX_PHONE_NUMBERS = 40_000
MAX_PAGE_SIZE = 500
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,17}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class Parameters:
    """Parameters of one request. Reading an invalid one raises its documented error.

    Args:
        request: The request.
        raw_body: Request body.
    """

    def __init__(self, request: Request, raw_body: bytes) -> None:
        self.request = request
        self._raw_body = raw_body
        self._body: Json | None = None

    def lenient(self) -> Parameters:
        """Return the same parameters, of which invalid query parameters are ignored."""
        return _LenientParameters(self.request, self._raw_body)

    # ---- body

    @property
    def body(self) -> Json:
        """Request body as a JSON object."""
        if self._body is None:
            try:
                document = json.loads(self._raw_body)
            except (ValueError, RecursionError):
                document = None
            if not isinstance(document, dict):
                raise ServiceError(errors.INVALID_BODY)
            self._body = document
        return self._body

    def phone_numbers(self) -> tuple[list[str], str | None]:
        """Return the phone numbers of a bulk request, and the country of those in national format."""
        numbers, country = self.body.get("phoneNumbers"), self.body.get("countryIso")
        if numbers is None or numbers == []:
            raise ServiceError(errors.PHONE_NUMBERS_MISSING)
        if not isinstance(numbers, list) or not {str}.issuperset(map(type, cast("list[object]", numbers))):
            raise ServiceError(errors.PHONE_NUMBERS_NOT_A_LIST)
        phone_numbers = cast("list[str]", numbers)
        if len(phone_numbers) > MAX_PHONE_NUMBERS:
            raise ServiceError(errors.TOO_MANY_PHONE_NUMBERS)
        return phone_numbers, country if isinstance(country, str) and is_country(country) else None

    def rent_period(self) -> int | None:
        period = self.body.get("rentPeriod")
        if period is not None and (isinstance(period, bool) or period not in PERIODS):
            raise ServiceError(errors.INVALID_RENT_PERIOD)
        return cast("int | None", period)

    def auto_renew(self) -> bool:
        auto_renew = self.body.get("autoRenew", False)
        if not isinstance(auto_renew, bool):
            raise ServiceError(errors.INVALID_AUTO_RENEW)
        return auto_renew

    def callback_url(self) -> str | None:
        return self._url("callbackUrl", errors.INVALID_CALLBACK_URL)

    def lookup_callback_url(self) -> str | None:
        return self._url("lookupCallbackUrl", errors.INVALID_LOOKUP_CALLBACK_URL)

    def _url(self, name: str, error: DocumentedError) -> str | None:
        url = self.body.get(name)
        if url is None:
            return None
        if not isinstance(url, str) or not _is_url(url):
            raise ServiceError(error)
        return url

    # ---- query

    def limit(self) -> int:
        value = self.request.args.get("limit", str(MAX_PAGE_SIZE))
        if not _DIGITS.fullmatch(value) or not 1 <= int(value) <= MAX_PAGE_SIZE:
            self._reject()
            return MAX_PAGE_SIZE
        return int(value)

    def cursor(self) -> str | None:
        cursor = self.request.args.get("next") or self.request.args.get("previous")
        if cursor and not is_cursor(cursor):
            self._reject()
            return None
        return cursor

    def country(self) -> str | None:
        country = self.request.args.get("country_iso")
        if country is not None and not is_country(country):
            self._reject()
            return None
        return country and country.upper()

    def boolean(self, name: str) -> bool | None:
        value = self.request.args.get(name)
        if value is None:
            return None
        if value.lower() not in _BOOLEANS:
            self._reject()
        return _BOOLEANS.get(value.lower())

    def choice(self, name: str, *allowed: str) -> str | None:
        value = self.request.args.get(name)
        if value is not None and value not in allowed:
            self._reject()
            return None
        return value

    def offer_filter(self) -> Callable[[Offer], bool]:
        """Return a predicate for the filters that all lists of numbers have in common."""
        features = int(self.choice("features", "1", "2", "3") or 0)
        number_type = self.choice("number_type", "mobile", "landline")
        inbound_sms_sender = self.boolean("inbound_sms_sender")
        include, exclude = self._digits("include"), self._digits("exclude")
        return lambda offer: (
            offer.features & features == features
            and number_type in (None, offer.number_type)
            and inbound_sms_sender in (None, offer.inbound_sms_sender)
            and (include is None or include in offer.phone_number)
            and (exclude is None or exclude not in offer.phone_number)
        )

    def _digits(self, name: str) -> str | None:
        value = self.request.args.get(name)
        if value is not None and not _DIGITS.fullmatch(value):
            self._reject()
            return None
        return value

    def _reject(self) -> None:
        raise ServiceError(errors.INVALID_PARAMETERS)


class _LenientParameters(Parameters):
    """Parameters of an operation that documents no status 400: an invalid query parameter counts as missing."""

    def _reject(self) -> None:
        return


def check_id(value: object, error: DocumentedError) -> str:
    """Return an ID in lower case.

    Raises:
        ServiceError: The value is not an ID; has the error given.
    """
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ServiceError(error)
    return value.lower()


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in value
