"""What a process exits with, so that scripts can tell what happened."""

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
    """Exit codes of ``smscx``; the guide says what each is for."""

    DONE = 0
    NOT_ALL_VALID = 1
    USAGE = 2
    CREDENTIAL = 3
    CREDIT = 4
    REFUSED = 5
    NOT_FOUND = 6
    RATE_LIMIT = 7
    NO_ANSWER = 8
    OUTCOME_UNKNOWN = 9
    NOT_SPENT = 10
    FILE = 11
    INTERRUPTED = 130
    READER_GONE = 141


_CODES: tuple[tuple[type[ApiException], ExitCode], ...] = (
    (InvalidCredentialsException, ExitCode.CREDENTIAL),
    (InsufficientScopeException, ExitCode.CREDENTIAL),
    (InsufficientBalanceException, ExitCode.CREDIT),
    (ResourceNotFoundException, ExitCode.NOT_FOUND),
    (RateLimitExceededException, ExitCode.RATE_LIMIT),
    (ApiConnectionException, ExitCode.NO_ANSWER),
    (ServerErrorException, ExitCode.NO_ANSWER),
)


def code_of(exception: ApiException) -> ExitCode:
    """The exit code for a call that failed."""
    if exception.outcome_unknown:
        return ExitCode.OUTCOME_UNKNOWN
    for kind, code in _CODES:
        if isinstance(exception, kind):
            return code
    return ExitCode.REFUSED if exception.status >= 400 else ExitCode.NO_ANSWER
