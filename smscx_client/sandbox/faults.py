"""Fault injection: failures that the next requests meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smscx_client.sandbox import errors
from smscx_client.sandbox.contract import documented_errors

Drop = Literal["before", "after", "body"]
DROPS = ("before", "after", "body")
_GATEWAY_ERRORS = [errors.INTERNAL_SERVER_ERROR._replace(status=status) for status in (502, 503, 504)]
STATUS_ERRORS = {error.status: error for error in (errors.INVALID_PARAMETERS, *errors.GENERAL, *_GATEWAY_ERRORS)}
"""Errors that any request can meet, by status."""


@dataclass(frozen=True)
class Fault:
    """A failure of one request. :meth:`Sandbox.fail_next` explains the fields."""

    operation: str | None = None
    """Operation that it is for; None for any request."""
    error: errors.DocumentedError | None = None
    """Error to respond with instead of processing the request."""
    retry_after: int | None = None
    delay: float = 0.0
    drop: Drop | None = None
    slow_body: float = 0.0
    malformed_json: bool = False
    interim_responses: int = 0
    unsolicited_bytes: int = 0


NO_FAULT = Fault()


def find_error(
    api_version: str, operation: str | None, status: int | None, code: int | None
) -> errors.DocumentedError | None:
    """Return the error of a status, of a code, or of both.

    Raises:
        ValueError: There is no such error, or the operation does not document it.
    """
    if code is None:
        if status not in (None, *STATUS_ERRORS):
            raise ValueError(f"status must be one of {', '.join(map(str, STATUS_ERRORS))}, not {status!r}")
        return None if status is None else STATUS_ERRORS[status]
    known = documented_errors(api_version, operation)
    found = [error for error in known if error.code == code and status in (None, error.status)]
    if found:
        return found[0]
    codes = ", ".join(map(str, sorted({error.code for error in known})))
    raise ValueError(f"error_code of {operation or 'any operation'} must be one of {codes}, not {code!r}")


class FaultQueue:
    """Faults of the next requests."""

    def __init__(self) -> None:
        self._faults: list[tuple[Fault, int]] = []

    def add(self, fault: Fault, times: int) -> None:
        self._faults.append((fault, times))

    def pending(self) -> list[tuple[Fault, int]]:
        """Return the faults of the next requests, in their order, and how many requests each one is left for."""
        return list(self._faults)

    def take(self, operation: str | None) -> Fault:
        """Return the fault that the next request of an operation meets."""
        for index, (fault, times) in enumerate(self._faults):
            if fault.operation in (None, operation):
                self._faults[index : index + 1] = [(fault, times - 1)] if times > 1 else []
                return fault
        return NO_FAULT
