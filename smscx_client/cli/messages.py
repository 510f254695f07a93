"""Messages to the user: one line each, on standard error."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import TypeVar

import click

from smscx_client.cli.exit_codes import ExitCode, exit_code_for
from smscx_client.exceptions import ApiException

T = TypeVar("T")

# Control characters, line and paragraph separators, characters that change the text direction, and lone surrogates.
# Line breaks are allowed. Zero-width joiners are not in the list, because emoji and some scripts need them.
UNPRINTABLE = r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
CANNOT_USE_RESPONSE = "The service sent a response that cannot be used"
# What reading a malformed response raises: ApiTypeError and ApiValueError are among these.
MALFORMED = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError)
STANDARD_ERROR = 2
_HINTS = {
    ExitCode.CREDENTIAL: "Set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN in the environment, or pass --api-key-file.",
    ExitCode.CREDIT: "You were not charged. Top up the account.",
    ExitCode.RATE_LIMIT: "The request was rejected and not charged.",
}


class Failure(Exception):
    """Ends the command with one line on standard error and an exit code."""

    def __init__(self, code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def print_message(message: str) -> None:
    """Print one line to standard error. A failure to write must not end a command that was already charged."""
    try:
        click.echo(f"smscx: {escape_unprintable(' '.join(message.split()))}", err=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # otherwise Python writes again at exit


def print_from_signal_handler(message: str) -> None:
    """Print one line to standard error without Python's buffer, which the interrupted code may be using."""
    with suppress(OSError):
        os.write(STANDARD_ERROR, f"smscx: {escape_unprintable(message)}\n".encode())


def escape_unprintable(text: str) -> str:
    """Escape control characters. A received SMS may contain escape sequences for the terminal."""
    return re.sub(UNPRINTABLE, lambda found: found[0].encode("unicode_escape").decode(), text)


def escape_line(text: str) -> str:
    """Escape control characters and line breaks, for text that must stay on one line."""
    return escape_unprintable(text).replace("\n", "\\n")


def required(value: T | None, field: str) -> T:
    """Return a field of a response that must not be None.

    Raises:
        Failure: the service did not send the field, or the value is not usable.
    """
    if value is None:
        raise Failure(ExitCode.NO_RESPONSE, f"{CANNOT_USE_RESPONSE}: {field} is missing or not valid.")
    return value


def failure_from(exception: ApiException) -> Failure:
    """Return the failure with which the command reports an exception."""
    code = exit_code_for(exception)
    parts = [
        f"{exception.operation}:",
        f"{exception.status} {exception.reason}." if exception.status else f"no response: {exception.reason}.",
        f"{explanation}." if (explanation := exception._service_message()) else "",
        _HINTS.get(code, ""),
        f"Retry in {exception.retry_after:.0f} s." if exception.retry_after is not None else "",
        f"Request ID: {exception.request_id}" if exception.request_id else "",
    ]
    return Failure(code, " ".join(part for part in parts if part))
