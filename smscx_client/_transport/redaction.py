"""Redaction: phone numbers stay out of urllib3's log."""

from __future__ import annotations

import logging
import re

_NUMBER_IN_PATH = re.compile(r"(/numbers/(?:validate|lookup)/)(?!lookup(?:Bulk)?Id/)[^/?\s]+")


class PhoneNumberFilter(logging.Filter):
    """Masks phone numbers in urllib3's log records, which contain the path of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(part) if isinstance(part, str) else part for part in record.args)
        return True


def _masked(text: str) -> str:
    return _NUMBER_IN_PATH.sub(r"\1{phoneNumber}", text)


def redact_urllib3_log() -> None:
    """Mask phone numbers in urllib3's log."""
    logging.getLogger("urllib3.connectionpool").addFilter(PhoneNumberFilter())
