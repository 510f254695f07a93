"""Journal: a file that records each batch of a bulk lookup before it is sent, and its result afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from threading import Condition, Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from smscx_client._argument_checks import check_string
from smscx_client.exceptions import ApiExceptionBase, ApiTypeError, ApiValueError

if TYPE_CHECKING:
    from typing_extensions import Self

APPLICATION_ID = 0x534D5358
"""SQLite ``application_id`` that identifies a file as a journal."""
VERSION = 1
_TABLE = """
    CREATE TABLE batch (
        start INTEGER PRIMARY KEY,
        size INTEGER NOT NULL,
        digest TEXT NOT NULL,
        first_number TEXT NOT NULL,
        sent_at TEXT NOT NULL,
        lookup_bulk_id TEXT UNIQUE,
        cost REAL,
        price REAL
    )
"""
_UNKNOWN = "lookup_bulk_id IS NULL AND cost IS NULL"


class JournalException(ApiExceptionBase):
    """The journal cannot be used: another run uses it, or its file cannot be read or written."""


class Batch(NamedTuple):
    """A batch of numbers, as recorded in the journal."""

    start: int
    """How many numbers of the input come before it."""
    size: int
    """How many numbers it has."""
    digest: str
    """SHA-256 digest of its numbers, their order and their country."""
    first_number: str
    """Its first number, masked except for the last two characters."""
    sent_at: datetime
    """Local time in UTC at which the batch was recorded, just before it was sent."""
    lookup_bulk_id: str | None = None
    """Bulk lookup ID; None if the outcome is unknown, or if no number of the batch could be looked up."""
    cost: float | None = None
    """Amount charged, in the account's currency; None if the outcome or the cost is not known yet."""

    def to_json(self) -> list[object]:
        """Return the batch as a list of JSON values."""
        return [*self[:4], self.sent_at.isoformat(), *self[5:]]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Batch:
        """Return the batch of :meth:`to_json`."""
        return cls._make([*values[:4], datetime.fromisoformat(values[4]), *values[5:]])

    @classmethod
    def of(cls, start: int, numbers: Sequence[str], country_iso: str | None) -> Batch:
        """Return a batch of these numbers that is about to be sent."""
        first = numbers[0][:20]
        masked = "*" * (len(first) - 2) + first[-2:]
        return cls(start, len(numbers), digest_of(numbers, country_iso), masked, datetime.now(timezone.utc))


def digest_of(numbers: Sequence[str], country_iso: str | None) -> str:
    """Return a digest of a batch that depends on its numbers, their order and their country."""
    return hashlib.sha256(json.dumps([country_iso, numbers]).encode("ascii")).hexdigest()


