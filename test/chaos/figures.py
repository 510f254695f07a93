"""What the scenarios did and found, in figures."""

from __future__ import annotations

from collections import Counter
from threading import Lock

COLUMNS = ("scenarios", "runs", "kills", "forks", "cut connections", "charges", "paid twice", "lost", "undetermined")


class Figures:
    """Figures by the name of the test. Threads share them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: dict[str, Counter[str]] = {}

    def add(self, test: str, **counts: int) -> None:
        """Add to figures; an underscore in a name stands for a space."""
        with self._lock:
            row = self._rows.setdefault(test, Counter())
            row.update({name.replace("_", " "): count for name, count in counts.items()})

    def total(self, column: str) -> int:
        return sum(row[column] for row in self._rows.values())

    def table(self) -> list[str]:
        """Return the lines of a table with one row per test and their sum; no lines if nothing was added."""
        if not self._rows:
            return []
        rows = {**self._rows, "sum": sum(self._rows.values(), Counter[str]())}
        width = max(map(len, rows))
        head = f"{'':{width}}  {'  '.join(COLUMNS)}"
        cells = (
            f"{name:{width}}  {'  '.join(f'{row[column]:{len(column)},}' for column in COLUMNS)}"
            for name, row in rows.items()
        )
        return [head, *cells]


FIGURES = Figures()
