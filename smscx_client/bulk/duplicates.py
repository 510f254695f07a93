"""Duplicates: where each number of a run occurred first, and its result, in bounded memory."""

from __future__ import annotations

import json
import marshal
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from smscx_client.model_utils import JsonObject

MAX_NUMBERS_IN_MEMORY = 200_000
"""About 25 MB."""


class FirstOccurrences:
    """The first position of each number, and what a repeated number needs to know about it.

    Up to 200,000 numbers are in memory. The others, and the results of batches with repeated numbers, are in a file
    that only its owner can read, and that the system deletes when the process ends.
    """

    def __init__(self) -> None:
        self._recent: dict[int, int] = {}
        self._file: sqlite3.Connection | None = None

    def positions(self, e164: Sequence[str], start: int) -> list[int]:
        """Return the first position of each number, and record those that are new; ``start`` is that of the first one.

        An empty string, which stands for an invalid number, has its own position.
        """
        numbers = [int(number or -1) for number in e164]
        if self._file is not None:
            self._recall(numbers)
        first = self._recent.setdefault
        found = [first(number, at) if number >= 0 else at for at, number in enumerate(numbers, start)]
        if len(self._recent) > MAX_NUMBERS_IN_MEMORY:
            self._write("INSERT OR IGNORE INTO number VALUES (?, ?)", self._recent.items())
            self._recent.clear()
        return found

    def keep(self, outcomes: Mapping[str, JsonObject | str]) -> None:
        """Keep results, or the reasons why there are none, by their numbers in E.164 format."""
        rows = ((int(number), marshal.dumps(outcome)) for number, outcome in outcomes.items() if number)
        self._write("INSERT OR REPLACE INTO outcome VALUES (?, ?)", rows)

    def outcome(self, number: str) -> JsonObject | str | None:
        """Return a result that was kept, or the reason why there is none; None if neither was kept."""
        row = self._database().execute("SELECT outcome FROM outcome WHERE number = ?", (int(number),)).fetchone()
        return None if row is None else cast("JsonObject | str", marshal.loads(row[0]))  # noqa: S302 - our own file

    def close(self) -> None:
        """Delete the temporary file."""
        if self._file is not None:
            self._file.close()

    def _write(self, statement: str, rows: Iterable[tuple[int, object]]) -> None:
        with self._database() as database:
            database.execute("BEGIN")
            database.executemany(statement, rows)

    def _database(self) -> sqlite3.Connection:
        if self._file is None:
            self._file = sqlite3.connect("", isolation_level=None)  # a temporary file, kept in memory while it is small
            for statement in (
                "PRAGMA journal_mode = OFF",
                "CREATE TABLE number (number INTEGER PRIMARY KEY, position INTEGER)",
                "CREATE TABLE outcome (number INTEGER PRIMARY KEY, outcome BLOB)",
            ):
                self._file.execute(statement)
        return self._file

    def _recall(self, numbers: list[int]) -> None:
        query = "SELECT number, position FROM number WHERE number IN (SELECT value FROM json_each(?))"
        self._recent |= dict(self._database().execute(query, (json.dumps(numbers),)).fetchall())