class Journal:
    """The batches of :func:`~smscx_client.bulk.lookup_all`, with their results. Use it in a ``with`` block.

    Each batch is on disk before it is sent, and its bulk lookup ID and cost are on disk when the response arrives. So a
    run can resume however it ended: reading its results again is free, and a batch without a recorded response is never
    retried before you settle it; see :meth:`unknown`.

    The file is a SQLite database; keep it on a local disk. It contains the position, time, cost and bulk lookup ID of
    each batch. It contains no credential, and no phone numbers: only a SHA-256 digest of each batch, and the last two
    characters of its first number. The numbers of a very small batch can be guessed from the digest, so on POSIX
    systems only the owner can read the file.

    While a journal is open, no other process can open its file. Forked child processes cannot use it.

    Args:
        path: The file, which is created if it does not exist. None keeps the journal in memory, so that a run cannot
            resume.

    Raises:
        ApiTypeError: ``path`` is not a path.
        ApiValueError: the file is not a journal.
        JournalException: the file is in use, or cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        if path is not None and not isinstance(path, (str, os.PathLike)):
            raise ApiTypeError(f"path must be str, a path or None, not {type(path).__name__}")
        self.path: str | None = None if path is None else str(Path(path).absolute())
        self._process = os.getpid()
        self._running = Lock()
        self._changed = Condition()
        self._sending: set[int] = set()
        self._closed = False
        try:
            if self.path is not None:
                _create(self.path)
            self._database = sqlite3.connect(
                self.path or ":memory:", timeout=0, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise JournalException(f"{self._name} cannot be opened: {error}") from None
        try:
            self._prepare()
        except BaseException:
            self._database.close()
            raise

    def unknown(self) -> list[Batch]:
        """Return the batches with an unknown outcome: they may have been processed and charged.

        :func:`~smscx_client.bulk.lookup_all` sends nothing until each of them is settled.
        """
        return [batch for batch in self._batches(f"{_UNKNOWN} ORDER BY start") if batch.start not in self._sending]

    def settle(self, batch: Batch, lookup_bulk_id: str | None) -> None:
        """Record the outcome of a batch of :meth:`unknown`, or correct it before the next run.

        Args:
            batch: The batch.
            lookup_bulk_id: Its bulk lookup ID if it was processed; None if it was not. Then the next run sends it.

        Raises:
            ApiTypeError: an argument is of the wrong type.
            ApiValueError: the outcome and cost of the batch are known, or the bulk lookup belongs to another batch.
        """
        if not isinstance(batch, Batch):
            raise ApiTypeError(f"batch must be a Batch, such as one of unknown(), not {type(batch).__name__}")
        check_string("lookup_bulk_id", lookup_bulk_id)
        if batch.start in self._sending:
            raise ApiValueError(f"{_number_range(batch)} are being sent now; settle them if their outcome is unknown")
        where, key = "WHERE start = ? AND digest = ? AND cost IS NULL", (batch.start, batch.digest)
        if lookup_bulk_id is None:
            changed = self._write(f"DELETE FROM batch {where}", *key)  # noqa: S608
        elif self._read("SELECT start FROM batch WHERE lookup_bulk_id = ?", lookup_bulk_id):
            raise ApiValueError(f"the bulk lookup {lookup_bulk_id} already belongs to a batch")
        else:
            changed = self._write(f"UPDATE batch SET lookup_bulk_id = ? {where}", lookup_bulk_id, *key)  # noqa: S608
        if not changed:
            raise ApiValueError(f"the outcome of {_number_range(batch)} is known, or they are not in {self._name}")

    def close(self) -> None:
        """Wait for the responses to the batches that are being sent, and close the file. You may close it twice."""
        if self._process != os.getpid():
            return  # closing SQLite's file in a fork could corrupt it for the process that opened it
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._sending)
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- used by lookup_all

    @contextmanager
    def run(self) -> Generator[None]:
        """Reserve the journal for one run.

        Raises:
            JournalException: another run uses it.
        """
        if not self._running.acquire(blocking=False):
            raise JournalException(f"{self._name} is in use by another run")
        try:
            yield
        finally:
            self._running.release()

    def first_from(self, start: int) -> Batch | None:
        """Return the first batch at or after a position of the input."""
        return next(iter(self._batches("start >= ? ORDER BY start LIMIT 1", start)), None)

    def all_from(self, start: int) -> list[Batch]:
        """Return the batches at or after a position of the input, in order."""
        return self._batches("start >= ? ORDER BY start", start)

    def unpriced(self) -> list[Batch]:
        """Return the batches with a bulk lookup ID whose costs have not been read from the service yet."""
        return self._batches("lookup_bulk_id IS NOT NULL AND cost IS NULL ORDER BY start")

    def spent(self) -> float:
        """Return the sum of the known costs of all batches, in the account's currency."""
        ((spent,),) = self._read("SELECT total(cost) FROM batch")
        return round(float(spent), 9)

    def price(self) -> float | None:
        """Return the highest price of one number; None if no price is known."""
        ((price,),) = self._read("SELECT max(price) FROM batch")
        return None if price is None else float(price)

    def begin(self, batch: Batch) -> None:
        """Record that a batch is about to be sent."""
        with self._changed:
            if self._closed:
                raise JournalException(f"{self._name} is closed")
            row = batch.to_json()[:5]
            self._write("INSERT INTO batch (start, size, digest, first_number, sent_at) VALUES (?, ?, ?, ?, ?)", *row)
            self._sending.add(batch.start)

    def complete(self, batch: Batch, lookup_bulk_id: str | None, cost: float | None, price: float | None) -> Batch:
        """Record the result of a batch: its bulk lookup ID, its cost, and the highest price of one of its numbers."""
        try:
            self._write(
                "UPDATE batch SET lookup_bulk_id = ?, cost = ?, price = ? WHERE start = ?",
                lookup_bulk_id,
                cost,
                price,
                batch.start,
            )
        except JournalException as failure:
            raise JournalException(
                f"{failure}. {_number_range(batch)} were processed as the bulk lookup {lookup_bulk_id}."
                " Settle their batch with this ID."
            ) from None
        finally:
            self.release(batch)
        return batch._replace(lookup_bulk_id=lookup_bulk_id, cost=cost)

    def discard(self, batch: Batch) -> None:
        """Delete a batch that was certainly not processed."""
        try:
            self._write("DELETE FROM batch WHERE start = ?", batch.start)
        finally:
            self.release(batch)

    def release(self, batch: Batch) -> None:
        """Stop counting a batch as being sent. Without a recorded result its outcome is unknown."""
        with self._changed:
            self._sending.discard(batch.start)
            self._changed.notify_all()

    # ---- the file

    @property
    def _name(self) -> str:
        return f"the journal {self.path}" if self.path is not None else "the journal"

    def _prepare(self) -> None:
        # Commits must survive a power failure, and the lock must last until the file is closed.
        for pragma in ("locking_mode = EXCLUSIVE", "synchronous = EXTRA", "fullfsync = ON"):
            self._read(f"PRAGMA {pragma}")
        self._write("BEGIN EXCLUSIVE")
        ((application,),) = self._read("PRAGMA application_id")
        ((version,),) = self._read("PRAGMA user_version")
        ((tables,),) = self._read("SELECT count(*) FROM sqlite_master")
        if (application, tables) == (0, 0):
            for statement in (f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {VERSION}", _TABLE):
                self._write(statement)
        elif (application, version) != (APPLICATION_ID, VERSION):
            raise ApiValueError(f"{self.path} is not a journal, or a journal of another version; pass another path")
        self._write("COMMIT")

    def _read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._changed:
            return self._execute(statement, values).fetchall()

    def _write(self, statement: str, *values: object) -> int:
        """Run a statement, and return how many rows it changed. The change is on disk."""
        with self._changed:
            return self._execute(statement, values).rowcount

    def _execute(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        if self._process != os.getpid():
            raise JournalException(f"{self._name} was opened by another process; open a journal in this process")
        try:
            return self._database.execute(statement, values)
        except sqlite3.Error as error:
            raise self._failure(error) from None

    def _failure(self, error: sqlite3.Error) -> ApiExceptionBase:
        if "locked" in str(error):
            return JournalException(f"{self._name} is in use by another process")
        if "not a database" in str(error):
            return ApiValueError(f"{self.path} is not a journal; pass another path")
        return JournalException(f"{self._name} cannot be used: {error}")

    def _batches(self, where: str, *values: object) -> list[Batch]:
        columns = ", ".join(Batch._fields)
        rows = self._read(f"SELECT {columns} FROM batch WHERE {where}", *values)  # noqa: S608
        return [Batch.from_json(row) for row in rows]


def _create(path: str) -> None:
    """Create the file with its final permissions, unless it exists.

    An existing file is not opened: closing it would release the lock that another journal of this process holds.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _number_range(batch: Batch) -> str:
    return f"the numbers {batch.start:,} to {batch.start + batch.size - 1:,}"
