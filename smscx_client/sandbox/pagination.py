"""Pagination with opaque cursors."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Items of a page, and the cursors of its neighbors."""

    items: Sequence[T]
    next: str | None
    previous: str | None
    size: int


def oldest_first(items: Sequence[T], size: int, cursor: str | None) -> Page[T]:
    """Return the page at a cursor, or the first page."""
    start = min(_position(cursor), len(items)) if cursor else 0
    end = min(start + size, len(items))
    following = _cursor(end) if end < len(items) else None
    return Page(items[start:end], following, _cursor(max(start - size, 0)) if start else None, size)


def newest_first(items: Sequence[T], size: int, cursor: str | None) -> Page[T]:
    """Return the page at a cursor, or the page of the newest items. Cursors stay valid when items are added."""
    end = min(_position(cursor), len(items)) if cursor else len(items)
    start = max(end - size, 0)
    previous = _cursor(min(end + size, len(items))) if end < len(items) else None
    return Page(list(reversed(items[start:end])), _cursor(start) if start else None, previous, size)


def _cursor(position: int) -> str:
    return urlsafe_b64encode(f"at {position}".encode()).decode()


def is_cursor(value: str) -> bool:
    """Return whether a string is a cursor."""
    try:
        return _position(value) >= 0
    except ValueError:
        return False


def _position(cursor: str) -> int:
    return int(urlsafe_b64decode(cursor.encode()).decode("ascii").removeprefix("at "))
