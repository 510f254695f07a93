"""Webhooks: lookup results and received SMS, posted to callback URLs."""

from __future__ import annotations

import json
import socket
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Condition, Thread
from typing import Any, NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from smscx_client.sandbox.clock import Clock
from smscx_client.sandbox.requests import History

MAX_ITEMS = 200
"""Maximum number of items in one message."""
MAX_ATTEMPTS = 6
FIRST_BACKOFF = timedelta(seconds=0.1)
"""Time before the first redelivery; each further backoff doubles."""
TIMEOUT, MAX_PENDING, MAX_RESPONSE_BYTES = 5.0, 10_000, 65_536
_PORTS = {"http": 80, "https": 443}


class Message(NamedTuple):
    """A message to post to a callback URL."""

    url: str
    event: str
    items: Sequence[Any]
    payload: str = ""
    """Body of the request, once it has been posted."""
    attempt: int = 1


@dataclass(frozen=True)
class Delivery:
    """An attempt to deliver a message."""

    url: str
    event: str
    items: int
    attempt: int
    outcome: str
    """Status of the receiver's response, ``no response``, ``failed`` if :meth:`SandboxAccount.webhook_faults` caused
    it, or ``not sent`` if the receiver is not on loopback."""
    id: int
    time: datetime
    payload: str
    response: str
    """Body of the receiver's response."""


class Webhooks:
    """The messages of an account and their deliveries.

    Attributes:
        queues: Messages to post now, by URL. A message stays in its queue while it is posted.
        deliveries: Attempts so far.
        failing: How many of the next attempts fail.
        duplicating: How many of the next messages are posted twice.
        reordering: How many of the next messages to hold before all of them are posted in reverse order.
    """

    def __init__(self, clock: Clock) -> None:
        self.queues: dict[str, deque[Message]] = {}
        self.deliveries: History[Delivery] = History()
        self.failing: int = 0
        self.duplicating: int = 0
        self.reordering: int = 0
        self._count = 0
        self._held: list[Message] = []
        self._clock = clock

    def add(self, url: str, event: str, items: Sequence[Any]) -> None:
        """Post items, in messages of at most 200."""
        for start in range(0, len(items), MAX_ITEMS):
            self._held += [Message(url, event, items[start : start + MAX_ITEMS])] * (2 if self.duplicating else 1)
            self.duplicating = max(0, self.duplicating - 1)
            self.reordering = max(0, self.reordering - 1)
            if not self.reordering:
                self.release()

    def release(self) -> None:
        """Post the messages that were held to be reordered, the last one first."""
        for message in reversed(self._held):
            self.enqueue(message)
        self._held.clear()
        self.reordering = 0

    def enqueue(self, message: Message) -> None:
        if sum(map(len, self.queues.values())) < MAX_PENDING:
            self.queues.setdefault(message.url, deque()).append(message)

    def forget(self) -> None:
        """Forget the messages that are pending."""
        self.queues.clear()
        self._held.clear()

    def redeliver(self, delivery_id: int | None) -> None:
        """Post the message of a delivery again; without an ID, that of the last one.

        Raises:
            ValueError: There is no such delivery.
        """
        for delivery in reversed(self.deliveries.items):
            if delivery_id in (None, delivery.id):
                items = json.loads(delivery.payload)["data"]
                return self.enqueue(Message(delivery.url, delivery.event, items, delivery.payload))
        raise ValueError(f"there is no delivery {delivery_id}" if delivery_id else "nothing has been delivered yet")

    def finish(self, message: Message, outcome: str, response: str) -> None:
        """Record an attempt to post the first message of a queue, and schedule the next one if it failed."""
        queue = self.queues[message.url]
        queue.popleft()
        if not queue:
            del self.queues[message.url]
        self._count += 1
        url, event, items, payload, attempt = message
        now = self._clock.now()
        delivery = Delivery(url, event, len(items), attempt, outcome, self._count, now, payload, response)
        self.deliveries.add(delivery, len(payload) + len(response))
        if outcome not in ("200", "not sent") and attempt < MAX_ATTEMPTS:
            due = self._clock.exact() + FIRST_BACKOFF * 2 ** (attempt - 1)
            self._clock.schedule(due, self.enqueue, message._replace(attempt=attempt + 1))


