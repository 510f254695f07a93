"""Redaction: phone numbers stay out of urllib3's logs."""

from __future__ import annotations

import logging

from smscx_client._transport.call import active_call

URLLIB3_LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry")


class PathFilter(logging.Filter):
    """Replaces the path of the active call in log records with the path of its operation, which has no arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        call = active_call.get()
        if call is not None and isinstance(record.args, tuple):
            record.args = tuple(
                part.replace(call.target, call.operation.path) if isinstance(part, str) else part
                for part in record.args
            )
        return True


def redact_urllib3_logs() -> None:
    """Keep phone numbers out of urllib3's logs."""
    for name in URLLIB3_LOGGERS:
        logging.getLogger(name).addFilter(PathFilter())
