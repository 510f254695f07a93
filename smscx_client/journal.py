"""Journal: what became of each batch of a bulk lookup, in a file that outlives the process."""

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

from smscx_client.exceptions import ApiExceptionBase, ApiTypeError, ApiValueError

if TYPE_CHECKING:
    from typing_extensions import Self

APPLICATION_ID = 0x534D5358
"""Marks the file as a journal, in the place that SQLite has for it."""
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
    """The journal cannot be used: another run has it, or its file cannot be read or written."""


class Batch(NamedTuple):
    """A batch of numbers, as the journal has it."""

    start: int
    """How many numbers of the input come before it."""
    size: int
    """How many numbers it has."""
    digest: str
    """Of its numbers, their order and their country."""
    first_number: str
    """Its first number, of which only the last two characters show."""
    sent_at: datetime
    """When it was about to be sent, by this machine's clock, in UTC."""
    lookup_bulk_id: str | None = None
    """The bulk lookup that it became. None where its outcome is unknown, and where it had nothing to look up."""
    cost: float | None = None
    """What was paid for it. None where its outcome is unknown, and where that is still to be read from the service."""

    @classmethod
    def of(cls, start: int, numbers: Sequence[str], country_iso: str | None) -> Batch:
        """The batch of these numbers, to be sent now."""
        first = numbers[0][:20]
        masked = "*" * (len(first) - 2) + first[-2:]
        return cls(start, len(numbers), digest_of(numbers, country_iso), masked, datetime.now(timezone.utc))


def digest_of(numbers: Sequence[str], country_iso: str | None) -> str:
    """What tells a batch from any other: its numbers, their order, and the country of those in national format."""
    return hashlib.sha256(json.dumps([country_iso, numbers]).encode("ascii")).hexdigest()