class Dispatcher:
    """Threads that post the messages of an account: one for each callback URL while it has messages.

    Args:
        changed: Lock of the account, notified after each attempt.
        external: Whether to post to receivers that are not on loopback.
        to_payload: Returns the payload of an event with items.

    Attributes:
        closed: Whether to start nothing any more.
    """

    def __init__(
        self, changed: Condition, external: bool, to_payload: Callable[[str, Sequence[Any]], dict[str, Any]]
    ) -> None:
        self._changed = changed
        self._external = external
        self._to_payload = to_payload
        self._threads: dict[str, Thread] = {}
        self._sockets: set[socket.socket] = set()
        self._run_number = 0
        self.closed = False

    def start(self, webhooks: Webhooks) -> None:
        """Post the messages of all queues. The caller holds the lock."""
        for url in () if self.closed else webhooks.queues.keys() - self._threads.keys():
            arguments = (webhooks, url, self._run_number)
            self._threads[url] = Thread(target=self._post_all, args=arguments, name="smscx webhooks", daemon=True)
            self._threads[url].start()

    def stop(self) -> None:
        """Stop deliveries in flight, and forget them. The caller holds the lock."""
        self._run_number += 1
        self._threads.clear()
        for connected in list(self._sockets):
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        self._changed.notify_all()

    def _post_all(self, webhooks: Webhooks, url: str, run_number: int) -> None:
        while True:
            with self._changed:
                if self._run_number != run_number:
                    return
                if url not in webhooks.queues:
                    del self._threads[url]
                    return
                message = webhooks.queues[url][0]
                fails = webhooks.failing > 0
                webhooks.failing -= fails
            payload = message.payload or json.dumps(self._to_payload(message.event, message.items))
            outcome, response = ("failed", "") if fails else self._post(url, payload.encode(), run_number)
            with self._changed:
                if self._run_number == run_number:
                    webhooks.finish(message._replace(payload=payload), outcome, response)
                    self._changed.notify_all()

    def _post(self, url: str, body: bytes, run_number: int) -> tuple[str, str]:
        """Post a body, and return the outcome and the body of the response."""
        parts = urlsplit(url)
        addresses = _resolve(parts.hostname or "", parts.port or _PORTS[parts.scheme], self._external)
        if not addresses:
            return "no response" if self._external else "not sent", ""
        try:
            with _connect(min(addresses), parts) as connected:
                self._sockets.add(connected)  # before the check, so that stop() finds it
                try:
                    return _exchange(connected, parts, body) if self._run_number == run_number else ("not sent", "")
                finally:
                    self._sockets.discard(connected)
        except (OSError, HTTPException):
            return "no response", ""


def _resolve(host: str, port: int, external: bool) -> list[tuple[str, int]]:
    """Return the addresses of a host. Unless external ones are allowed, names other than localhost have none."""
    flags = 0 if external or host == "localhost" else socket.AI_NUMERICHOST
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError):
        return []
    addresses = [str(entry[4][0]) for entry in found]
    return [(address, port) for address in addresses if external or _is_loopback(ip_address(address))]


def _is_loopback(address: IPv4Address | IPv6Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _connect(address: tuple[str, int], parts: SplitResult) -> socket.socket:
    connected = socket.create_connection(address, TIMEOUT)
    if parts.scheme == "https":
        return ssl.create_default_context().wrap_socket(connected, server_hostname=parts.hostname)
    return connected


def _exchange(connected: socket.socket, parts: SplitResult, body: bytes) -> tuple[str, str]:
    """Send a request, and return the status and the body of the response."""
    connection = HTTPConnection("")
    connection.sock = connected
    headers = {"Host": parts.netloc.rpartition("@")[2], "Connection": "close"}
    headers |= {"Content-Type": "application/json", "User-Agent": "smscx-sandbox"}
    target = quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe="/?=&%;:@!$'()*+,~")
    connection.request("POST", target, body, headers)
    response = connection.getresponse()
    return str(response.status), response.read(MAX_RESPONSE_BYTES).decode("utf-8", "replace")
