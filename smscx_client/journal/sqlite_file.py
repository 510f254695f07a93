"""The SQLite file of a journal: safe against crashes, forks, and files that are not what they seem."""

from __future__ import annotations

import ctypes
import os
import sqlite3
import stat
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from threading import RLock
from typing import Any
from weakref import WeakSet

from smscx_client.exceptions import ApiValueError
from smscx_client.journal.intents import Intent, JournalException

APPLICATION_ID, VERSION = 0x534D5358, 2
"""SQLite's ``application_id`` and ``user_version``, which identify a file as a journal."""
TABLES = (
    "CREATE TABLE binding (host TEXT NOT NULL, account TEXT NOT NULL)",
    f"CREATE TABLE intent ({', '.join(Intent._fields)}, response, PRIMARY KEY (id))".replace(" id,", " id INTEGER,"),
    "CREATE UNIQUE INDEX intent_key ON intent (key, part)",
    "CREATE UNIQUE INDEX intent_start ON intent (start, part)",
    "CREATE UNIQUE INDEX intent_open ON intent (resource) WHERE state = 'open'",
    "CREATE UNIQUE INDEX intent_result ON intent (result_id) WHERE operation IN ('lookup_numbers', 'rent_number')",
)
PRAGMAS = ("locking_mode = EXCLUSIVE", "synchronous = EXTRA", "fullfsync = ON", "trusted_schema = OFF")
"""Commits survive a power failure, and the lock lasts until the file is closed."""

_open_files: WeakSet[JournalFile] = WeakSet()


