"""What the program says to people, on standard error: one line at a time."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress

import click

from smscx_client.cli.exit_codes import ExitCode, code_of
from smscx_client.exceptions import ApiException

# What moves the cursor, turns the direction of text, or cannot be written in UTF-8. A line break may stay.
_UNPRINTABLE = r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
STANDARD_ERROR = 2
_HINTS = {
    ExitCode.CREDENTIAL: "Set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN in the environment, or give --api-key-file.",
    ExitCode.CREDIT: "This call cost nothing.",
    ExitCode.RATE_LIMIT: "This call was not carried out.",
}


class Failure(Exception):
    """Ends the program with one line on standard error and an exit code."""

    def __init__(self, code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def say(text: str) -> None:
    """Write one line to standard error. That nobody can read it must not end a command that has paid."""
    try:
        click.echo(f"smscx: {printable(' '.join(text.split()))}", err=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # or Python would try again at its end


def say_at_once(text: str) -> None:
    """Write one line to standard error from a signal's handler, which may have interrupted :func:`say`."""
    with suppress(OSError):
        os.write(STANDARD_ERROR, f"smscx: {printable(text)}\n".encode())


def printable(text: str) -> str:
    """A text that a terminal shows and does not obey: received SMS hold what their senders like."""
    return re.sub(_UNPRINTABLE, lambda found: found[0].encode("unicode_escape").decode(), text)


def failure_of(exception: ApiException) -> Failure:
    """The failure that a call's exception is."""
    code = code_of(exception)
    retry_after: float | None = getattr(exception, "retry_after", None)
    parts = [
        f"{exception.operation}:",
        f"{exception.status} {exception.reason}." if exception.status else f"no answer: {exception.reason}.",
        f"{said}." if (said := exception._service_said()) else "",
        _HINTS.get(code, ""),
        f"Try again in {retry_after:.0f} s." if retry_after is not None else "",
        f"Request id: {exception.request_id}" if exception.request_id else "",
    ]
    return Failure(code, " ".join(part for part in parts if part))
