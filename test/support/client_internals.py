"""Everything private of the client that the simulation touches, in one place.

If a test of the simulation fails with an ``AttributeError`` after a refactoring, this module has to follow.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from urllib3.connection import HTTPConnection

import smscx_client.http_info
import smscx_client.journal.intents
import smscx_client.journal.sqlite
import smscx_client.outcome
from smscx_client import _clock, api_client
from smscx_client._transport.call import active_call
from smscx_client.journal import Journal, JournalException
from support.virtual_time import VirtualTime

GRACE = 120.0
_READ_WALL_CLOCK = (smscx_client.outcome, smscx_client.journal.intents, smscx_client.journal.sqlite, api_client)
"""Modules that call ``datetime.now``."""


@contextmanager
def use_virtual_time(clock: VirtualTime) -> Generator[None]:
    """Replace both clocks of the client: the one that nobody can set, and the wall clock."""
    wall_clock = _wall_clock(clock)
    with ExitStack() as stack:
        stack.enter_context(patch.object(_clock, "elapsed", clock.elapsed))
        stack.enter_context(patch.object(_clock, "wait", clock.wait))
        for module in _READ_WALL_CLOCK:
            if getattr(module, "datetime", None) is datetime:
                stack.enter_context(patch.object(module, "datetime", wall_clock))
        fake = SimpleNamespace(time=clock.unix_time, monotonic=time.monotonic)
        stack.enter_context(patch.object(smscx_client.http_info, "time", fake))
        yield


def _wall_clock(clock: VirtualTime) -> type[datetime]:
    class Anywhere(type(datetime)):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class WallClock(datetime, metaclass=Anywhere):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return clock.utc_now().astimezone(tz)

    return WallClock


@contextmanager
def after_paid_response(call: Callable[[], None]) -> Generator[None]:
    """Call a function when the head of a response to a paid request was read, before the client knows of it."""
    original = HTTPConnection.getresponse

    def getresponse(self: HTTPConnection) -> Any:
        response = original(self)
        active = active_call.get()
        if active is not None and not active.operation.idempotent:
            token = active_call.set(None)
            try:
                call()
            finally:
                active_call.reset(token)
        return response

    with patch.object(HTTPConnection, "getresponse", getresponse):
        yield


class SpiedDatabase:
    """The connection of a journal, which says when a write begins, commits, and is complete.

    Args:
        database: The connection.
        step: Called with ``begin``, ``commit`` and ``committed``.
    """

    def __init__(self, database: sqlite3.Connection, step: Callable[[str], None]) -> None:
        self._database = database
        self._step = step

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement == "BEGIN IMMEDIATE":
            self._step("begin")
        if statement != "COMMIT":
            return self._database.execute(statement, *values)
        self._step("commit")
        cursor = self._database.execute(statement, *values)
        self._step("committed")
        return cursor

    def close(self) -> None:
        self._database.close()

    @property
    def in_transaction(self) -> bool:
        return self._database.in_transaction


def spy_on_writes(journal: Journal, step: Callable[[str], None]) -> None:
    """Call a function at each step of the writes of a journal."""
    file: Any = journal._file
    file._database = SpiedDatabase(file._database, step)


def abandon(journal: Journal) -> None:
    """End the connection of a journal whose process was killed. What this does to the file is undone by its image."""
    file: Any = journal._file
    file._database.close()


def holds(journal: Journal, name: str) -> bool:
    """Return whether a call is being made with this key or resource."""
    return name in journal._held


def is_damaged(path: Path) -> bool:
    """Return whether a journal refuses to open a file, or a copy of it."""
    copy = path.with_name(f"{path.name}.copy")
    copy.write_bytes(path.read_bytes())
    copy.chmod(0o600)
    try:
        Journal(copy).close()
    except JournalException:
        return True
    finally:
        copy.unlink()
    return False


def files_of(path: Path) -> list[Path]:
    """Return the files of a journal that may exist."""
    return [path, path.with_name(f"{path.name}-journal")]
