"""The network between clients and the sandbox: it loses, delays and changes what passes, and knows the truth."""

from __future__ import annotations

import http.client
import json
import re
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from smscx_client.sandbox import SandboxAccount
from support.scripted_server import Reply, Request, ScriptedServer

Fate = Literal[
    "lost", "processed", "cut", "late", "duplicate bytes", "interim", "no id", "storm", "refused", "no credit",
    "gateway", "gateway after", "proxy 403", "proxy 404", "proxy 404 after", "unread",
]  # fmt: skip
ListFault = Literal[
    "hidden", "empty", "stored", "loop", "malformed", "reversed", "repeated", "short pages", "unfinished", "spelled",
    "broken",
]  # fmt: skip
HARMLESS: tuple[ListFault, ...] = ("reversed", "repeated", "short pages", "spelled")
"""What a client must see through: it changes no outcome."""
_PASSED_ON = ("content-type", "date", "x-request-id", "retry-after", "age")
_BULK = re.compile(r"/numbers/lookup/lookupBulkId/([^/?]+)")
_RENTAL = re.compile(r"/numbers/rent/([0-9a-f-]{36})$")
UNFINISHED = 20.0
"""Seconds for which a bulk lookup lacks a result."""


@dataclass(frozen=True)
class Charge:
    """A request that the service processed."""

    sender: str
    """Who sent it."""
    operation: str
    id: str
    amount: float
    numbers: tuple[str, ...] = ()
    """Numbers of a lookup, as they were sent."""
    at: float = 0.0
    """When the service processed it."""
    period: int | None = None
    """Days of a rental."""


@dataclass
class _Delayed:
    due: float
    request: Request
    sender: str


@dataclass
class Plan:
    """What happens on the network during one step of the simulation."""

    fates: deque[tuple[Fate, float]] = field(default_factory=deque[tuple[Fate, float]])
    """What happens to the next paid requests, and the seconds by which a late one is late."""
    lists: ListFault | None = None
    """What is wrong with lists and results."""


