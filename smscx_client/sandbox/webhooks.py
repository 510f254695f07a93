"""Webhooks: lookup results and received SMS, posted to callback URLs."""

from __future__ import annotations

import heapq
import json
import re
import time
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

MAX_ITEMS = 200
"""Maximum number of items in one message."""
MAX_ATTEMPTS = 6
FIRST_BACKOFF = 0.1
"""Seconds before the first redelivery; each further backoff doubles."""
POLL_INTERVAL = 0.25
_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1", re.IGNORECASE)


class Message(NamedTuple):
    """A message to post to a callback URL."""

    url: str
    event: str
    items: list[dict[str, Any]]


class Delivery(NamedTuple):
    """An attempt to deliver a message."""

    url: str
    event: str
    items: int
    attempt: int
    outcome: str
    """Status of the receiver's response, ``no response``, or ``not sent`` if the receiver is not on loopback."""


class Webhooks:
    """A background thread that posts messages, and redelivers those that get no 200 response.

    Args:
        take_messages: Returns the messages to post, each one once.
        allow_external_callbacks: Whether to post to receivers that are not on loopback.
    """

    def __init__(self, take_messages: Callable[[], list[Message]], allow_external_callbacks: bool) -> None:
        self._take_messages = take_messages
        self._allow_external_callbacks = allow_external_callbacks
        self._pool = PoolManager(retries=False)
        self._changed = Condition()
        self._closed = False
        self._pending: list[tuple[float, int, int, Message]] = []
        self._sequence = 0
        self._busy = False
        self.deliveries: deque[Delivery] = deque(maxlen=1000)
        self._thread = Thread(target=self._run, name="smscx sandbox webhooks", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for new messages now."""
        with self._changed:
            self._changed.notify_all()

    def flush(self, timeout: float) -> bool:
        """Wait until no delivery is pending, and return whether that happened before the timeout."""
        self._queue(self._take_messages())
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._pending or self._busy:
                if not self._changed.wait(deadline - time.monotonic()):
                    return False
        return True

    def clear(self) -> None:
        """Discard the pending messages and the recorded deliveries."""
        with self._changed:
            self._pending.clear()
            self.deliveries.clear()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        self._pool.clear()

    def _run(self) -> None:
        while not self._closed:
            self._queue(self._take_messages())
            attempt = self._next_attempt()
            if attempt is not None:
                self._deliver(*attempt)
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _next_attempt(self) -> tuple[int, Message] | None:
        with self._changed:
            if self._closed:
                return None
            delay = self._pending[0][0] - time.monotonic() if self._pending else POLL_INTERVAL
            if delay > 0:
                # Lookups finish as time passes, without a notification.
                self._changed.wait(min(delay, POLL_INTERVAL))
                return None
            _, _, attempt, message = heapq.heappop(self._pending)
            self._busy = True
            return attempt, message

    def _queue(self, messages: list[Message]) -> None:
        for message in messages:
            for first in range(0, len(message.items), MAX_ITEMS):
                self._schedule(0.0, 1, message._replace(items=message.items[first : first + MAX_ITEMS]))

    def _schedule(self, delay: float, attempt: int, message: Message) -> None:
        with self._changed:
            self._sequence += 1
            heapq.heappush(self._pending, (time.monotonic() + delay, self._sequence, attempt, message))
            self._changed.notify_all()

    def _deliver(self, attempt: int, message: Message) -> None:
        outcome = self._post(message)
        self.deliveries.append(Delivery(message.url, message.event, len(message.items), attempt, outcome))
        if outcome not in ("200", "not sent") and attempt < MAX_ATTEMPTS:
            self._schedule(FIRST_BACKOFF * 2 ** (attempt - 1), attempt + 1, message)

    def _post(self, message: Message) -> str:
        if not (self._allow_external_callbacks or _LOOPBACK.fullmatch(urlsplit(message.url).hostname or "")):
            return "not sent"
        body = json.dumps({"event": message.event, "data": message.items}).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "smscx-sandbox"}
        try:
            response = self._pool.request("POST", message.url, body=body, headers=headers, timeout=5.0, redirect=False)
        except HTTPError:
            return "no response"
        return str(response.status)
