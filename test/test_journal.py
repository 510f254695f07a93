"""Journal: what was paid outlives the process, and tells little to who finds it."""

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


def begun(journal: Journal, start: int = 0) -> Batch:
    """A batch in doubt."""
    batch = Batch.of(start, NUMBERS, "FR")
    journal.begin(batch)
    journal.leave(batch)
    return batch


def test_what_was_written_is_there_when_the_file_is_opened_again(path: Path) -> None:
    with Journal(path) as journal:
        batch = begun(journal)
        answered = journal.answered(begun(journal, 2), "bulk-1", 0.25, 0.125)
        nothing = journal.answered(begun(journal, 4), None, 0.0, None)
        journal.withdraw(begun(journal, 6))
    with Journal(path) as journal:
        assert journal.unknown() == [batch]
        assert journal.all_from(0) == [batch, answered, nothing]
        assert journal.first_from(1) == answered
        assert (journal.spent(), journal.price()) == (0.25, 0.125)
        assert datetime.now(timezone.utc) - journal.unknown()[0].sent_at < timedelta(minutes=1)


def test_the_file_holds_no_number(path: Path) -> None:
    with Journal(path) as journal:
        batch = begun(journal)
        assert batch.first_number == "**********50"
        written = path.read_bytes() + b"".join(other.read_bytes() for other in path.parent.iterdir())
    assert digest_of(NUMBERS, "FR").encode() in written
    for number in ("33612246450", "612246450", "12 24 64"):
        assert number.encode() not in written


@pytest.mark.skipif(os.name != "posix", reason="POSIX rights")
def test_only_its_owner_can_read_the_file(path: Path) -> None:
    old = os.umask(0)
    try:
        with Journal(path) as journal:
            begun(journal)
            assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    finally:
        os.umask(old)


def test_a_commit_is_on_the_disk(journal: Journal) -> None:
    assert journal._read("PRAGMA synchronous") == [(3,)]
    assert journal._read("PRAGMA fullfsync") == [(1,)]
    assert not journal._database.in_transaction


def test_the_digest_tells_order_country_and_where_a_number_ends() -> None:
    different = [(["1", "2"], None), (["2", "1"], None), (["1", "2"], "FR"), (["12"], None), (['1", "2'], None)]
    assert len({digest_of(numbers, country) for numbers, country in different}) == len(different)


OPEN = "import sys; from smscx_client.journal import Journal; Journal(sys.argv[1])"


def test_a_file_is_open_in_one_process_at_a_time(path: Path) -> None:
    def opened_elsewhere() -> str:
        return subprocess.run(
            [sys.executable, "-c", OPEN, str(path)], capture_output=True, check=False, text=True, timeout=30
        ).stderr

    with Journal(path) as journal:
        begun(journal)
        assert "in use by another process" in opened_elsewhere()
        with pytest.raises(JournalException, match="in use"):
            Journal(path)
        assert "in use by another process" in opened_elsewhere()  # the failed opening gave up no lock
    assert "in use" not in opened_elsewhere()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_cannot_use_it_nor_spoil_it(journal: Journal, tmp_path: Path) -> None:
    begun(journal)
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


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as one" * 20, None])
def test_a_file_that_is_no_journal_is_refused_and_left_alone(path: Path, content: bytes | None) -> None:
    if content is None:
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE batch (start)")
        database.close()
        content = path.read_bytes()
    else:
        path.write_bytes(content)
    with pytest.raises(smscx_client.ApiValueError, match="is no journal"):
        Journal(path)
    assert path.read_bytes() == content


def test_a_journal_of_another_version_is_refused(path: Path) -> None:
    with Journal(path) as journal:
        journal._write("PRAGMA user_version = 99")
    with pytest.raises(smscx_client.ApiValueError, match="another version"):
        Journal(path)


def test_a_file_that_cannot_be_made_raises_ours(tmp_path: Path) -> None:
    with pytest.raises(JournalException, match="cannot be opened"):
        Journal(tmp_path / "nowhere" / "journal")
    with pytest.raises(smscx_client.ApiTypeError, match="path must be str"):
        Journal(5)  # type: ignore[arg-type]


def test_an_answer_that_cannot_be_written_is_told(journal: Journal) -> None:
    batch = begun(journal)
    journal._write("PRAGMA query_only = ON")
    with pytest.raises(JournalException, match="numbers 0 to 1 were answered: their bulk lookup is bulk-1") as caught:
        journal.answered(batch, "bulk-1", 0.1, 0.1)
    assert "Settle them so" in str(caught.value)
    journal._write("PRAGMA query_only = OFF")
    assert journal.unknown() == [batch]


def test_a_batch_is_settled_once_its_outcome_is_found(journal: Journal) -> None:
    first, second = begun(journal), begun(journal, 2)
    journal.settle(first, "bulk-1")
    journal.settle(second, None)
    assert journal.unknown() == []
    assert journal.unpriced() == [first._replace(lookup_bulk_id="bulk-1")] == journal.all_from(0)


def test_settling_refuses_what_makes_no_sense(journal: Journal) -> None:
    first, second = begun(journal), begun(journal, 2)
    journal.settle(first, "bulk-1")
    wrong: list[tuple[Any, Any, type[Exception], str]] = [
        (second, "bulk-1", ValueError, "is that of a batch already"),
        (second._replace(start=9), "bulk-2", ValueError, "is known, or the journal"),
        (second._replace(digest="0"), None, ValueError, "is known, or the journal"),
        (second, 5, TypeError, "lookup_bulk_id must be str or None, not int"),
        (2, None, TypeError, "settle takes a Batch, not int"),
    ]
    for batch, bulk_id, error, message in wrong:
        with pytest.raises(error, match=message):
            journal.settle(batch, bulk_id)
    answered = journal.answered(begun(journal, 4), "bulk-3", 0.1, 0.1)
    for bulk_id in (None, "bulk-4"):
        with pytest.raises(smscx_client.ApiValueError, match="the numbers 4 to 5 is known"):
            journal.settle(answered, bulk_id)
    assert journal.unknown() == [second]


def test_a_batch_that_is_being_sent_is_not_in_doubt_yet_and_close_waits_for_it(path: Path) -> None:
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
    journal.answered(batch, "bulk-1", 0.1, 0.1)
    closing.join(5)
    assert not closing.is_alive()
    journal.close()
    with pytest.raises(JournalException, match="closed"):
        journal.unknown()
    with Journal(path) as again:
        assert [batch.lookup_bulk_id for batch in again.all_from(0)] == ["bulk-1"]


def test_without_a_file_a_journal_is_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Journal() as journal:
        assert len(journal.unknown()) == 0
        begun(journal)
        assert len(journal.unknown()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such file names")
def test_a_file_may_have_the_name_that_sqlite_has_for_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        with Journal(":memory:") as journal:
            begun(journal, len(journal.all_from(0)))
    assert len(journal.path or "") > len(":memory:")
    with Journal(":memory:") as journal:
        assert len(journal.unknown()) == 2
