"""Intents: the record that a request is about to be sent, and its outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Literal, NamedTuple

from smscx_client.exceptions import ApiExceptionBase

State = Literal["open", "done", "refused", "unsent"]
STATES = ("open", "done", "refused", "unsent")
REQUEST_VERSION = 1
"""Version of the canonical form of requests, which their digests depend on."""


class JournalException(ApiExceptionBase):
    """The journal cannot be used: its file is in use, damaged, deleted or not safe.

    Attributes:
        response: The response that could not be recorded; None if there was none. The call was processed.
    """

    response: object = None


class IntentTakenError(JournalException):
    """Another worker makes the call, or took it over. Nothing was sent."""


class Intent(NamedTuple):
    """A request that costs money or must not be processed twice, as recorded in the journal."""

    operation: str
    """Name of the method, such as ``rent_number``."""
    key: str | None
    """Idempotency key; None for a batch of ``lookup_all``."""
    start: int | None
    """For a batch: how many numbers of the input come before it. The batches of a job have negative numbers."""
    size: int
    """For a lookup: how many numbers it has."""
    request: str
    """Digest of the request."""
    resource: str
    """What only one open request may be about: a number ID, a rental ID, or a digest of the numbers of a lookup."""
    known: Mapping[str, Any]
    """Arguments that identify the request, and the state of the account before it."""
    id: int | None = None
    """Number of the intent in its journal."""
    part: int = 0
    """0, or a higher number if the rest of an earlier request was sent after a crash."""
    state: State = "unsent"
    """``open``: it may have been processed. ``done``: its response, or what was found instead, is recorded.
    ``refused``: a documented error is its outcome. ``unsent``: it was not processed, and may be sent."""
    attempts: int = 0
    """How often it was about to be sent."""
    recorded_at: str = ""
    """Local time in UTC at which it was recorded, in ISO 8601 format."""
    finished_at: str | None = None
    """Local time in UTC at which its outcome was recorded."""
    result_id: str | None = None
    """Rental ID or bulk lookup ID; None if the outcome is unknown, or if there is none."""
    cost: float | None = None
    """Amount charged in the account's currency, negative for a refund; None if it is not known."""
    price: float | None = None
    """For a lookup: highest price of one of its numbers."""
    missing: int = 0
    """For a lookup found after a crash: how many of its numbers must still be sent."""
    delivered: bool = False
    """Whether your code received the result, so that the outcome can no longer be corrected."""

    @property
    def finished(self) -> bool:
        """Whether nothing must be sent or resolved any more."""
        return self.state in ("done", "refused") and not self.missing

    def describe(self) -> str:
        """Return what the request was, for messages."""
        if self.start is None:
            about = f"the key {self.key!r}"
        elif self.start < 0:
            about = f"{self.size:,} numbers of a job"
        else:
            about = f"{self.size:,} numbers from number {self.start:,} on"
        return f"intent {self.id}, {self.operation} with {about}, recorded {self.recorded_at[:19]} UTC"


class UnknownOutcomeException(ApiExceptionBase):
    """Requests may have been processed and charged, and free calls cannot tell.

    Attributes:
        intents: The requests, for ``Journal.resolve``.
        reasons: Why the outcome of each one cannot be determined.
    """

    def __init__(self, intents: Sequence[Sequence[Any]], reasons: Sequence[str]) -> None:
        self.intents: list[Intent] = [Intent(*intent) for intent in intents]  # serializers turn tuples into lists
        self.reasons: list[str] = list(reasons)
        super().__init__(self.intents, self.reasons)

    def __str__(self) -> str:
        found = [f"{intent.describe()}: {reason}" for intent, reason in zip(self.intents, self.reasons, strict=True)]
        advice = (
            "They may have been processed and charged, and free calls cannot tell. Make the same call again later, or"
            " ask SMS.CX support and call journal.resolve(intent, Processed(id)) or resolve(intent, NotProcessed())."
        )
        return "\n".join(["These requests have an unknown outcome:", *found, advice])


def utc_now() -> str:
    """Return the local time in UTC, as the journal records it."""
    return datetime.now(timezone.utc).isoformat()


def digest_of(*parts: object) -> str:
    """Return a digest of JSON values."""
    text = json.dumps([REQUEST_VERSION, *parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def lookup_resource(numbers: Iterable[str]) -> str:
    """Return the resource of a lookup of these numbers in E.164 format, in any order."""
    return f"numbers {hashlib.sha256(' '.join(sorted(numbers)).encode()).hexdigest()}"
