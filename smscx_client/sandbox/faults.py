"""Fault injection: failures that the next requests meet."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from smscx_client.sandbox import errors
from smscx_client.sandbox.errors import DocumentedError

Drop = Literal["before", "after", "body"]
DROPS = ("before", "after", "body")
_GATEWAY_STATUSES = (502, 503, 504)
STATUS_ERRORS = {
    error.status: error
    for error in (
        errors.INVALID_PARAMETERS,
        errors.INVALID_CREDENTIAL,
        errors.INSUFFICIENT_SCOPE,
        errors.ENDPOINT_NOT_FOUND,
        errors.METHOD_NOT_ALLOWED,
        errors.RATE_LIMIT_EXCEEDED,
        errors.INTERNAL_SERVER_ERROR,
        *(errors.INTERNAL_SERVER_ERROR._replace(status=status) for status in _GATEWAY_STATUSES),
    )
}
"""Errors that any request can meet, by status."""


@dataclass(frozen=True)
class Fault:
    """A failure of one request.

    Raises:
        ValueError: There is no such status or drop.
    """

    status: int | None = None
    """Respond with the error of this status, and do not process the request."""
    delay: float = 0.0
    """Seconds to wait before the response."""
    drop: Drop | None = None
    """``before``: reset the connection without processing the request; ``after``: process the request, then reset the
    connection; ``body``: process the request, then close the connection in the middle of the response body."""
    slow_body: float = 0.0
    """Seconds that sending the response body takes."""

    def __post_init__(self) -> None:
        if self.drop is not None and self.drop not in DROPS:
            raise ValueError(f"drop must be one of {', '.join(DROPS)}, not {self.drop!r}")
        if self.status is not None and self.status not in STATUS_ERRORS:
            raise ValueError(f"status must be one of {', '.join(map(str, STATUS_ERRORS))}, not {self.status!r}")

    @property
    def error(self) -> DocumentedError | None:
        """Error to respond with instead of processing the request."""
        return None if self.status is None else STATUS_ERRORS[self.status]


NO_FAULT = Fault()


class FaultQueue:
    """Faults of the next requests."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: deque[Fault] = deque()

    def add(self, fault: Fault, times: int) -> None:
        with self._lock:
            self._faults.extend([fault] * times)

    def take(self) -> Fault:
        """Remove and return the fault of the next request."""
        with self._lock:
            return self._faults.popleft() if self._faults else NO_FAULT

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
