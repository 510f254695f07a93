"""Log output without code: the environment variable ``SMSCX_LOG`` and the option ``-v`` of the command line."""

from __future__ import annotations

import logging
import sys
import warnings
from contextlib import suppress

LEVELS = ("debug", "info")


class StderrHandler(logging.Handler):
    """Writes records to standard error, unless the program configures logging itself."""

    def emit(self, record: logging.LogRecord) -> None:
        logger: logging.Logger | None = logging.getLogger(record.name)
        while logger:
            if any(not isinstance(handler, (StderrHandler, logging.NullHandler)) for handler in logger.handlers):
                return
            logger = logger.parent if logger.propagate else None
        with suppress(OSError, ValueError, AttributeError):  # a stream that is full, closed or missing ends no call
            sys.stderr.write(f"{self.format(record)}\n")


def log_to_stderr(level: str) -> None:
    """Log to standard error from a level on; warn if there is no such level."""
    if level.lower() not in LEVELS:
        warnings.warn(f"SMSCX_LOG must be {' or '.join(LEVELS)}; nothing is logged", stacklevel=3)
        return
    logger = logging.getLogger("smscx_client")
    logger.setLevel(level.upper())
    if not any(isinstance(handler, StderrHandler) for handler in logger.handlers):
        handler = StderrHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logger.addHandler(handler)
