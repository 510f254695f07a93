"""Webhooks: results of lookups and received SMS, posted to the callback URLs of the account's programs."""

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

MOST_ITEMS = 200
TRIES = 6
FIRST_PAUSE = 0.1
"""Seconds before a delivery that failed is tried again, doubled for each further try."""
_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1", re.IGNORECASE)


class Message(NamedTuple):
    """What is to be posted to one URL."""

    url: str
    event: str
    items: list[dict[str, Any]]


class Delivery(NamedTuple):
    """One try to deliver a message."""

    url: str
    event: str
    items: int
    attempt: int
    outcome: str
    """The receiver's status, ``no answer``, or ``not sent`` to a receiver that is not on loopback."""


class Webhooks:
    """Delivers messages in a thread of its own; what the receiver does not answer with 200 is tried again.

    Args:
        collect: Gives the messages that are due.
        allow_any_callback: Whether receivers that are not on loopback get theirs.
    """

    def __init__(self, collect: Callable[[], list[Message]], allow_any_callback: bool) -> None:
        self._collect = collect
        self._allow_any = allow_any_callback
        self._pool = PoolManager(retries=False)
        self._changed = Condition()
        self._closed = False
        self._waiting: list[tuple[float, int, int, Message]] = []
        self._count = 0
        self._busy = False
        self.deliveries: deque[Delivery] = deque(maxlen=1000)
        self._thread = Thread(target=self._run, name="smscx sandbox webhooks", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something may be due."""
        with self._changed:
            self._changed.notify_all()

    def settle(self, timeout: float) -> bool:
        """Wait until all that is due has been delivered, or given up; False where that takes too long."""
        self._queue(self._collect())
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._waiting or self._busy:
                if not self._changed.wait(deadline - time.monotonic()):
                    return False
        return True

    def forget(self) -> None:
        """Drop what is still to be delivered, and what is known of earlier deliveries."""
        with self._changed:
            self._waiting.clear()
            self.deliveries.clear()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        self._pool.clear()

    def _run(self) -> None:
        while not self._closed:
            self._queue(self._collect())
            job = self._next_job()
            if job is not None:
                self._deliver(*job)
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _next_job(self) -> tuple[int, Message] | None:
        with self._changed:
            if self._closed:
                return None
            pause = self._waiting[0][0] - time.monotonic() if self._waiting else 0.25
            if pause > 0:
                self._changed.wait(min(pause, 0.25))  # lookups finish as time goes by, which tells nobody
                return None
            _, _, attempt, message = heapq.heappop(self._waiting)
            self._busy = True
            return attempt, message

    def _queue(self, messages: list[Message]) -> None:
        for message in messages:
            for first in range(0, len(message.items), MOST_ITEMS):
                self._schedule(0.0, 1, message._replace(items=message.items[first : first + MOST_ITEMS]))

    def _schedule(self, pause: float, attempt: int, message: Message) -> None:
        with self._changed:
            self._count += 1
            heapq.heappush(self._waiting, (time.monotonic() + pause, self._count, attempt, message))
            self._changed.notify_all()

    def _deliver(self, attempt: int, message: Message) -> None:
        outcome = self._post(message)
        self.deliveries.append(Delivery(message.url, message.event, len(message.items), attempt, outcome))
        if outcome not in ("200", "not sent") and attempt < TRIES:
            self._schedule(FIRST_PAUSE * 2 ** (attempt - 1), attempt + 1, message)

    def _post(self, message: Message) -> str:
        if not (self._allow_any or _LOOPBACK.fullmatch(urlsplit(message.url).hostname or "")):
            return "not sent"
        body = json.dumps({"event": message.event, "data": message.items}).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "smscx-sandbox"}
        try:
            answer = self._pool.request("POST", message.url, body=body, headers=headers, timeout=5.0, redirect=False)
        except HTTPError:
            return "no answer"
        return str(answer.status)
