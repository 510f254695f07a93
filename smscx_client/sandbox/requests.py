"""The requests that arrived, without what is secret in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

MASKED = frozenset({"x-api-key", "authorization", "proxy-authorization", "cookie"})


class Arrived(NamedTuple):
    """A request that arrived."""

    time: datetime
    """By the sandbox's clock."""
    method: str
    path: str
    query: str
    operation: str | None
    """None where there is no such operation."""
    status: int
    """Of the answer; 0 where the connection was dropped before."""
    headers: Mapping[str, str]
    """Names in lower case; credentials are masked, but for their kind."""

    def to_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "time": f"{self.time:%Y-%m-%d %H:%M:%S}", "headers": dict(self.headers)}


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by lower-case name, with what is secret in them taken out."""
    return {name.lower(): _mask(value) if name.lower() in MASKED else value for name, value in headers.items()}


def _mask(value: str) -> str:
    kind, separator, _ = value.partition(" ")
    return f"{kind} ***" if separator else "***"
