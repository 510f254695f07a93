"""Recorded requests, with credentials masked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

MASKED = frozenset({"x-api-key", "authorization", "proxy-authorization", "cookie"})


class RecordedRequest(NamedTuple):
    """A request that the sandbox has received."""

    time: datetime
    """Time by the sandbox's clock."""
    method: str
    path: str
    query: str
    operation: str | None
    """Name of the operation; None if no operation has this method and path."""
    status: int
    """Status of the response; 0 if the connection was dropped before it."""
    headers: Mapping[str, str]
    """Headers by lower-case name. Credentials are masked; the authentication scheme is kept."""

    def to_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "time": f"{self.time:%Y-%m-%d %H:%M:%S}", "headers": dict(self.headers)}


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by lower-case name, with credentials masked."""
    return {name.lower(): _mask(value) if name.lower() in MASKED else value for name, value in headers.items()}


def _mask(value: str) -> str:
    scheme, separator, _ = value.partition(" ")
    return f"{scheme} ***" if separator else "***"
