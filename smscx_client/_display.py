"""How notebooks and IPython show models: short text, and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

MAX_ROWS = 50
"""Rows of a table in a notebook."""
MAX_CELL = 200
"""Characters of a cell."""
MAX_ITEMS = 3
"""Items of a list in IPython."""


def shortened(data: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON object with the first items of its long lists, and how many were left out."""
    return {name: _shortened(value) for name, value in data.items()}


def _shortened(value: object) -> object:
    if not isinstance(value, list):
        return value
    items = cast("list[object]", value)
    more = [f"... {len(items) - MAX_ITEMS:,} more"] if len(items) > MAX_ITEMS else []
    return [*items[:MAX_ITEMS], *more]


def to_html(rows: Sequence[Mapping[str, object]], total: int) -> str:
    """Return an HTML table of the first rows."""
    from html import escape  # slow to import

    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    cells = ([str(row.get(name, ""))[:MAX_CELL] for name in names] for row in rows)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
    caption = f"{total:,} rows" if total == len(rows) else f"The first {len(rows)} of {total:,} rows"
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
