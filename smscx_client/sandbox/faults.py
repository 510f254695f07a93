"""Failures on purpose: what the next requests get in place of, or on the way to, their answers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from smscx_client.sandbox import errors
from smscx_client.sandbox.errors import DocumentedError

Drop = Literal["before", "after", "body"]
DROPS = ("before", "after", "body")
GENERAL = {
    error.status: error
    for error in (
        errors.INVALID_PARAMETERS,
        errors.NO_CREDENTIAL,
        errors.INSUFFICIENT_SCOPE,
        errors.NO_SUCH_PATH,
        errors.WRONG_METHOD,
        errors.RATE_LIMIT,
        errors.SERVER_ERROR,
    )
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request."""

    status: int | None = None
    """The request is not carried out, and answered with the documented error of this status."""
    delay: float = 0.0
    """Seconds that pass before the answer."""
    drop: Drop | None = None
    """``before``: the connection is reset and the request not carried out; ``after``: it is carried out, then the
    connection is reset; ``body``: it is carried out, and the connection closed in the middle of the answer."""
    slow_body: float = 0.0
    """Seconds over which the body of the answer is spread."""

    @property
    def error(self) -> DocumentedError | None:
        """The answer in place of carrying the request out."""
        if self.status is None:
            return None
        return GENERAL.get(self.status) or errors.SERVER_ERROR._replace(status=self.status)


NO_FAULT = Fault()


class Faults:
    """The faults that are to come, the next one first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._coming: deque[Fault] = deque()

    def add(self, fault: Fault, times: int) -> None:
        with self._lock:
            self._coming.extend([fault] * times)

    def take(self) -> Fault:
        """The fault of a request that has come."""
        with self._lock:
            return self._coming.popleft() if self._coming else NO_FAULT

    def clear(self) -> None:
        with self._lock:
            self._coming.clear()