class JournalFile:
    """The database of a journal. One process has it; its threads share it.

    Args:
        path: The file, which is created unless ``must_exist`` is set. None keeps the database in memory.
        must_exist: Whether the file must exist already.

    Raises:
        ApiValueError: the file is not a journal, or it is not safe to use.
        JournalException: the file is in use, damaged, or cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str] | None, *, must_exist: bool) -> None:
        self.path: str | None = None if path is None else str(Path(path).absolute())
        self.name: str = "the journal" if path is None else f"the journal {self.path}"
        self._process = os.getpid()
        self._lock = RLock()
        self._state: tuple[int, int, int] | None = None
        """Device, inode and size of the file after the last write."""
        with self._our_exceptions():
            if self.path is not None:
                self._open(self.path, must_exist)
            else:
                self._database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
                _create_tables(self._database)

    @property
    def is_ours(self) -> bool:
        """Whether this process opened the file, and is not a forked child."""
        return self._process == os.getpid()

    def read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        self.check_process()
        with self._lock, self._our_exceptions():
            return self._database.execute(statement, values).fetchall()

    def write(self, *statements: tuple[str, tuple[Any, ...]]) -> sqlite3.Cursor:
        """Run statements, and return the cursor of the last one. Their changes are on disk, or none was made.

        Raises:
            JournalException: the file cannot be written, or was deleted, replaced or truncated.
        """
        self.check_process()
        with self._lock, self._our_exceptions():
            database = self._database
            if self._read_state() != self._state:
                raise JournalException(f"{self.name} was changed by another program; nothing more is sent")
            database.execute("BEGIN IMMEDIATE")
            try:
                cursors = [database.execute(statement, values) for statement, values in statements]
                database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    database.execute("ROLLBACK")
                raise
            self._state = self._read_state()
            return cursors[-1]

    def check_process(self) -> None:
        """Check that this is not a forked child. It must not wait for a lock that the parent held.

        Raises:
            JournalException: it is.
        """
        if not self.is_ours:
            raise JournalException(f"{self.name} was opened by another process; open a journal in this process")

    def close(self) -> None:
        """Close the file, except in a forked child, where that could damage the file of the parent."""
        if self.is_ours:
            with self._lock:
                self._database.close()

    def _open(self, path: str, must_exist: bool) -> None:
        if not os.path.lexists(path):
            if must_exist:
                raise JournalException(f"{self.name} does not exist")
            _create(path)
        found = _check_safe(path)
        uri = f"{Path(path).as_uri()}?mode=rw"
        self._database = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._check_content()
            self._state = found.st_dev, found.st_ino, found.st_size
            self._state = self._read_state()
        except BaseException:
            self._database.close()
            raise
        _open_files.add(self)

    def _check_content(self) -> None:
        for pragma in PRAGMAS:
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("BEGIN EXCLUSIVE")
        if (self._pragma("application_id"), self._pragma("user_version")) != (APPLICATION_ID, VERSION):
            raise ApiValueError(f"{self.path} is not a journal, or a journal of another version; pass another path")
        schema = self._database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        if sorted(sql for (sql,) in schema) != sorted(TABLES):
            raise ApiValueError(f"{self.path} has tables, triggers or views that a journal does not have")
        if (check := self._pragma("quick_check(1)")) != "ok":
            raise JournalException(f"{self.name} is damaged: {check}")
        self._database.execute("COMMIT")

    def _pragma(self, name: str) -> Any:
        return self._database.execute(f"PRAGMA {name}").fetchone()[0]

    def _read_state(self) -> tuple[int, int, int] | None:
        """Return the state of the file. It is never opened again: closing it would release SQLite's lock.

        Raises:
            JournalException: the file was deleted, replaced or truncated.
        """
        if self.path is None:
            return None
        with suppress(FileNotFoundError):
            found = os.lstat(self.path)
            same = self._state is not None and (found.st_dev, found.st_ino) == self._state[:2]
            if same and found.st_size >= self._pragma("page_count") * self._pragma("page_size"):
                return found.st_dev, found.st_ino, found.st_size
        raise JournalException(f"{self.name} was deleted, replaced or truncated; nothing more is sent")

    @contextmanager
    def _our_exceptions(self) -> Generator[None]:
        """Raise our exceptions instead of those of SQLite, of the system, and of damaged rows."""
        try:
            yield
        except OSError as error:
            raise JournalException(f"{self.name} cannot be opened: {error.strerror or error}") from None
        except UnicodeError:  # sqlite3 decodes the messages of SQLite, which quote the file
            raise JournalException(f"{self.name} is damaged: it has text that is not UTF-8") from None
        except sqlite3.Error as error:
            if "not a database" in str(error):
                raise ApiValueError(f"{self.path} is not a journal; pass another path") from None
            if "locked" in str(error):
                raise JournalException(f"{self.name} is in use by another process, or open already") from None
            raise JournalException(f"{self.name} cannot be used: {error}") from None


def _create_tables(database: sqlite3.Connection) -> None:
    pragmas = (f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {VERSION}")
    for statement in ("BEGIN", *pragmas, *TABLES, "COMMIT"):
        database.execute(statement)


def _create(path: str) -> None:
    """Create a journal. It appears at its path when it is complete, so an empty file is never a journal.

    If two processes do this at the same time, the first one finds its file replaced and sends nothing.
    """
    directory, name = os.path.split(path)
    descriptor, temporary = mkstemp(prefix=f".{name}.", dir=directory)
    os.close(descriptor)
    with closing(sqlite3.connect(temporary, isolation_level=None)) as database:
        _create_tables(database)
    Path(temporary).replace(path)


def _check_safe(path: str) -> os.stat_result:
    """Return the state of the file.

    Raises:
        ApiValueError: it is empty, not a regular file, or others can write it.
    """
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode) or found.st_size == 0:
        raise ApiValueError(
            f"{path} is empty, a symbolic link or a directory, so it is not a journal; pass another path"
        )
    if hasattr(os, "geteuid") and (found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        raise ApiValueError(f"{path} belongs to another user, or others can write it; pass a journal of your own")
    return found


def _abandon_in_child() -> None:
    """Never finalize the connections: SQLite would roll back, or delete, what belongs to the parent process."""
    for file in list(_open_files):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(file._database))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_in_child)
