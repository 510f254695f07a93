"""How notebooks and IPython show models: short text, and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import cast

MAX_ROWS = 50
"""Rows of a table in a notebook."""
MAX_ITEMS = 3
"""Items of a list in IPython."""


def shortened(value: object) -> object:
    """Return a value with the first items of its long lists, and how many were left out."""
    if isinstance(value, dict):
        return {name: shortened(part) for name, part in cast("dict[str, object]", value).items()}
    if not isinstance(value, list):
        return value
    items = cast("list[object]", value)
    more = [f"... {len(items) - MAX_ITEMS:,} more"] if len(items) > MAX_ITEMS else []
    return [*map(shortened, items[:MAX_ITEMS]), *more]


def to_html(rows: Sequence[Mapping[str, object]]) -> str:
    """Return an HTML table of the first rows."""
    shown = rows[:MAX_ROWS]
    names = list(dict.fromkeys(name for row in shown for name in row))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(row, name)}</td>' for name in names)}</tr>" for row in shown)
    caption = f"{len(rows):,} rows" if len(rows) <= MAX_ROWS else f"The first {MAX_ROWS} of {len(rows):,} rows"
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(row: Mapping[str, object], name: str) -> str:
    return escape(str(row[name])) if name in row else ""