class Journal:
    """What became of each batch of :func:`~smscx_client.bulk.lookup_all`. Use it in a ``with`` block, or :meth:`close`
    it.

    A batch is written down, and is on the disk, before it is sent and after it was answered. So a run that ended in any
    way can be gone on with: what is answered is read again at no cost, and a batch that was about to be sent and has no
    answer is named by :meth:`unknown`, never sent again by guess.

    The file is a SQLite database. Of the phone numbers it holds a SHA-256 digest of each batch, and the last two
    characters of a batch's first number; beside them positions, times, costs and the ids of bulk lookups. It holds no
    credential. Very few numbers can be guessed from their digest, so on POSIX systems only the owner can read the file.
    Keep it on a local disk.

    As long as a journal is open no other process can open its file. It is for the process that opened it, not for its
    forked children.

    Args:
        path: The file, which is made where there is none; None keeps the journal in memory, for a run that nobody goes
            on with.

    Raises:
        ApiValueError: the file is no journal.
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
        """The batches that were about to be sent and have no answer: whether they were carried out, and paid, is to be
        found out. :func:`~smscx_client.bulk.lookup_all` sends nothing until each of them is settled.
        """
        return [batch for batch in self._batches(f"{_UNKNOWN} ORDER BY start") if batch.start not in self._sending]

    def settle(self, batch: Batch, lookup_bulk_id: str | None) -> None:
        """Say what became of a batch whose outcome is unknown, or correct what was said before the next run.

        Args:
            batch: One of :meth:`unknown`.
            lookup_bulk_id: It was carried out, and this is its bulk lookup; or None: it was not carried out, and is to
                be sent again.

        Raises:
            ApiTypeError: an argument is of the wrong type.
            ApiValueError: the batch's outcome is known, or the bulk lookup is another batch's.
        """
        if not isinstance(batch, Batch):
            raise ApiTypeError(f"settle takes a Batch, not {type(batch).__name__}")
        if lookup_bulk_id is not None and not isinstance(lookup_bulk_id, str):
            raise ApiTypeError(f"lookup_bulk_id must be str or None, not {type(lookup_bulk_id).__name__}")
        if batch.start in self._sending:
            raise ApiValueError(f"{_span(batch)} are being sent now")
        where, key = "WHERE start = ? AND digest = ? AND cost IS NULL", (batch.start, batch.digest)
        if lookup_bulk_id is None:
            changed = self._write(f"DELETE FROM batch {where}", *key)  # noqa: S608
        elif self._read("SELECT start FROM batch WHERE lookup_bulk_id = ?", lookup_bulk_id):
            raise ApiValueError(f"the bulk lookup {lookup_bulk_id} is that of a batch already")
        else:
            changed = self._write(f"UPDATE batch SET lookup_bulk_id = ? {where}", lookup_bulk_id, *key)  # noqa: S608
        if not changed:
            raise ApiValueError(f"the outcome of {_span(batch)} is known, or {self._name} does not have them")

    def close(self) -> None:
        """Wait for the answers to the batches that are being sent, and close the file. Closing twice is harmless."""
        if self._process != os.getpid():
            return  # closing SQLite's file here could spoil it for the process that opened it
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._sending)
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- for lookup_all

    @contextmanager
    def run(self) -> Generator[None]:
        """Have the journal for one run.

        Raises:
            JournalException: another run has it.
        """
        if not self._running.acquire(blocking=False):
            raise JournalException(f"{self._name} is in use by another run")
        try:
            yield
        finally:
            self._running.release()

    def first_from(self, start: int) -> Batch | None:
        """The first batch that begins at a position of the input, or after it."""
        return next(iter(self._batches("start >= ? ORDER BY start LIMIT 1", start)), None)

    def all_from(self, start: int) -> list[Batch]:
        """The batches that begin at a position of the input, or after it, in their order."""
        return self._batches("start >= ? ORDER BY start", start)

    def unpriced(self) -> list[Batch]:
        """The batches that became bulk lookups whose costs are still to be read from the service."""
        return self._batches("lookup_bulk_id IS NOT NULL AND cost IS NULL ORDER BY start")

    def spent(self) -> float:
        """What all batches have cost, as far as that is known."""
        ((spent,),) = self._read("SELECT total(cost) FROM batch")
        return round(float(spent), 9)

    def price(self) -> float | None:
        """The most that one number has cost; None where none has cost anything that is known."""
        ((price,),) = self._read("SELECT max(price) FROM batch")
        return None if price is None else float(price)

    def begin(self, batch: Batch) -> None:
        """Write down that a batch is about to be sent."""
        with self._changed:
            if self._closed:
                raise JournalException(f"{self._name} is closed")
            row = (*batch[:4], batch.sent_at.isoformat())
            self._write("INSERT INTO batch (start, size, digest, first_number, sent_at) VALUES (?, ?, ?, ?, ?)", *row)
            self._sending.add(batch.start)

    def answered(self, batch: Batch, lookup_bulk_id: str | None, cost: float | None, price: float | None) -> Batch:
        """Write down what a batch became, what it cost, and the most that one of its numbers cost."""
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
                f"{failure}. {_span(batch)} were answered: their bulk lookup is {lookup_bulk_id}. Settle them so."
            ) from None
        finally:
            self.leave(batch)
        return batch._replace(lookup_bulk_id=lookup_bulk_id, cost=cost)

    def withdraw(self, batch: Batch) -> None:
        """Forget a batch that surely was not carried out."""
        try:
            self._write("DELETE FROM batch WHERE start = ?", batch.start)
        finally:
            self.leave(batch)

    def leave(self, batch: Batch) -> None:
        """Take a batch as sent, whatever became of it."""
        with self._changed:
            self._sending.discard(batch.start)
            self._changed.notify_all()

    # ---- the file

    @property
    def _name(self) -> str:
        return f"the journal {self.path}" if self.path is not None else "the journal"

    def _prepare(self) -> None:
        # What was committed is to survive a power cut, and the lock is to last until the file is closed.
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
            raise ApiValueError(f"{self.path} is no journal, or that of another version")
        self._write("COMMIT")

    def _read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._changed:
            return self._execute(statement, values).fetchall()

    def _write(self, statement: str, *values: object) -> int:
        """Change something, and return how many batches have changed. It is on the disk then."""
        with self._changed:
            return self._execute(statement, values).rowcount

    def _execute(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        if self._process != os.getpid():
            raise JournalException(f"{self._name} was opened by another process")
        try:
            return self._database.execute(statement, values)
        except sqlite3.Error as error:
            raise self._failure(error) from None

    def _failure(self, error: sqlite3.Error) -> ApiExceptionBase:
        if "locked" in str(error):
            return JournalException(f"{self._name} is in use by another process")
        if "not a database" in str(error):
            return ApiValueError(f"{self.path} is no journal")
        return JournalException(f"{self._name} cannot be used: {error}")

    def _batches(self, where: str, *values: object) -> list[Batch]:
        columns = ", ".join(Batch._fields)
        rows = self._read(f"SELECT {columns} FROM batch WHERE {where}", *values)  # noqa: S608
        return [
            Batch(start, size, digest, first, datetime.fromisoformat(sent_at), bulk_id, cost)
            for start, size, digest, first, sent_at, bulk_id, cost in rows
        ]


def _create(path: str) -> None:
    """Make the file, so that it is never there with other rights. One that is there is not opened: closing it would
    give up the lock that another journal of this process has on it.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _span(batch: Batch) -> str:
    return f"the numbers {batch.start:,} to {batch.start + batch.size - 1:,}"
