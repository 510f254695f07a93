"""The journal of the tests that run with both: SQLite, or PostgreSQL if ``SMSCX_TEST_JOURNAL`` is ``postgres``."""

from __future__ import annotations

import os
from pathlib import Path

from smscx_client.journal import Journal
from support import postgres

ON_POSTGRES = os.environ.get("SMSCX_TEST_JOURNAL") == "postgres"


def open_journal(path: Path, *, must_exist: bool = False, account: str | None = None) -> Journal:
    """Open the journal of a path. In PostgreSQL the path is the name of a job."""
    if not ON_POSTGRES:
        return Journal(path, must_exist=must_exist, account=account)
    from smscx_client.journal.postgres import PostgresJournal  # psycopg is an extra

    return PostgresJournal(postgres.url(), job=str(path), account=account)


def delete_journals() -> None:
    """Delete the journals of earlier tests, whose sandboxes gave out the same IDs."""
    if ON_POSTGRES:
        postgres.empty_database()
