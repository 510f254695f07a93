"""The journal survives the process, and its file reveals no phone numbers."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import smscx_client
from smscx_client.journal import Batch, Journal, JournalException, digest_of

NUMBERS = ["+33612246450", "06 12 24 64 51"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal(path) as opened:
        yield opened


def record_unknown(journal: Journal, start: int = 0) -> Batch:
    """Record a batch whose outcome is unknown."""
    batch = Batch.of(start, NUMBERS, "FR")
    journal.begin(batch)
    journal.release(batch)
    return batch


def test_records_are_there_when_the_file_is_opened_again(path: Path) -> None:
    with Journal(path) as journal:
        batch = record_unknown(journal)
        completed = journal.complete(record_unknown(journal, 2), "bulk-1", 0.25, 0.125)
        free = journal.complete(record_unknown(journal, 4), None, 0.0, None)
        journal.discard(record_unknown(journal, 6))
    with Journal(path) as journal:
        assert journal.unknown() == [batch]
        assert journal.all_from(0) == [batch, completed, free]
        assert journal.first_from(1) == completed
        assert (journal.spent(), journal.price()) == (0.25, 0.125)
        assert datetime.now(timezone.utc) - journal.unknown()[0].sent_at < timedelta(minutes=1)


def test_the_file_contains_no_phone_number(path: Path) -> None:
    with Journal(path) as journal:
        batch = record_unknown(journal)
        assert batch.first_number == "**********50"
        written = path.read_bytes() + b"".join(other.read_bytes() for other in path.parent.iterdir())
    assert digest_of(NUMBERS, "FR").encode() in written
    for number in ("33612246450", "612246450", "12 24 64"):
        assert number.encode() not in written


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_only_the_owner_can_read_the_file(path: Path) -> None:
    old = os.umask(0)
    try:
        with Journal(path) as journal:
            record_unknown(journal)
            assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    finally:
        os.umask(old)


def test_every_commit_is_on_disk(journal: Journal) -> None:
    assert journal._read("PRAGMA synchronous") == [(3,)]
    assert journal._read("PRAGMA fullfsync") == [(1,)]
    assert not journal._database.in_transaction


def test_the_digest_depends_on_order_country_and_number_boundaries() -> None:
    different = [(["1", "2"], None), (["2", "1"], None), (["1", "2"], "FR"), (["12"], None), (['1", "2'], None)]
    assert len({digest_of(numbers, country) for numbers, country in different}) == len(different)


OPEN = "import sys; from smscx_client.journal import Journal; Journal(sys.argv[1])"


def test_one_process_at_a_time_can_open_the_file(path: Path) -> None:
    def opened_elsewhere() -> str:
        return subprocess.run(
            [sys.executable, "-c", OPEN, str(path)], capture_output=True, check=False, text=True, timeout=30
        ).stderr

    with Journal(path) as journal:
        record_unknown(journal)
        assert "in use by another process" in opened_elsewhere()
        with pytest.raises(JournalException, match="in use"):
            Journal(path)
        assert "in use by another process" in opened_elsewhere()  # the failed attempt released no lock
    assert "in use" not in opened_elsewhere()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_can_neither_use_nor_corrupt_the_file(journal: Journal, tmp_path: Path) -> None:
    record_unknown(journal)
    files = sorted(tmp_path.iterdir())
    child = os.fork()
    if child == 0:
        try:
            journal.close()
            journal.unknown()
        except JournalException:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert sorted(tmp_path.iterdir()) == files
    assert len(journal.unknown()) == 1


@pytest.mark.parametrize("content", [b"not a database, but long enough to be read as one" * 20, None])
def test_a_file_that_is_not_a_journal_raises_and_is_unchanged(path: Path, content: bytes | None) -> None:
    if content is None:
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE batch (start)")
        database.close()
        content = path.read_bytes()
    else:
        path.write_bytes(content)
    with pytest.raises(smscx_client.ApiValueError, match="is not a journal"):
        Journal(path)
    assert path.read_bytes() == content


def test_a_journal_of_another_version_raises(path: Path) -> None:
    with Journal(path) as journal:
        journal._write("PRAGMA user_version = 99")
    with pytest.raises(smscx_client.ApiValueError, match="another version"):
        Journal(path)


def test_a_file_that_cannot_be_created_raises_our_exception(tmp_path: Path) -> None:
    with pytest.raises(JournalException, match="cannot be opened"):
        Journal(tmp_path / "nowhere" / "journal")
    with pytest.raises(smscx_client.ApiTypeError, match="path must be str"):
        Journal(5)  # type: ignore[arg-type]


def test_a_result_that_cannot_be_recorded_is_in_the_exception(journal: Journal) -> None:
    batch = record_unknown(journal)
    journal._write("PRAGMA query_only = ON")
    with pytest.raises(JournalException, match="numbers 0 to 1 were processed as the bulk lookup bulk-1") as caught:
        journal.complete(batch, "bulk-1", 0.1, 0.1)
    assert "Settle their batch with this ID" in str(caught.value)
    journal._write("PRAGMA query_only = OFF")
    assert journal.unknown() == [batch]


def test_settling_a_batch_ends_its_unknown_outcome(journal: Journal) -> None:
    first, second = record_unknown(journal), record_unknown(journal, 2)
    journal.settle(first, "bulk-1")
    journal.settle(second, None)
    assert journal.unknown() == []
    assert journal.unpriced() == [first._replace(lookup_bulk_id="bulk-1")] == journal.all_from(0)


def test_settling_a_batch_with_wrong_arguments_raises(journal: Journal) -> None:
    first, second = record_unknown(journal), record_unknown(journal, 2)
    journal.settle(first, "bulk-1")
    wrong: list[tuple[Any, Any, type[Exception], str]] = [
        (second, "bulk-1", ValueError, "already belongs to a batch"),
        (second._replace(start=9), "bulk-2", ValueError, "is known, or they are not in the journal"),
        (second._replace(digest="0"), None, ValueError, "is known, or they are not in the journal"),
        (second, 5, TypeError, "lookup_bulk_id must be str or None, not int"),
        (2, None, TypeError, "batch must be a Batch, such as one of unknown\\(\\), not int"),
    ]
    for batch, bulk_id, error, message in wrong:
        with pytest.raises(error, match=message):
            journal.settle(batch, bulk_id)
    completed = journal.complete(record_unknown(journal, 4), "bulk-3", 0.1, 0.1)
    for bulk_id in (None, "bulk-4"):
        with pytest.raises(smscx_client.ApiValueError, match="the numbers 4 to 5 is known"):
            journal.settle(completed, bulk_id)
    assert journal.unknown() == [second]


def test_closing_waits_for_batches_that_are_being_sent(path: Path) -> None:
    journal = Journal(path)
    batch = Batch.of(0, NUMBERS, None)
    journal.begin(batch)
    assert journal.unknown() == []
    with pytest.raises(smscx_client.ApiValueError, match="being sent now"):
        journal.settle(batch, None)
    closing = threading.Thread(target=journal.close)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive()
    with pytest.raises(JournalException, match="is closed"):
        journal.begin(Batch.of(2, NUMBERS, None))
    journal.complete(batch, "bulk-1", 0.1, 0.1)
    closing.join(5)
    assert not closing.is_alive()
    journal.close()
    with pytest.raises(JournalException, match="closed"):
        journal.unknown()
    with Journal(path) as again:
        assert [batch.lookup_bulk_id for batch in again.all_from(0)] == ["bulk-1"]


def test_a_journal_without_a_path_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Journal() as journal:
        assert len(journal.unknown()) == 0
        record_unknown(journal)
        assert len(journal.unknown()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow this file name")
def test_a_file_may_have_the_name_of_an_in_memory_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        with Journal(":memory:") as journal:
            record_unknown(journal, len(journal.all_from(0)))
    assert len(journal.path or "") > len(":memory:")
    with Journal(":memory:") as journal:
        assert len(journal.unknown()) == 2
