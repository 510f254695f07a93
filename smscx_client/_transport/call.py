"""One call: its operation, its limits and its deadline."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from socket import socket
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from smscx_client.operation import Operation

NEVER = float("inf")


class AttemptRecorder(Protocol):
    """Records the attempts of a call that must not be processed twice."""

    def before_send(self) -> None:
        """Record that the request is about to be sent: the connection is open, and its first byte comes next.

        An exception ends the call, and nothing was sent.
        """

    def not_processed(self) -> None:
        """Record that the attempt was certainly not processed."""


class Call:
    """What the attempts of one call share.

    Args:
        operation: The operation.
        target: Path and query of the request.
        total_timeout: Seconds until the call must end; None means no limit.
        timeouts: Connect and read timeout of each attempt in seconds; None uses the configuration's.
        retries: How many retries are allowed.
        stream: Whether the body of a successful response is left for the caller to read.
    """

    __slots__ = ("deadline", "operation", "recorder", "retries", "stream", "target", "timeouts", "total_timeout")

    def __init__(
        self,
        operation: Operation[Any],
        target: str,
        total_timeout: float | None,
        timeouts: tuple[float | None, float | None] | None,
        retries: int,
        stream: bool,
    ) -> None:
        self.operation = operation
        self.target = target
        self.total_timeout = total_timeout
        self.deadline: float = NEVER if total_timeout is None else time.monotonic() + total_timeout
        """When the call must end, by the monotonic clock."""
        self.timeouts = timeouts
        self.retries = retries
        self.stream = stream
        self.recorder: AttemptRecorder | None = None if operation.idempotent else _recorder.get()

    def remaining(self) -> float:
        """Return the seconds left; infinity if there is no limit."""
        return self.deadline - time.monotonic()

    def limit(self, timeout: float | None) -> float | None:
        """Return the smaller of a timeout and the time left.

        Raises:
            TimeoutError: no time is left.
        """
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the total timeout is over")
        if timeout is not None and timeout <= remaining:
            return timeout
        return None if remaining == NEVER else remaining

    def limit_socket(self, connection: socket) -> None:
        """Give the next operation on a socket no more than the time left.

        Raises:
            TimeoutError: no time is left.
        """
        if self.deadline - time.monotonic() < (connection.gettimeout() or NEVER):
            connection.settimeout(self.limit(None))


_recorder: ContextVar[AttemptRecorder | None] = ContextVar("_recorder", default=None)


@contextmanager
def recorded_by(recorder: AttemptRecorder) -> Generator[None]:
    """Record the attempts of the calls of this thread whose operation is not idempotent."""
    token = _recorder.set(recorder)
    try:
        yield
    finally:
        _recorder.reset(token)


active_call: ContextVar[Call | None] = ContextVar("active_call", default=None)
"""The call whose request is being sent or whose response is being read. Connections and log filters need it."""
