"""The HTTP side of the sandbox: paths, credentials, bodies and parameters in, documented answers out."""

from __future__ import annotations

import json
import logging
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit
from uuid import uuid4

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule

from smscx_client.sandbox import errors
from smscx_client.sandbox.account import MAX_NUMBERS, Account, Rent
from smscx_client.sandbox.answers import Answers, Generation, Json, sms_fields
from smscx_client.sandbox.errors import DocumentedError, Refused
from smscx_client.sandbox.exports import to_csv, to_xlsx
from smscx_client.sandbox.faults import NO_FAULT, Fault, Faults
from smscx_client.sandbox.inventory import PERIODS, Offer
from smscx_client.sandbox.numbering import is_country, parse
from smscx_client.sandbox.page import account_page
from smscx_client.sandbox.paging import is_cursor, newest_first, oldest_first
from smscx_client.sandbox.rate_limit import RateLimit
from smscx_client.sandbox.requests import Arrived, masked
from smscx_client.sandbox.webhooks import Message

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_BODY = 8 * 1024 * 1024
REMEMBERED_REQUESTS = 1000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,17}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class Answer(NamedTuple):
    """What goes back for a request, and what goes wrong with it on purpose."""

    response: Response
    fault: Fault = NO_FAULT


class Service:
    """Answers requests as the service does.

    Args:
        account: Whose credentials are accepted, and who pays.
        generation: Which generation of the API to speak.
        rate_limit: How many requests are answered.
    """

    def __init__(self, account: Account, generation: Generation, rate_limit: RateLimit) -> None:
        self.lock: Lock = Lock()
        self.faults: Faults = Faults()
        self.generation: Generation = generation
        self.rate_limit = rate_limit
        self.requests: deque[Arrived] = deque(maxlen=REMEMBERED_REQUESTS)
        self.control: Callable[[str, str, bytes], tuple[int, Json]] | None = None
        """Carries out the requests under ``/_sandbox/``: name, method and body in, status and answer out."""
        self.start(account)
        self._old = generation == "2022-10"
        routes = [route for route in ROUTES if not (self._old and route.since == "2023-02")]
        self._handlers = {route.operation: route.handler for route in routes}
        self._urls = Map(
            [Rule(route.path, endpoint=route.operation, methods=[route.method]) for route in routes],
            merge_slashes=False,
            strict_slashes=False,
        ).bind("")

    def start(self, account: Account) -> None:
        """Answer for an account, as if nothing had happened before."""
        self.account = account
        self._answers = Answers(self.generation, account)
        self.faults.clear()
        self.requests.clear()

    def respond(self, environ: WSGIEnvironment) -> Answer:
        """The answer to a request; its body has been read to the end, or the answer says that it cannot be."""
        request = Request(environ)
        request.max_content_length = MAX_BODY
        began = time.perf_counter()
        body = self._read(request)
        if request.path.startswith("/_sandbox"):
            return Answer(self._controlled(request, body))
        if request.method == "GET" and request.path in ("/", "/openapi.json"):
            return Answer(self._page() if request.path == "/" else _document())
        fault = self.faults.take()
        with self.lock:
            operation, response = self._answer(request, body, fault)
            status = 0 if fault.drop in ("before", "after") else response.status_code
            self.requests.append(_arrived(request, operation, status, self.account.clock.now()))
        response.headers["X-Request-Id"] = str(uuid4())
        response.headers["X-Response-Time"] = f"{(time.perf_counter() - began) * 1000:.1f}ms"
        return Answer(response, fault)

    def due_messages(self) -> list[Message]:
        """What has to be posted to callback URLs now."""
        with self.lock:
            received, results = self.account.untold()
            return [Message(url, "receive_sms", [sms_fields(sms) for sms in new]) for url, new in received] + [
                Message(
                    url, "number_lookup", [{**self._answers.lookup(one), "lookupBulkId": bulk.bulk_id} for one in new]
                )
                for url, bulk, new in results
            ]

    def _read(self, request: Request) -> bytes | None:
        try:
            return request.get_data()
        except (HTTPException, OSError):  # too large, or chunks that are none
            return None

    def _page(self) -> Response:
        with self.lock:
            page = account_page(self.account, list(self.requests), self.generation)
        return Response(page, content_type="text/html; charset=utf-8")

    def _controlled(self, request: Request, body: bytes | None) -> Response:
        if self.control is None or body is None:
            return self._error(errors.NO_SUCH_PATH)
        try:
            status, answer = self.control(request.path.removeprefix("/_sandbox").strip("/"), request.method, body)
        except Refused as refused:
            return self._error(refused.error)
        return _json(answer, status)

    def _answer(self, request: Request, body: bytes | None, fault: Fault) -> tuple[str | None, Response]:
        operation: str | None = None
        try:
            name, arguments = self._urls.match(request.path, request.method)
            operation = cast("str", name)
            if body is None:
                raise Refused(errors.TOO_LARGE)
            if fault.error is not None:
                raise Refused(fault.error)
            if fault.drop == "before":
                return operation, Response()
            return operation, self._carry_out(operation, request, body, arguments)
        except Refused as refused:
            return operation, self._error(refused.error)
        except MethodNotAllowed as wrong:
            response = self._error(errors.WRONG_METHOD)
            response.headers["Allow"] = ", ".join(sorted(wrong.valid_methods or ()))
            return operation, response
        except HTTPException:
            return operation, self._error(errors.NO_SUCH_PATH)
        except Exception:
            logging.getLogger("smscx_client.sandbox").exception("a request made the sandbox itself fail")
            return operation, self._error(errors.SERVER_ERROR)

    def _carry_out(self, operation: str, request: Request, body: bytes, arguments: Mapping[str, Any]) -> Response:
        if operation != "get_access_token":
            self.account.authorize(request.headers.get("X-API-KEY"), _bearer(request))
            if not self.rate_limit.take(self.account.clock.now()):
                raise Refused(errors.RATE_LIMIT)
        answer = self._handlers[operation](self, _Input(request, body), **arguments)
        response = answer if isinstance(answer, Response) else _json(answer, 200)
        response.headers.update(self.rate_limit.headers())
        return response

    def _error(self, error: DocumentedError) -> Response:
        response = _json(self._answers.error(error), error.status)
        response.headers.update(self.rate_limit.headers())
        if error.status == errors.RATE_LIMIT.status:
            response.headers.update(self.rate_limit.reset_header(self.account.clock.now()))
        return response

    # ---- validation and lookups

    def validate_number(self, _: _Input, phone_number: str) -> Json:
        number = parse(phone_number)
        if number is None:
            raise Refused(errors.INVALID_NUMBER)
        return self._answers.validated(number)

    def validate_numbers(self, given: _Input) -> Json:
        texts, country = given.phone_numbers()
        return self._answers.validated_many([(text, parse(text, country)) for text in texts])

    def lookup_number(self, _: _Input, phone_number: str) -> Json:
        number = parse(phone_number)
        if number is None:
            raise Refused(errors.INVALID_NUMBER)
        return {"data": self._answers.lookup(self.account.look_up(number))}

    def lookup_numbers(self, given: _Input) -> Json:
        texts, country = given.phone_numbers()
        callback = given.url("lookupCallbackUrl", errors.INVALID_LOOKUP_CALLBACK)
        return self._answers.bulk_started(self.account.look_up_many(texts, country, callback))

    def get_bulk_lookup_campaigns(self, given: _Input) -> Json:
        given = _ForgivingInput(given.request, b"")
        return self._answers.bulk_list(newest_first(self.account.bulk_list, given.limit(), given.cursor()))

    def get_single_lookup_status(self, _: _Input, lookup_id: str) -> Json:
        return self._answers.lookup(self.account.finished_lookup(_id(lookup_id, errors.INVALID_LOOKUP_ID)))

    def get_bulk_lookup_status(self, given: _Input, lookup_bulk_id: str) -> Json:
        bulk = self.account.bulk_lookup(_id(lookup_bulk_id, errors.INVALID_BULK_ID))
        ready = bulk.ready(self.account.clock.now())
        size = max(len(ready), 1) if self._old else given.limit()
        return self._answers.bulk_results(bulk, oldest_first(ready, size, None if self._old else given.cursor()))

    def export_number_lookup_report_to_csv(self, _: _Input, lookup_bulk_id: str) -> Response:
        return Response(to_csv(self._results(lookup_bulk_id)), content_type="application/csv; charset=utf-8")

    def export_number_lookup_report_to_xlsx(self, _: _Input, lookup_bulk_id: str) -> Response:
        return Response(to_xlsx(self._results(lookup_bulk_id)), content_type=XLSX)

    def _results(self, lookup_bulk_id: str) -> list[Json]:
        bulk = self.account.bulk_lookup(_id(lookup_bulk_id, errors.INVALID_BULK_ID))
        return [self._answers.lookup(lookup) for lookup in bulk.ready(self.account.clock.now())]

    # ---- rents

    def get_available_numbers(self, given: _Input, country_iso: str) -> Json:
        if not is_country(country_iso):
            raise Refused(errors.INVALID_COUNTRY)
        offers = self.account.offers(country_iso.upper())
        if self._old:
            return self._answers.offers(offers)
        wanted = given.offer_filter()
        delayed = {None: None, "instant": False, "delayed": True}[given.choice("setup_time", "instant", "delayed")]
        registration = given.boolean("registration")
        return self._answers.offers(
            offer
            for offer in offers
            if wanted(offer) and delayed in (None, offer.delayed) and registration in (None, offer.registration)
        )

    def get_rented_numbers(self, given: _Input) -> Json:
        rents = self.account.all_rents()
        if self._old:
            return self._answers.rents(rent for rent in rents if rent.active)
        given = _ForgivingInput(given.request, b"")
        wanted, active, country = given.offer_filter(), given.boolean("active_rent"), given.country()
        return self._answers.rents(
            rent
            for rent in rents
            if wanted(rent.offer) and active in (None, rent.active) and country in (None, rent.offer.country_iso)
        )

    def rent_number(self, given: _Input) -> Json:
        number_id = _id(given.body.get("numberId"), errors.INVALID_NUMBER_ID)
        period = given.period()
        if period is None:
            raise Refused(errors.INVALID_PERIOD)
        registration = given.body.get("registrationId")
        if registration is not None:
            registration = _id(registration, errors.INVALID_REGISTRATION)
        callback = given.url("callbackUrl", errors.INVALID_CALLBACK)
        rent = self.account.rent(number_id, period, given.auto_renew(), callback, registration)
        return self._answers.rent_made(rent)

    def get_rent_status(self, _: _Input, rent_id: str) -> Json:
        return self._answers.rent_status(self._rent(rent_id))

    def renew_rent(self, given: _Input, rent_id: str) -> Json:
        rent = self._rent(rent_id)
        period, auto_renew = given.period(), given.auto_renew()
        callback = (
            given.url("callbackUrl", errors.INVALID_CALLBACK) if "callbackUrl" in given.body else rent.callback_url
        )
        return self._answers.rent_renewed(self.account.renew(rent.rent_id, period, auto_renew, callback))

    def cancel_rent(self, _: _Input, rent_id: str) -> Json:
        rent = self._rent(rent_id)
        return self._answers.rent_cancelled(rent, self.account.cancel(rent.rent_id))

    def edit_rent_settings(self, given: _Input, rent_id: str) -> Json:
        rent = self._rent(rent_id)
        if not {"autoRenew", "callbackUrl"} & given.body.keys():
            raise Refused(errors.NOTHING_TO_EDIT)
        auto_renew = given.auto_renew() if "autoRenew" in given.body else rent.auto_renew
        callback = (
            given.url("callbackUrl", errors.INVALID_CALLBACK) if "callbackUrl" in given.body else rent.callback_url
        )
        rent.auto_renew, rent.callback_url = auto_renew, callback
        return self._answers.rent_edited(rent)

    def get_inbound_sms(self, given: _Input, rent_id: str) -> Json:
        rent = self._rent(rent_id)
        return self._answers.received(rent, newest_first(rent.received, given.limit(), given.cursor()))

    def _rent(self, rent_id: str) -> Rent:
        return self.account.rent_of(_id(rent_id, errors.INVALID_RENT_ID))

    # ---- token

    def get_access_token(self, given: _Input) -> Json:
        login = given.request.authorization
        if login is None or login.type != "basic":
            raise Refused(errors.WRONG_APPLICATION)
        form = given.request.form
        if not form.get("grant_type"):
            raise Refused(errors.GRANT_TYPE_MISSING)
        if form["grant_type"] != "client_credentials":
            raise Refused(errors.UNSUPPORTED_GRANT)
        token = self.account.issue_token(login.username or "", login.password or "", form.get("scope"))
        return self._answers.token(token)


