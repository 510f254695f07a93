"""Redaction: phone numbers stay out of urllib3's logs."""

from __future__ import annotations

import logging

from smscx_client._transport.call import Call, active_call

URLLIB3_LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry")


class PathFilter(logging.Filter):
    """Replaces the path of the active call in log records with the path of its operation, which has no arguments.

    Of an exception it keeps the class: its message may quote the response.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        call = active_call.get()
        if call is not None and isinstance(record.args, tuple):
            record.args = tuple(_redacted(call, part) for part in record.args)
            record.exc_info = None
        return True


def _redacted(call: Call, part: object) -> object:
    if isinstance(part, str):
        return part.replace(call.target, call.operation.path)
    return type(part).__name__ if isinstance(part, Exception) else part


def redact_urllib3_logs() -> None:
    """Keep phone numbers out of urllib3's logs."""
    for name in URLLIB3_LOGGERS:
        logging.getLogger(name).addFilter(PathFilter())
