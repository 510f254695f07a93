"""The page at ``/``, which shows an account and drives it through the controls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache, lru_cache
from html import escape
from itertools import islice
from pathlib import Path
from shlex import quote
from string import Formatter
from typing import Any

from werkzeug import Request, Response

from smscx_client.sandbox.controls import SandboxAccount
from smscx_client.sandbox.faults import Fault
from smscx_client.sandbox.ledger import LedgerEntry
from smscx_client.sandbox.lookups import BulkLookup, Lookup
from smscx_client.sandbox.numbering import subscriber
from smscx_client.sandbox.rentals import Rental, Sms
from smscx_client.sandbox.requests import RecordedRequest
from smscx_client.sandbox.routes import operations_of
from smscx_client.sandbox.webhooks import Delivery

MAX_ROWS, MAX_BODY, MAX_PARSED = 50, 4000, 65_536
"""Rows of a section, characters that are shown of a body, and bytes of it that are parsed to indent them."""
_ASSETS = Path(__file__).parent / "assets"
_CONTENT_TYPES = {
    "/": "text/html; charset=utf-8",
    "/events": "text/event-stream",
    "/page.css": "text/css; charset=utf-8",
    "/page.js": "text/javascript; charset=utf-8",
    "/page.svg": "image/svg+xml",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Html(str):
    """A string that is HTML already."""

    __slots__ = ()


class _EscapingFormatter(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        return text if isinstance(value, Html) else escape(text)


def respond(account: SandboxAccount, accounts: Sequence[SandboxAccount], request: Request) -> Response | None:
    """Return the page, one of its files or its events; None if the request is for something else.

    Args:
        account: Account that the page shows.
        accounts: Accounts that the page offers to show.
        request: Any request.
    """
    if request.path not in _CONTENT_TYPES or request.method not in ("GET", "HEAD"):
        return None
    if request.path == "/":
        content: bytes | str | Iterator[str] = _page(account, accounts, request.host_url.rstrip("/"))
    elif request.path == "/events":
        content = _events(account, accounts)
    else:
        content = (_ASSETS / request.path[1:]).read_bytes()
    return Response(content, headers=_HEADERS, content_type=_CONTENT_TYPES[request.path])


def _page(account: SandboxAccount, accounts: Sequence[SandboxAccount], url: str) -> str:
    key, version = account.api_key, account.api_version
    values = {"url": url, "api_key": key, "api_key_header": quote(f"X-API-KEY: {key}"), "shell_api_key": quote(key)}
    operations = _rows("operation", lambda name: {"name": name}, operations_of(version))
    return _fill("page", api_version=version, operations=operations, **values, **_sections(account, accounts))


def _events(account: SandboxAccount, accounts: Sequence[SandboxAccount]) -> Iterator[str]:
    """Yield the sections that have changed, or a comment, which fails if the browser has disconnected."""
    sent: dict[str, Html] = {}
    while True:
        sections = _sections(account, accounts)
        changed = [{"id": name, "html": html} for name, html in sections.items() if sent.get(name) != html]
        yield f"data: {json.dumps(changed)}\n\n" if changed else ": unchanged\n\n"
        sent = sections


def _sections(shown: SandboxAccount, accounts: Sequence[SandboxAccount]) -> dict[str, Html]:
    """Return the sections of the page that change, by ID. The account is locked only while it is copied."""
    with shown.locked() as account:
        now, frozen = account.clock.now(), _render("frozen") if account.clock.frozen else ""
        credit, active = account.ledger.credit, sum(rental.active for rental in account.rentals.values())
        figures = {"credit": credit, "active": active, "lookups": len(account.lookups)}
        figures["received"] = sum(len(rental.received) for rental in account.rentals.values())
        rentals = [rental.copy() for rental in _newest(account.rentals.values())]
        lookups, bulk_lookups = _newest(account.lookups.values()), _newest(account.lookups.bulk.values())
        requests, entries = _newest(account.requests.items), _newest(account.ledger.entries)
        deliveries, faults = _newest(account.webhooks.deliveries.items), account.faults.pending()
    listed = [other for number, other in enumerate(accounts) if number < MAX_ROWS or other is shown]
    return {
        "accounts": _rows("account", lambda other: {"api_key": other.api_key}, listed),
        "status": _render("status", credit=credit, now=now, frozen=frozen),
        "figures": _render("figures", **figures),
        "recent": _rows("recent", _request, requests[:6]),
        "threads": _rows("thread", _rental, rentals),
        "conversations": _rows("conversation", _rental, rentals),
        "lookup-rows": _rows("lookup", lambda lookup: _lookup(lookup, now), lookups),
        "bulk-rows": _rows("bulk", lambda bulk: _bulk(bulk, now), bulk_lookups),
        "request-rows": _rows("request", _request, requests),
        "delivery-rows": _rows("delivery", _delivery, deliveries),
        "ledger-rows": _rows("entry", _entry, entries),
        "faults": _rows("fault", _fault, faults),
    }


def _newest(items: Any) -> list[Any]:
    return list(islice(reversed(items), MAX_ROWS))


def _rental(rental: Rental) -> dict[str, Any]:
    undelivered, received = len(rental.undelivered), tuple(rental.received[-MAX_ROWS:])
    values = {name: getattr(rental, name) for name in ("rent_id", "end", "cost", "period")}
    values |= {"phone_number": rental.offer.phone_number, "callback_url": rental.callback_url or "none"}
    values |= {"label": "active", "tone": "good"} if rental.active else {"label": "ended", "tone": "neutral"}
    values |= {"state": "" if rental.active else "disabled", "auto_renew": "on" if rental.auto_renew else "off"}
    values["undelivered"] = _render("undelivered", count=undelivered) if undelivered else ""
    return {**values, "last": received[-1].text if received else "No SMS yet", "messages": _messages(received)}


@lru_cache(maxsize=2 * MAX_ROWS)
def _messages(received: tuple[Sms, ...]) -> Html:
    return _rows("sms", lambda sms: {"sms": sms}, received)


def _lookup(lookup: Lookup, now: datetime) -> dict[str, Any]:
    number, found = lookup.number.e164, subscriber(lookup.number)
    values = {"id": lookup.lookup_id, "number": number, "requested": lookup.requested, "cost": lookup.cost}
    if lookup.ready > now:
        return {**values, "network": "", "label": "pending", "tone": "neutral"}
    network = f"ported to {found.ported_to.name}" if found.ported_to else found.home.name
    network += f", roaming in {found.roaming_in}" if found.roaming_in else ""
    return {**values, "network": network, "label": found.status, "tone": "good" if found.status == "ACTIVE" else "bad"}


def _bulk(bulk: BulkLookup, now: datetime) -> dict[str, Any]:
    counts = {"done": len(bulk.results(now)), "valid": len(bulk.lookups), "invalid": len(bulk.invalid)}
    return {"id": bulk.bulk_id, "requested": bulk.requested, "cost": bulk.cost, **counts}


def _request(request: RecordedRequest) -> dict[str, Any]:
    target = f"{request.path}?{request.query}" if request.query else request.path
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    sent = f"{headers}\n\n{_pretty(request.body[:MAX_PARSED])}" if request.body else headers
    values = {"key": id(request), "time": request.time, "method": request.method, "target": target, "sent": sent}
    values |= {"operation": request.operation or "unknown operation", "label": request.status or "dropped"}
    values["tone"] = "good" if 0 < request.status < 400 else "bad"
    return {**values, "response": _pretty(request.response[:MAX_PARSED])}


def _delivery(delivery: Delivery) -> dict[str, Any]:
    values = {name: getattr(delivery, name) for name in ("id", "time", "url", "event", "attempt", "outcome")}
    values |= {"payload": _pretty(delivery.payload[:MAX_PARSED]), "response": _pretty(delivery.response)}
    return {**values, "tone": "good" if delivery.outcome == "200" else "bad"}


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    return {"key": id(entry), "entry": entry, "change": 0 - entry.amount, "tone": "good" if entry.amount < 0 else ""}


def _fault(pending: tuple[Fault, int]) -> dict[str, Any]:
    fault, times = pending
    effects = {**vars(fault), "error": fault.error and f"{fault.error.status} {fault.error.message}"}
    shown = [f"{name.replace('_', ' ')}: {value}" for name, value in effects.items() if value]
    return {"effects": ", ".join(shown), "times": times}


@lru_cache(maxsize=256)
def _pretty(body: bytes | str) -> str:
    """Return a body to show: JSON is indented, and a long body is cut."""
    text = body if isinstance(body, str) else body.decode(errors="replace")
    with suppress(ValueError, RecursionError):  # what is not JSON is shown as received
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text or "(empty)" if len(text) <= MAX_BODY else f"{text[:MAX_BODY]}…"


def _rows(template: str, values: Callable[[Any], dict[str, Any]], items: Iterable[Any]) -> Html:
    """Return a row for each item, or the row that says that there are none."""
    rows = [_render(template, **values(item)) for item in items]
    return Html("".join(rows)) if rows else _render(f"no-{template}")


def _fill(template: str, **values: Any) -> Html:
    """Fill in a template; all values are escaped, except HTML."""
    return Html(_EscapingFormatter().vformat(_templates()[template], (), values))


# Most rows are the same in each update. Typed, as HTML must not be taken for an equal string that needs escaping.
_render = lru_cache(maxsize=1024, typed=True)(_fill)


@cache
def _templates() -> dict[str, str]:
    source = (_ASSETS / "page.html").read_text(encoding="utf-8")
    return dict(re.findall(r'<template id="([\w-]+)">\n(.*?)</template>\n', source, re.DOTALL))