class _Input:
    """What a request brings, checked as it is asked for."""

    def __init__(self, request: Request, raw: bytes) -> None:
        self.request = request
        self._raw = raw
        self._body: Json | None = None

    @property
    def body(self) -> Json:
        if self._body is None:
            try:
                document = json.loads(self._raw)
            except (ValueError, RecursionError):
                document = None
            if not isinstance(document, dict):
                raise Refused(errors.INVALID_BODY)
            self._body = document
        return self._body

    def phone_numbers(self) -> tuple[list[str], str | None]:
        """The numbers of a bulk request, and the country of those in national format."""
        numbers, country = self.body.get("phoneNumbers"), self.body.get("countryIso")
        if numbers is None or numbers == []:
            raise Refused(errors.NO_NUMBERS)
        if not isinstance(numbers, list) or not {str}.issuperset(map(type, cast("list[object]", numbers))):
            raise Refused(errors.NOT_A_LIST)
        texts = cast("list[str]", numbers)
        if len(texts) > MAX_NUMBERS:
            raise Refused(errors.TOO_MANY_NUMBERS)
        return texts, country if isinstance(country, str) and is_country(country) else None

    def period(self) -> int | None:
        period = self.body.get("rentPeriod")
        if period is not None and (isinstance(period, bool) or period not in PERIODS):
            raise Refused(errors.INVALID_PERIOD)
        return cast("int | None", period)

    def auto_renew(self) -> bool:
        auto_renew = self.body.get("autoRenew", False)
        if not isinstance(auto_renew, bool):
            raise Refused(errors.INVALID_AUTO_RENEW)
        return auto_renew

    def url(self, name: str, error: DocumentedError) -> str | None:
        url = self.body.get(name)
        if url is None:
            return None
        if not isinstance(url, str) or not _is_url(url):
            raise Refused(error)
        return url

    def limit(self) -> int:
        text = self.request.args.get("limit", "500")
        if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= 500:
            self.refuse()
            return 500
        return int(text)

    def cursor(self) -> str | None:
        cursor = self.request.args.get("next") or self.request.args.get("previous")
        if cursor and not is_cursor(cursor):
            self.refuse()
            return None
        return cursor

    def country(self) -> str | None:
        country = self.request.args.get("country_iso")
        if country is not None and not is_country(country):
            self.refuse()
            return None
        return country and country.upper()

    def boolean(self, name: str) -> bool | None:
        text = self.request.args.get(name)
        if text is None:
            return None
        if text.lower() not in _BOOLEANS:
            self.refuse()
        return _BOOLEANS.get(text.lower())

    def choice(self, name: str, *allowed: str) -> str | None:
        text = self.request.args.get(name)
        if text is not None and text not in allowed:
            self.refuse()
            return None
        return text

    def offer_filter(self) -> Callable[[Offer], bool]:
        """Whether a number is one of those that the query asks for."""
        features = int(self.choice("features", "1", "2", "3") or 0)
        number_type = self.choice("number_type", "mobile", "landline")
        named_senders = self.boolean("inbound_sms_sender")
        include, exclude = self._digits("include"), self._digits("exclude")
        return lambda offer: (
            offer.features & features == features
            and number_type in (None, offer.number_type)
            and named_senders in (None, offer.inbound_sms_sender)
            and (include is None or include in offer.phone_number)
            and (exclude is None or exclude not in offer.phone_number)
        )

    def _digits(self, name: str) -> str | None:
        text = self.request.args.get(name)
        if text is not None and not _DIGITS.fullmatch(text):
            self.refuse()
            return None
        return text

    def refuse(self) -> None:
        """A query parameter cannot be read."""
        raise Refused(errors.INVALID_PARAMETERS)


