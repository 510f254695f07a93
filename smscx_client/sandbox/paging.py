"""Pages of a list, with opaque cursors."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, and the cursors of the pages around them."""

    items: Sequence[T]
    next: str | None
    previous: str | None
    size: int


def oldest_first(items: Sequence[T], size: int, cursor: str | None) -> Page[T]:
    """The page of a list at a cursor, or its first one."""
    start = _position(cursor, len(items)) if cursor else 0
    end = min(start + size, len(items))
    following = _cursor(end) if end < len(items) else None
    return Page(items[start:end], following, _cursor(max(start - size, 0)) if start else None, size)


def newest_first(items: Sequence[T], size: int, cursor: str | None) -> Page[T]:
    """The page at a cursor, or the last one, from its end; a cursor keeps its place when items are added."""
    end = _position(cursor, len(items)) if cursor else len(items)
    start = max(end - size, 0)
    previous = _cursor(min(end + size, len(items))) if end < len(items) else None
    return Page(list(reversed(items[start:end])), _cursor(start) if start else None, previous, size)


def _cursor(position: int) -> str:
    return urlsafe_b64encode(f"at {position}".encode()).decode()


def is_cursor(text: str) -> bool:
    """Whether a text is a cursor of some page."""
    try:
        return int(_decoded(text)) >= 0
    except ValueError:
        return False


def _position(cursor: str, length: int) -> int:
    return min(int(_decoded(cursor)), length)


def _decoded(cursor: str) -> str:
    return urlsafe_b64decode(cursor.encode()).decode("ascii").removeprefix("at ")
