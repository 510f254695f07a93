"""Exit codes, from which scripts can tell what happened."""

from __future__ import annotations

from enum import IntEnum

from smscx_client.exceptions import (
    ApiConnectionException,
    ApiException,
    InsufficientBalanceException,
    InsufficientScopeException,
    InvalidCredentialsException,
    RateLimitExceededException,
    ResourceNotFoundException,
    ServerErrorException,
)


class ExitCode(IntEnum):
    """Exit codes of ``smscx``. docs/command-line.md describes each one."""

    OK = 0
    NOT_ALL_VALID = 1
    USAGE = 2
    CREDENTIAL = 3
    CREDIT = 4
    REJECTED = 5
    NOT_FOUND = 6
    RATE_LIMIT = 7
    NO_RESPONSE = 8
    OUTCOME_UNKNOWN = 9
    NOT_SPENT = 10
    FILE = 11
    INTERRUPTED = 130
    BROKEN_PIPE = 141


_EXIT_CODES: tuple[tuple[type[ApiException], ExitCode], ...] = (
    (InvalidCredentialsException, ExitCode.CREDENTIAL),
    (InsufficientScopeException, ExitCode.CREDENTIAL),
    (InsufficientBalanceException, ExitCode.CREDIT),
    (ResourceNotFoundException, ExitCode.NOT_FOUND),
    (RateLimitExceededException, ExitCode.RATE_LIMIT),
    (ApiConnectionException, ExitCode.NO_RESPONSE),
    (ServerErrorException, ExitCode.NO_RESPONSE),
)


def exit_code_for(exception: ApiException) -> ExitCode:
    """Return the exit code for a call that failed."""
    if exception.outcome_unknown:
        return ExitCode.OUTCOME_UNKNOWN
    for exception_type, code in _EXIT_CODES:
        if isinstance(exception, exception_type):
            return code
    return ExitCode.REJECTED if exception.status >= 400 else ExitCode.NO_RESPONSE
