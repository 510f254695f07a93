"""Recorded requests, with credentials masked."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

MASKED = frozenset({"x-api-key", "authorization", "proxy-authorization", "cookie"})
MAX_ITEMS = 1000
MAX_BYTES = 16 * 1024 * 1024
_SECRET = rb"(?:client_secret|access_token)"
_SECRETS = re.compile(rb'(%b"\s*:\s*")(?:[^"\\]|\\.)*|(%b=)[^&]*' % (_SECRET, _SECRET))


@dataclass(frozen=True)
class RecordedRequest:
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
    body: bytes = field(default=b"", repr=False)
    """Request body, with secrets masked."""
    response: bytes = field(default=b"", repr=False)
    """Response body, with secrets masked."""

    @property
    def json(self) -> Any:
        """Request body as JSON; None if it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def form(self) -> dict[str, str]:
        """Fields of a form in the request body; empty if it is not a form."""
        is_form = self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)) if is_form else {}


T = TypeVar("T")


class History(Generic[T]):
    """The last items: at most 1,000, with at most 16 MiB of bodies."""

    def __init__(self) -> None:
        self.items: deque[T] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0

    def add(self, item: T, size: int) -> None:
        self.items.append(item)
        self._sizes.append(size)
        self._bytes += size
        while len(self.items) > MAX_ITEMS or (self._bytes > MAX_BYTES and len(self.items) > 1):
            self.items.popleft()
            self._bytes -= self._sizes.popleft()


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by lower-case name, with credentials masked."""
    return {name.lower(): _mask(value) if name.lower() in MASKED else value for name, value in headers.items()}


def masked_body(body: bytes) -> bytes:
    """Return a body in JSON or of a form, with secrets masked."""
    has_secret = b"client_secret" in body or b"access_token" in body  # 100 times faster than the expression
    return _SECRETS.sub(rb"\1\2***", body) if has_secret else body


def _mask(value: str) -> str:
    scheme, separator, _ = value.partition(" ")
    return f"{scheme} ***" if separator else "***"
