"""Threads that use a new journal at the same time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from smscx_client import ApiClient, Configuration
from smscx_client.journal import Journal

THREADS, JOURNALS = 4, 100


@pytest.fixture(autouse=True)
def _switch_often() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_threads_that_use_a_new_journal_first_bind_it_once() -> None:
    client = ApiClient(Configuration("http://127.0.0.1:1", "key"))
    for _ in range(JOURNALS):
        with Journal() as journal:
            start = threading.Barrier(THREADS)
            threads = [threading.Thread(target=bind, args=(journal, client, start)) for _ in range(THREADS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            journal.bind(client)  # raises if it is bound twice


def bind(journal: Journal, client: ApiClient, start: threading.Barrier) -> None:
    start.wait()
    journal.bind(client)