class _ForgivingInput(_Input):
    """Of the operations for which no error 400 is documented: a query parameter that cannot be read is as none."""

    def refuse(self) -> None:
        return


class _Route(NamedTuple):
    method: str
    path: str
    handler: Callable[..., Any]
    since: str = "2022-10"

    @property
    def operation(self) -> str:
        return self.handler.__name__


ROUTES = (
    _Route("GET", "/numbers/validate/<phone_number>", Service.validate_number),
    _Route("POST", "/numbers/validate", Service.validate_numbers),
    _Route("GET", "/numbers/lookup/<phone_number>", Service.lookup_number),
    _Route("POST", "/numbers/lookup", Service.lookup_numbers),
    _Route("GET", "/numbers/lookup", Service.get_bulk_lookup_campaigns, "2023-02"),
    _Route("GET", "/numbers/lookup/lookupId/<lookup_id>", Service.get_single_lookup_status),
    _Route("GET", "/numbers/lookup/lookupBulkId/<lookup_bulk_id>", Service.get_bulk_lookup_status),
    _Route(
        "GET",
        "/numbers/lookup/lookupBulkId/<lookup_bulk_id>/csv",
        Service.export_number_lookup_report_to_csv,
        "2023-02",
    ),
    _Route(
        "GET",
        "/numbers/lookup/lookupBulkId/<lookup_bulk_id>/xlsx",
        Service.export_number_lookup_report_to_xlsx,
        "2023-02",
    ),
    _Route("GET", "/numbers/rent/available/<country_iso>", Service.get_available_numbers),
    _Route("GET", "/numbers/rent", Service.get_rented_numbers),
    _Route("POST", "/numbers/rent", Service.rent_number),
    _Route("GET", "/numbers/rent/<rent_id>", Service.get_rent_status),
    _Route("PATCH", "/numbers/rent/<rent_id>", Service.renew_rent),
    _Route("DELETE", "/numbers/rent/<rent_id>", Service.cancel_rent),
    _Route("PATCH", "/numbers/rent/<rent_id>/edit", Service.edit_rent_settings, "2023-02"),
    _Route("GET", "/numbers/rent/<rent_id>/inbound", Service.get_inbound_sms),
    _Route("POST", "/oauth/token", Service.get_access_token),
)


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else None


def _arrived(request: Request, operation: str | None, status: int, now: datetime) -> Arrived:
    query = request.query_string.decode("latin-1")
    return Arrived(now, request.method, request.path, query, operation, status, masked(dict(request.headers)))


@cache
def _openapi() -> str:
    return (Path(__file__).parent / "openapi.json").read_text(encoding="utf-8")


def _document() -> Response:
    return Response(_openapi(), content_type="application/json")


def _id(text: object, error: DocumentedError) -> str:
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise Refused(error)
    return text.lower()


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text


def _json(document: Json, status: int) -> Response:
    return Response(json.dumps(document, separators=(",", ":")), status, content_type="application/json")
