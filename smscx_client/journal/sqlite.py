"""Journal: the intents of one process, in a SQLite file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from threading import Condition, Lock
from typing import Any, cast

from smscx_client import _clock
from smscx_client._argument_checks import check_string
from smscx_client._typing import Self
from smscx_client.api_client import CREDENTIAL_HEADERS, ApiClient
from smscx_client.exceptions import ApiTypeError, ApiValueError
from smscx_client.journal.intents import STATES, Intent, JournalException, utc_now
from smscx_client.journal.sqlite_file import JournalFile
from smscx_client.model_utils import Model
from smscx_client.outcome import NotProcessed, Processed

COLUMNS = ", ".join(Intent._fields)
_WRITE = (
    f"INSERT INTO intent ({COLUMNS}, response) VALUES ({', '.join('?' for _ in Intent._fields)}, ?)"  # noqa: S608
    f" ON CONFLICT (id) DO UPDATE SET ({COLUMNS}, response)"
    f" = ({', '.join(f'excluded.{name}' for name in (*Intent._fields, 'response'))})"
)
# Another intent may be open about the same resource by now, so the one that is open again gets a resource of its own.
_REOPEN = (
    "UPDATE intent SET state = 'open', result_id = NULL, cost = NULL, resource = resource || ' of intent ' || id"
    " WHERE result_id = ? AND id <> ? AND operation = ?"
)
MAX_AGE_BEFORE_SENDING = 1.0
"""Seconds between the record of an intent and the first byte of its request. After a longer pause it is renewed."""


class Journal:
    """Records every call that costs money before it is sent, and its response afterwards. Use it in a ``with`` block.

    Pass it to ``IdempotentNumbersApi`` or :func:`~smscx_client.bulk.lookup_all`. It is a SQLite file on a local disk,
    which one process at a time can use; its threads share it. A forked child process cannot use it. The record is on
    disk before a request is sent, so a program that crashes finds out what it was charged for, however it crashed.

    The file contains the responses to calls with a key, which include phone numbers, so only its owner can read it. Of
    the batches of ``lookup_all`` it contains no phone numbers, only digests. The numbers of a very small batch can be
    guessed from its digest. It contains no credential.

    It belongs to one host and one account. The account is the application ID or a digest of the API key. An access
    token identifies nobody, so with an access token pass ``account``.

    Args:
        path: The file, which is created if it does not exist. None keeps the journal in memory, so that nothing
            survives the process.
        must_exist: Raise instead of creating the file. A new journal does not know what was paid before, so use it when
            you resume.
        account: Any name of the account, for clients with an access token.

    Raises:
        ApiTypeError: an argument is of the wrong type.
        ApiValueError: the file is not a journal, or others can change it.
        JournalException: the file is in use or damaged, does not exist, or cannot be opened.
    """

    is_shared = False
    """Whether several processes may use it at the same time."""

    def __init__(
        self, path: str | os.PathLike[str] | None = None, *, must_exist: bool = False, account: str | None = None
    ) -> None:
        if path is not None and not isinstance(path, (str, os.PathLike)):
            raise ApiTypeError(f"path must be str, a path or None, not {type(path).__name__}")
        self._start(JournalFile(path, must_exist=must_exist), account)

    def _start(self, file: Any, account: str | None) -> None:
        self._account = check_string("account", account)
        self._file: JournalFile = file
        self.path: str | None = file.path
        self._changed = Condition()
        self._held: set[str] = set()
        """Keys and resources of the calls that this process is making."""
        self._in_flight: set[int | None] = set()
        """Intents that this process may be sending."""
        self._abandoned_at: dict[int | None, float] = {}
        """When this process stopped sending an intent without a response, by ``_clock.elapsed``."""
        self._opened_at = _clock.elapsed()
        self._closed = False
        self._running = Lock()

    def entries(self) -> list[Intent]:
        """Return everything that the journal has recorded, the oldest first."""
        return self._select("TRUE ORDER BY id")

    def unresolved(self) -> list[Intent]:
        """Return the requests that may have been processed and charged, and that nobody is sending now.

        The next call with the same key, or the next run with the same numbers, resolves them.
        """
        return [intent for intent in self._select("state = 'open' ORDER BY id") if not self._is_being_sent(intent)]

    def resolve(self, intent: Intent, outcome: Processed | NotProcessed) -> None:
        """Record the outcome of an intent that you found out yourself. You can correct it until its result is used.

        Args:
            intent: An intent of :meth:`unresolved`, or one whose outcome you recorded.
            outcome: ``Processed`` with the bulk lookup, the rental, or the ID of one; or ``NotProcessed``, and then the
                next call sends the request.

        Raises:
            ApiTypeError: an argument is of the wrong type.
            ApiValueError: the outcome is known, or the result belongs to another intent.
        """
        if not isinstance(intent, Intent) or not isinstance(outcome, (Processed, NotProcessed)):
            raise ApiTypeError("resolve takes an Intent, such as one of unresolved(), and Processed or NotProcessed")
        current = next(iter(self._select("id = ? AND request = ?", intent.id, intent.request)), None)
        if current is None or current.delivered or self._is_being_sent(current):
            raise ApiValueError(
                f"{intent.describe()}: it is being sent, or its result was used, or it is of another journal"
            )
        if isinstance(outcome, NotProcessed):
            self.record_resolved(current._replace(state="unsent", result_id=None, cost=None, missing=0))
            return
        found = result_id_of(outcome) or current.known.get("rent_id")
        claims = current.operation in ("lookup_numbers", "rent_number")  # the others change a rental that exists
        if found is None or (claims and self.is_taken(found, current)):
            raise ApiValueError(f"pass the ID of what {current.operation} made, which belongs to no other intent")
        self.record_resolved(current._replace(state="done", result_id=found, cost=None, missing=0))

    def total_cost(self) -> float:
        """Return the sum of the known costs, in the account's currency."""
        ((total,),) = self._query("sum(cost)", "TRUE")
        return round(float(total or 0.0), 9)

    def prune(self, *, older_than: timedelta) -> int:
        """Delete the responses of calls that finished longer ago. Their keys stay, so that they are not charged again.

        A later call with such a key reads the result from the service again, as far as the service still has it.

        Args:
            older_than: Age from which responses are deleted.

        Returns:
            How many responses were deleted.
        """
        if not isinstance(older_than, timedelta):
            raise ApiTypeError(f"older_than must be timedelta, not {type(older_than).__name__}")
        limit = (datetime.now(timezone.utc) - older_than).isoformat()
        return self._update("response = NULL", "state = 'done' AND response IS NOT NULL AND finished_at < ?", limit)

    def rebind(self) -> None:
        """Forget the host and account. The next call binds the journal to its own, for example to a new API key."""
        self._file.write(("DELETE FROM binding", ()))

    def close(self) -> None:
        """Wait for the calls that are using the journal, and close the file. You may close it twice."""
        if self._file.is_ours:
            with self._changed:
                self._closed = True
                self._changed.wait_for(lambda: not self._held)
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- used by the calls that are recorded

    def bind(self, client: ApiClient) -> None:
        """Check that the file belongs to the client's host and account; one that has no owner gets this one.

        Raises:
            ApiValueError: it belongs to another host or account, or nothing identifies the account.
        """
        if self.path is None:
            return
        owner = (client.configuration.host, self._account or account_of(client))
        while not (bound := self._file.read("SELECT host, account FROM binding")):
            # Several threads may do this at the same time, and only one of them binds the journal.
            self._file.write(("INSERT INTO binding SELECT ?, ? WHERE NOT EXISTS (SELECT * FROM binding)", owner))
        self._check_owner(bound[0], owner)

    def _check_owner(self, bound: tuple[Any, ...], owner: tuple[str, str]) -> None:
        if bound != owner:
            difference = "host" if bound[0] != owner[0] else "account or API key"
            raise ApiValueError(
                f"{self._file.name} belongs to another {difference}. Pass another journal, or call rebind() if it is"
                " the same account and only its API key changed"
            )

    @contextmanager
    def hold(self, name: str) -> Generator[None]:
        """Wait until no other thread holds this key or resource, and hold it.

        Raises:
            JournalException: the journal is closed.
        """
        self._file.check_process()
        with self._changed:
            self._changed.wait_for(lambda: self._closed or name not in self._held)
            if self._closed:
                raise JournalException(f"{self._file.name} is closed; nothing was sent")
            self._held.add(name)
        try:
            yield
        finally:
            with self._changed:
                self._held.discard(name)
                self._changed.notify_all()

    @contextmanager
    def run(self) -> Generator[None]:
        """Reserve the journal for one run of ``lookup_all``.

        Raises:
            JournalException: another run uses it.
        """
        if not self._running.acquire(blocking=False):
            raise JournalException(f"{self._file.name} is in use by another run")
        try:
            yield
        finally:
            self._running.release()

    def find(self, intent: Intent) -> Intent | None:
        """Return the recorded intent with the key, or with the position, of a new one."""
        return self._first("key IS ? AND start IS ? AND part = ?", intent.key, intent.start, intent.part)

    def find_open(self, resource: str) -> Intent | None:
        """Return the open intent of a resource."""
        return self._first("resource = ? AND state = 'open'", resource)

    def batches(self, start: int) -> list[Intent]:
        """Return the batches at or after a position of the input, in order."""
        return self._select("start >= ? ORDER BY start, part", start)

    def limit(self, max_cost: float | None, max_price: float | None) -> None:
        """Do nothing: the only run of the journal knows its limit."""

    def claim(self, planned: Intent, numbers: list[str]) -> list[tuple[Intent, list[str]]] | None:
        """Return the batches that have the numbers: this one has all of them."""
        return [(planned, numbers)]

    @contextmanager
    def take(self, intent: Intent) -> Generator[Intent]:
        """Return an intent that no other worker has, because there is none."""
        yield intent

    def batch_at(self, start: int) -> list[Intent]:
        """Return the parts of the batch that starts at a position of the input."""
        return self._select("start = ? ORDER BY part", start)

    def start_before(self, position: int) -> int:
        """Return the start of the batch that has a position of the input."""
        ((start,),) = self._query("max(start)", "start <= ?", position)
        return int(start or 0)

    def without_cost(self) -> list[Intent]:
        """Return the batches that were processed and whose costs are not known."""
        return self._select("state = 'done' AND start IS NOT NULL AND cost IS NULL")

    def price(self) -> float | None:
        """Return the highest price of one number; None if no price is known."""
        ((price,),) = self._query("max(price)", "TRUE")
        return None if price is None else float(price)

    def is_taken(self, result_id: str, by_other_than: Intent | None = None) -> bool:
        """Return whether a rental or bulk lookup belongs to an intent, or to another intent."""
        others = "result_id = ? AND id IS NOT ? AND operation IN ('lookup_numbers', 'rent_number')"
        return self._first(others, result_id, by_other_than and by_other_than.id) is not None

    def response_of(self, intent: Intent) -> dict[str, Any] | None:
        """Return the recorded response of an intent; None if there is none."""
        ((text,),) = self._query("response", "id = ?", intent.id)
        if text is None:
            return None
        found = self._json(text)
        error = cast("list[object]", found.get("error", ["", "", {}]))
        is_error = type(error) is list and len(error) == 3 and isinstance(error[2], dict)
        if type(found.get("status")) is int and isinstance(found.get("body", {}), dict) and is_error:
            return found
        raise JournalException(f"{self._file.name} is damaged: a recorded response is incomplete")

    def settles_at(self, intent: Intent, grace: float) -> float:
        """Return when the service has certainly finished with an intent, by ``_clock.elapsed``."""
        return self._abandoned_at.get(intent.id, self._opened_at) + grace

    def others_in_flight(self, intent: Intent, *, disjoint: bool) -> bool:
        """Return whether another lookup is being sent that may have the same numbers.

        Args:
            intent: The lookup.
            disjoint: Whether the batches of its run have no numbers in common.
        """
        others = self._select("state = 'open' AND operation = 'lookup_numbers' AND id <> ?", intent.id)
        return any(self._is_being_sent(other) and not (disjoint and other.start is not None) for other in others)

    def begin(self, intent: Intent) -> Intent:
        """Record that a request is about to be sent, and return its intent. It must be sent within a second.

        Raises:
            JournalException: the intent cannot be recorded. Nothing may be sent.
        """
        intent = intent._replace(
            state="open", attempts=intent.attempts + 1, recorded_at=intent.recorded_at or utc_now()
        )
        while True:
            intent = self._write(intent, None)
            recorded = _clock.elapsed()
            self._in_flight.add(intent.id)
            if _clock.elapsed() - recorded <= MAX_AGE_BEFORE_SENDING:
                return intent

    def release(self, intent: Intent) -> None:
        """Stop counting an intent as being sent. Without a recorded outcome its outcome is unknown."""
        self._abandoned_at[intent.id] = _clock.elapsed()
        self._in_flight.discard(intent.id)

    def give_back(self, intent: Intent) -> None:
        """Do nothing: there is no other worker that may want the intent."""

    def record(self, intent: Intent, response: Mapping[str, Any] | None = None) -> Intent:
        """Record the outcome of an intent, and return it as recorded.

        A result that another intent claimed goes back: the response proves whose it is.

        Raises:
            JournalException: the outcome cannot be recorded.
        """
        claimed = intent.operation in ("lookup_numbers", "rent_number") and intent.result_id is not None
        before = [(_REOPEN, (intent.result_id, intent.id, intent.operation))] if claimed else []
        return self._write(intent._replace(finished_at=utc_now()), response, *before)

    def record_found(self, intent: Intent, response: Mapping[str, Any] | None = None) -> Intent:
        """Record an outcome that was found, and return the intent as recorded."""
        return self.record(intent, response)

    def record_resolved(self, intent: Intent) -> None:
        """Record an outcome that a person found out."""
        self.record(intent)

    def mark_delivered(self, intents: Sequence[Intent]) -> None:
        """Record that your code has the results of these intents."""
        for intent in intents:
            if intent.state == "done" and not intent.delivered:
                self._update("delivered = TRUE", "id = ?", intent.id)

    def _write(
        self, intent: Intent, response: Mapping[str, Any] | None, *before: tuple[str, tuple[Any, ...]]
    ) -> Intent:
        row = intent._replace(known=json.dumps(intent.known))  # type: ignore[arg-type]
        cursor = self._file.write(*before, (_WRITE, (*row, response and json.dumps(response))))
        return intent if intent.id is not None else intent._replace(id=cursor.lastrowid)

    def _is_being_sent(self, intent: Intent) -> bool:
        return intent.id in self._in_flight

    def _query(self, columns: str, where: str, *values: object) -> list[tuple[Any, ...]]:
        return self._file.read(f"SELECT {columns} FROM intent WHERE {where}", *values)  # noqa: S608

    def _update(self, assignments: str, where: str, *values: object) -> int:
        return self._file.write((f"UPDATE intent SET {assignments} WHERE {where}", values)).rowcount  # noqa: S608

    def _first(self, where: str, *values: object) -> Intent | None:
        return next(iter(self._select(where, *values)), None)

    def _select(self, where: str, *values: object) -> list[Intent]:
        rows = self._query(COLUMNS, where, *values)
        intents = [Intent(*row) for row in rows]
        if any(intent.state not in STATES for intent in intents):
            raise JournalException(f"{self._file.name} is damaged: an intent has an unknown state")
        return [intent._replace(known=self._json(intent.known), delivered=bool(intent.delivered)) for intent in intents]

    def _json(self, text: object) -> dict[str, Any]:
        try:
            found: object = json.loads(str(text))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise JournalException(f"{self._file.name} is damaged: a record is not a JSON object")
        return cast("dict[str, Any]", found)


def result_id_of(outcome: Processed) -> str | None:
    """Return the ID of what a request made."""
    found = outcome.found
    return getattr(found, "id" if "id" in found else "rent_id", None) if isinstance(found, Model) else found


def account_of(client: ApiClient) -> str:
    """Return what identifies the account of a client.

    Raises:
        ApiValueError: nothing does.
    """
    configuration = client.configuration
    if not configuration.access_token and CREDENTIAL_HEADERS.isdisjoint(map(str.lower, client.default_headers)):
        if isinstance(configuration.api_key, str):  # one that rotates identifies nobody
            return f"key {hashlib.sha256(f'smscx {configuration.api_key}'.encode()).hexdigest()}"
        if configuration.api_key is None and configuration.username:
            return f"application {configuration.username}"
    raise ApiValueError("the credential does not identify the account of the journal; pass Journal(path, account=name)")