class FaultyLink:
    """A server that passes requests on to an account of a sandbox.

    Attributes:
        sender: Who is sending now.
        plan: What goes wrong.
        charges: Every paid request that was processed, and every cancellation, oldest first.
        violations: What must never happen and did, as sentences.
        on_paid: Called with every paid request before anything else happens to it.
    """

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._server = ScriptedServer(self._handle)
        self._upstream: http.client.HTTPConnection | None = None
        self.url = self._server.url
        self.account: SandboxAccount
        self.on_paid: Callable[[Request], None] = lambda _: None
        self.restart()

    def restart(self) -> None:
        """Forget everything, before another simulation."""
        self.sender = "nobody"
        self.plan = Plan()
        self.charges: list[Charge] = []
        self.violations: list[str] = []
        self.arrived = 0
        self._delayed: list[_Delayed] = []
        self._stored: dict[str, Reply] = {}
        self._first_read: dict[str, float] = {}
        self._reads: dict[str, int] = {}

    def close(self) -> None:
        self._server.close()
        if self._upstream is not None:
            self._upstream.close()

    @contextmanager
    def sending(self, sender: str, plan: Plan | None = None) -> Generator[None]:
        """Say who sends the next requests, and what goes wrong with them."""
        before = self.sender, self.plan
        self.sender = sender
        if plan is not None:
            self.plan = plan
            self._first_read.clear()
            self._reads.clear()
        try:
            yield
        finally:
            self.sender, self.plan = before

    def is_under_way(self, sender: str) -> bool:
        """Return whether a request of a sender may still be processed."""
        return any(delayed.sender == sender for delayed in self._delayed)

    def pass_seconds(self, seconds: float) -> None:
        """Advance the service's clock, and deliver the late requests that are due meanwhile."""
        until = self._elapsed()
        now = until - seconds
        while due := [delayed for delayed in self._delayed if delayed.due <= until]:
            first = min(due, key=lambda delayed: delayed.due)
            self._delayed.remove(first)
            self._advance(max(0.0, first.due - now))
            now = max(now, first.due)
            self._process(first.request, first.sender)
        self._advance(until - now)

    def _advance(self, seconds: float) -> None:
        self.account.advance(seconds=max(0.0, seconds))

    def _handle(self, request: Request) -> Reply:
        try:
            operation = operation_of(request)
            if operation is not None:
                return self._handle_paid(request)
            return self._handle_free(request)
        except Exception as error:  # noqa: BLE001 - the server's thread would swallow it
            self.violations.append(f"the link failed: {error!r}")
            return Reply(599)

    # ---- paid requests

    def _handle_paid(self, request: Request) -> Reply:
        self.arrived += 1
        self.on_paid(request)
        self.plan.lists = self.plan.lists if self.plan.lists in HARMLESS else None
        fate, delay = self.plan.fates.popleft() if self.plan.fates else ("", 0.0)
        if fate == "late":
            self._delayed.append(_Delayed(self._elapsed() + delay, request, self.sender))
            return Reply(fault="reset")
        unprocessed = {
            "lost": Reply(fault="reset"),
            "unread": Reply(fault="close"),
            "storm": _error(429, 1006, "rate_limit", {"Retry-After": "2"}),
            "no credit": _error(400, 1113, "insufficient_credit"),
            "refused": _error(401, 1000, "invalid_api_key"),
            "gateway": Reply(502, b"<h1>Bad gateway</h1>"),
            "proxy 403": Reply(403, b"<h1>Forbidden</h1>"),
            "proxy 404": Reply(404, b"<h1>Not found</h1>"),
        }
        if fate in unprocessed:
            return unprocessed[fate]
        reply = self._process(request, self.sender)
        if reply.status >= 400:
            return reply
        return {
            "processed": Reply(fault="reset"),
            "cut": Reply(headers=reply.headers, fault="truncated"),
            "gateway after": Reply(504, b"<h1>Gateway timeout</h1>"),
            "proxy 404 after": Reply(404, b"<h1>Not found</h1>"),
            "no id": Reply(200, _without_ids(reply.body), reply.headers),
            "interim": Reply(200, reply.body, reply.headers, before=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3),
            "duplicate bytes": Reply(200, reply.body, reply.headers, after=reply.to_bytes()),
        }.get(fate, reply)

    def _process(self, request: Request, sender: str) -> Reply:
        entries = len(self.account.ledger)
        reply = self._forward(request)
        operation = operation_of(request)
        if reply.status == 200 and operation is not None:
            for entry in self.account.ledger[entries:]:
                if entry.operation == operation:
                    body = request.json() if request.body else {}
                    numbers = tuple(body.get("phoneNumbers", ())) if operation == "lookup_numbers" else ()
                    period = body.get("rentPeriod")
                    charge = Charge(sender, operation, entry.id, entry.amount, numbers, self._elapsed(), period)
                    self.charges.append(charge)
        return reply

    # ---- free requests

    def _handle_free(self, request: Request) -> Reply:
        fault = self.plan.lists
        if fault == "short pages":
            request = replace(request, target=request.target.replace("limit=500", "limit=2"))
        readable = request.path == "/numbers/lookup" or request.path.startswith(("/numbers/rent", "/numbers/lookup/"))
        if request.method != "GET" or not readable:
            return self._forward(request)
        if fault == "broken":
            self.plan.lists = None
            return Reply(503, b"<h1>Unavailable</h1>")
        if fault == "stored" and request.target in self._stored:
            stored = self._stored[request.target]
            return Reply(stored.status, stored.body, {**stored.headers, "Age": "30"})
        reply = self._forward(request)
        if reply.status != 200:
            return reply
        self._stored.setdefault(request.target, reply)
        body = json.loads(reply.body)
        if isinstance(body.get("data"), list):
            self._spoil(request, body, fault)
        return Reply(200, body, reply.headers)

    def store_lists(self) -> None:
        """Forget what a cache has stored, so that it stores what comes next."""
        self._stored.clear()

    def _spoil(self, request: Request, body: dict[str, Any], fault: ListFault | None) -> None:
        """Change a list as a fault says. Ended rentals are never listed."""
        items: list[dict[str, Any]] = [item for item in body["data"] if item.get("activeRent", True)]
        is_results = _BULK.match(request.path) is not None
        if is_results:
            self._spoil_results(request, items, fault)
        elif fault == "hidden":
            self._reads[request.target] = self._reads.get(request.target, 0) + 1
            if self._reads[request.target] % 2:
                items = sorted(items, key=lambda item: item.get("datetimeAdded") or item["rentStart"])[:-1]
        elif fault == "empty":
            items = []
        elif fault == "malformed" and items:
            items[0] = {**items[0], "id": None, "rentId": None}
        elif fault == "reversed":
            items.reverse()
        elif fault == "repeated":
            items += items[:1]
        elif fault == "loop" and "paging" in body:
            body["paging"]["next"] = "YXQgMQ=="  # "at 1": the same page again and again
        body["data"] = items

    def _spoil_results(self, request: Request, items: list[dict[str, Any]], fault: ListFault | None) -> None:
        if fault == "spelled":
            for item in items:
                number = str(item["phoneNumber"])
                item["phoneNumber"] = f"{number[:3]} {number[3:5]}-{number[5:]}"
        elif fault == "unfinished" and items:
            now = self._elapsed()
            if now - self._first_read.setdefault(request.path, now) < UNFINISHED:
                items.pop()

    def _forward(self, request: Request) -> Reply:
        address = urlsplit(self.account.url)
        if self._upstream is None or (self._upstream.host, self._upstream.port) != (address.hostname, address.port):
            self._upstream = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "connection")}
        self._upstream.request(request.method, request.target, request.body or None, headers)
        response = self._upstream.getresponse()
        body = response.read()
        return Reply(
            response.status, body, {name: response.headers[name] for name in _PASSED_ON if name in response.headers}
        )


def operation_of(request: Request) -> str | None:
    """Return the operation of a request that must not be processed twice; None for any other."""
    if request.method == "POST" and request.path == "/numbers/lookup":
        return "lookup_numbers"
    if request.method == "POST" and request.path == "/numbers/rent":
        return "rent_number"
    if _RENTAL.match(request.path):
        return {"PATCH": "renew_rent", "DELETE": "cancel_rent"}.get(request.method)
    return None


def _error(status: int, code: int, kind: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, {"error": {"type": kind, "code": code, "message": "planned by the simulation"}}, headers or {})


def _without_ids(body: bytes) -> dict[str, Any]:
    document = json.loads(body)
    document["info"] = {
        name: value for name, value in document["info"].items() if name not in ("lookupBulkId", "rentId")
    }
    return document
