"""Journal: what was sent and what came of it, so that a call that costs money is charged at most once."""

from typing import TYPE_CHECKING

from smscx_client.journal.intents import Intent, JournalException, UnknownOutcomeException
from smscx_client.journal.sqlite import Journal

if TYPE_CHECKING:
    from smscx_client.journal.postgres import JobProgress, PostgresJournal, job_progress

__all__ = [
    "Intent",
    "JobProgress",
    "Journal",
    "JournalException",
    "PostgresJournal",
    "UnknownOutcomeException",
    "job_progress",
]


def __getattr__(name: str) -> object:
    if name in ("PostgresJournal", "JobProgress", "job_progress"):  # psycopg is an extra
        from smscx_client.journal import postgres

        return getattr(postgres, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
