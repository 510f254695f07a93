"""A journal survives its process, belongs to one process and one account, and never lets an unrecorded call through."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import smscx_client
from smscx_client import ApiClient, ApiException, ApiTypeError, ApiValueError
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.bulk import lookup_all
from smscx_client.http_info import Attempt
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.journal import Journal, JournalException
from smscx_client.models import NumbersLookupRequest, RentNumberRequest
from smscx_client.outcome import NotProcessed, Processed
from smscx_client.sandbox import Sandbox
from support.fast_clock import FastClock
from support.journals import by_key, french, lose, lose_rental, offer, rentals, sent
from support.scripted_server import no_server_url

pytestmark = pytest.mark.journal
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal(path) as opened:
        yield opened


@pytest.fixture
def keyed(api: NumbersApi, journal: Journal, fast_clock: FastClock, sandbox: Sandbox) -> IdempotentNumbersApi:
    fast_clock.followers.append(sandbox)
    return IdempotentNumbersApi(api, journal)


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """Return a directory in which a commit takes no time, if the system has one."""
    shared_memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared_memory if shared_memory.is_dir() else None) as name:
        yield Path(name)


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def program(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a program that may use what the tests use."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("COV")
    }  # the disk may be full
    environment = {**inherited, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment)


def run(code: str, *arguments: object) -> tuple[str, str]:
    """Run a program, and return its output and its errors."""
    return program(code, *arguments).communicate(timeout=60)


# ---- one process, many threads

OPEN = "import sys; from smscx_client.journal import Journal; Journal(sys.argv[1])"


def test_one_process_at_a_time_can_open_the_file(path: Path, api: NumbersApi) -> None:
    with Journal(path) as journal:
        IdempotentNumbersApi(api, journal).rent_number(offer(api), idempotency_key="k")
        assert "in use by another process" in run(OPEN, path)[1]
        with pytest.raises(JournalException, match="open already"):
            Journal(path)
        assert "in use by another process" in run(OPEN, path)[1]  # the failed attempts released no lock
    assert run(OPEN, path) == ("", "")
    with Journal(path) as journal:
        assert [intent.key for intent in journal.entries()] == ["k"]


def test_the_threads_of_a_process_share_the_journal(
    keyed: IdempotentNumbersApi, api: NumbersApi, journal: Journal
) -> None:
    requests = [offer(api, index) for index in range(6)]
    made: dict[int, str] = {}

    def rent(index: int) -> None:
        made[index] = keyed.rent_number(requests[index], idempotency_key=f"k{index}").info.rent_id

    threads = [threading.Thread(target=rent, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key: intent.result_id for key, intent in by_key(journal).items()} == {f"k{n}": made[n] for n in range(6)}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_cannot_use_the_journal(
    keyed: IdempotentNumbersApi, journal: Journal, api: NumbersApi, tmp_path: Path
) -> None:
    keyed.rent_number(offer(api), idempotency_key="k")
    files = sorted(tmp_path.iterdir())
    child = os.fork()
    if child == 0:  # pragma: no cover - coverage does not see a child that ends with _exit
        uses: list[Callable[[], object]] = [
            journal.entries,
            journal.unresolved,
            journal.total_cost,
            journal.rebind,
            lambda: journal.prune(older_than=timedelta(0)),
            lambda: keyed.cancel_rent("id", idempotency_key="k2"),
        ]
        refused = 0
        for use in uses:
            try:
                use()
            except JournalException:
                refused += 1
        journal.close()
        os._exit(refused)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 6
    assert sorted(tmp_path.iterdir()) == files
    assert [intent.key for intent in journal.entries()] == ["k"]


RECORDING = """
import os, sys, threading, time, warnings
from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.journal import Journal
from smscx_client.models import NumbersLookupRequest

warnings.simplefilter("ignore")
url, key, path, run, forks = sys.argv[1:]
journal = Journal(path)
client = ApiClient(Configuration(url, key, proxy=False, retries=0))
calls = IdempotentNumbersApi(NumbersApi(client), journal)

def record():
    for number in range(1000):
        request = NumbersLookupRequest([f"+3361{int(run):02}{number:05}"])
        calls.lookup_numbers(request, idempotency_key=f"{run}-{number}")
        print(f"{run}-{number}", flush=True)

threading.Thread(target=record, daemon=True).start()
while forks == "no":
    time.sleep(1)
while True:
    child = os.fork()
    if child == 0:
        sys.exit()  # as a program ends: the interpreter finalizes every object
    os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_that_exits_does_not_damage_the_file_of_its_parent(sandbox: Sandbox, path: Path) -> None:
    chance = random.Random(3)
    recorded: list[str] = []
    for round_number in range(4):
        parent = program(RECORDING, sandbox.url, sandbox.api_key, path, round_number, "forks")
        assert parent.stdout is not None
        recorded += [parent.stdout.readline().strip() for _ in range(chance.randint(5, 20))]
        time.sleep(chance.random() * 0.02)
        parent.kill()
        parent.communicate(timeout=30)
        with Journal(path, must_exist=True) as journal:
            found = by_key(journal)
            assert [key for key in recorded if found[key].state != "done"] == []
            assert len(journal.unresolved()) <= round_number + 1
    assert len(recorded) >= 20


FORKING_IN_A_TRANSACTION = """
import gc, os, pathlib, sqlite3, sys
from smscx_client.journal import Journal

journal = Journal(sys.argv[1])
(database,) = (one for one in gc.get_objects() if isinstance(one, sqlite3.Connection))
database.execute("BEGIN IMMEDIATE")
database.execute("INSERT INTO binding VALUES ('host', 'account')")
rollback_journal = pathlib.Path(sys.argv[1] + "-journal")
before = rollback_journal.read_bytes()
child = os.fork()
if child == 0:
    sys.exit()
os.waitpid(child, 0)
print(len(before) > 0, rollback_journal.read_bytes() == before)
database.execute("COMMIT")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_that_exits_does_not_roll_back_a_transaction_of_its_parent(path: Path) -> None:
    """Without the rollback journal, a crash of the parent while it commits would leave a damaged file."""
    assert run(FORKING_IN_A_TRANSACTION, path) == ("True True\n", "")
    assert run(OPEN, path) == ("", "")


# ---- files


def test_records_are_there_when_the_file_is_opened_again(path: Path, api: NumbersApi, sandbox: Sandbox) -> None:
    with Journal(path) as journal:
        keyed = IdempotentNumbersApi(api, journal)
        rented = keyed.rent_number(offer(api), idempotency_key="done")
        with pytest.raises(smscx_client.InvalidRequestException):
            keyed.rent_number(RentNumberRequest("no id", 7), idempotency_key="refused")
        lose_rental(sandbox, api, journal, "open")
        before = journal.entries()
    with Journal(path, must_exist=True) as journal:
        assert journal.entries() == before
        assert {key: intent.state for key, intent in by_key(journal).items()} == {
            "done": "done",
            "refused": "refused",
            "open": "open",
        }
        assert by_key(journal)["done"].result_id == rented.info.rent_id
        assert journal.unresolved() == [by_key(journal)["open"]]
        assert journal.total_cost() == rented.info.rent_cost + (rented.info.setup_cost or 0)


def test_a_missing_file_raises_if_it_must_exist(path: Path) -> None:
    with pytest.raises(JournalException, match="does not exist"):
        Journal(path, must_exist=True)
    assert not path.exists()


def test_a_file_that_cannot_be_created_raises_our_exception(tmp_path: Path) -> None:
    with pytest.raises(JournalException, match="cannot be opened"):
        Journal(tmp_path / "nowhere" / "journal")
    for wrong in (5, b"journal", ["journal"]):
        with pytest.raises(ApiTypeError, match="path must be str"):
            Journal(wrong)  # type: ignore[arg-type]
    with pytest.raises(ApiTypeError, match="account must be str"):
        Journal(tmp_path / "journal", account=5)  # type: ignore[arg-type]


def alter(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()


def make_symlink(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to(path.with_name("other"))


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_another_database(path: Path) -> None:
    path.unlink()
    alter(path, "CREATE TABLE intent (id)")
    path.chmod(0o600)


def give_to_another_user(path: Path) -> None:
    try:
        os.chown(path, 65534, 65534)
    except PermissionError:
        pytest.skip("only root can give files away")


NOT_A_JOURNAL: list[Callable[[Path], object]] = [
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"not a database, but long enough to be read as one" * 20),
    lambda path: alter(path, "PRAGMA user_version = 99"),
    lambda path: alter(path, "PRAGMA application_id = 7"),
    lambda path: alter(path, "CREATE TRIGGER t AFTER INSERT ON intent BEGIN DELETE FROM intent; END"),
    lambda path: alter(path, "CREATE VIEW v AS SELECT 1"),
    lambda path: alter(path, "CREATE TABLE other (id)"),
    lambda path: alter(path, "DROP INDEX intent_open"),
    lambda path: alter(path, "ALTER TABLE binding ADD COLUMN other"),
    make_another_database,
    pytest.param(make_symlink, marks=posix),
    make_directory,
    pytest.param(lambda path: (path.unlink(), os.mkfifo(path)), marks=posix),
    pytest.param(lambda path: path.chmod(0o620), marks=posix),
    pytest.param(lambda path: path.chmod(0o602), marks=posix),
    pytest.param(give_to_another_user, marks=posix),
]  # type: ignore[assignment]


@pytest.mark.parametrize(
    "change",
    NOT_A_JOURNAL,
    ids=[
        "empty",
        "text",
        "another version",
        "another application",
        "trigger",
        "view",
        "another table",
        "no index",
        "another column",
        "another database",
        "symlink",
        "directory",
        "fifo",
        "group-writable",
        "writable",
        "another user",
    ],
)
def test_a_file_that_is_not_a_safe_journal_raises_and_is_unchanged(
    path: Path, change: Callable[[Path], object]
) -> None:
    Journal(path).close()
    change(path)
    content = path.read_bytes() if path.is_file() else b""
    names = sorted(path.parent.iterdir())
    with pytest.raises(
        ApiValueError, match=r"pass (another path|a journal of your own)|that a journal does not have"
    ) as caught:
        Journal(path)
    assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.is_file() else b"") == content
    assert sorted(path.parent.iterdir()) == names


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """Return a journal with intents of each state, of both kinds, and the ID of the rental that it cancelled."""
    path = tmp_path_factory.mktemp("written") / "journal"
    with Sandbox() as sandbox, ApiClient(sandbox.configuration(retries=0)) as client, Journal(path) as journal:
        api = NumbersApi(client)
        keyed = IdempotentNumbersApi(api, journal)
        rent_id = keyed.rent_number(offer(api), idempotency_key="rent").info.rent_id
        keyed.cancel_rent(rent_id, idempotency_key="cancel")
        keyed.lookup_numbers(NumbersLookupRequest(french(20)), idempotency_key="lookup")
        with pytest.raises(ApiException):
            keyed.cancel_rent(rent_id, idempotency_key="refused")
        lose_rental(sandbox, api, journal, "open")
        list(lookup_all(api, french(6, 50), batch_size=3, journal=journal, wait_for_results=lambda *_: ()))
    return path.read_bytes(), rent_id


def use_everything(path: Path, api: NumbersApi, rent_id: str) -> None:
    with Journal(path) as journal:
        journal.total_cost()
        journal.unresolved()
        journal.rebind()
        for key in ("cancel", "refused"):
            try:
                IdempotentNumbersApi(api, journal).cancel_rent(rent_id, idempotency_key=key)
            except ApiException:
                pass  # it was refused, or the journal no longer says so and nothing listens
        for intent in journal.entries():
            intent.describe()
            try:
                journal.resolve(intent, NotProcessed())
            except ApiValueError:
                pass  # its result was used
        journal.prune(older_than=timedelta(0))


def damaged(content: bytes, chance: random.Random) -> Iterator[bytes]:
    """Yield the file with damage of many kinds."""
    for length in sorted(
        {0, 1, 16, 99, 100, 511, 512, 4095, 4096, *(chance.randrange(len(content)) for _ in range(30))}
    ):
        yield content[:length]
    for _ in range(250):
        at = chance.randrange(len(content))
        yield content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
    for _ in range(100):
        at, size = chance.randrange(len(content)), chance.choice([2, 16, 512])
        yield content[:at] + chance.randbytes(size) + content[at + size :]
    for at in range(100):  # the header
        yield content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_raises_only_our_exceptions(
    seed: int, written: tuple[bytes, str], in_memory: Path, connect: Callable[..., NumbersApi]
) -> None:
    content, rent_id = written
    path, refused = in_memory / "journal", 0
    api = connect(no_server_url())
    for number, changed in enumerate(damaged(content, random.Random(seed))):
        path.write_bytes(changed)
        path.chmod(0o600)
        try:
            use_everything(path, api, rent_id)
        except (ApiValueError, JournalException):
            refused += 1
        except Exception as failure:  # noqa: BLE001 - anything else is what this test is about
            pytest.fail(f"damage {number} of seed {seed}: {failure!r}")
        path.with_name("journal-journal").unlink(missing_ok=True)
    assert refused > 50


# ---- files that change while they are in use


def replace(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def truncate_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def put_away(path: Path) -> None:
    path.rename(path.with_name("moved"))


CHANGES = [Path.unlink, replace, put_away, truncate_half, lambda path: os.truncate(path, 0)]


@posix
@pytest.mark.parametrize("change", CHANGES, ids=["deleted", "replaced", "moved", "truncated", "emptied"])
def test_nothing_is_sent_if_the_file_changed_while_in_use(
    change: Callable[[Path], object], path: Path, api: NumbersApi, sandbox: Sandbox
) -> None:
    request = offer(api, 1)
    with Journal(path) as journal:
        keyed = IdempotentNumbersApi(api, journal)
        keyed.rent_number(offer(api), idempotency_key="k")
        change(path)
        before = sent(sandbox)
        with pytest.raises(JournalException, match=r"deleted, replaced or truncated|cannot be used"):
            keyed.rent_number(request, idempotency_key="k2")
        with pytest.raises(JournalException):
            list(lookup_all(api, french(3), journal=journal))
        assert sent(sandbox) == before


@posix
def test_the_next_attempt_is_not_sent_if_the_file_was_deleted_after_the_first(
    path: Path, api: NumbersApi, sandbox: Sandbox
) -> None:
    def delete(attempt: Attempt) -> None:
        if attempt.paid:
            path.unlink()

    with ApiClient(sandbox.configuration(retries=2, on_attempt=delete)) as client, Journal(path) as journal:
        request = offer(api)
        sandbox.fail_next(status=429, operation="rent_number", retry_after=0)
        with pytest.raises(JournalException, match="deleted"):
            IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key="k")
    assert [request.status for request in sandbox.requests if request.operation == "rent_number"] == [429]


@posix
def test_a_journal_that_was_created_again_at_the_same_path_is_noticed(
    path: Path, api: NumbersApi, sandbox: Sandbox
) -> None:
    with Journal(path) as journal:
        path.unlink()
        with Journal(path) as second:
            request = offer(api)
            IdempotentNumbersApi(api, second).rent_number(request, idempotency_key="k")
            with pytest.raises(JournalException, match="replaced"):
                IdempotentNumbersApi(api, journal).rent_number(request, idempotency_key="k")
    assert rentals(sandbox) == 1


FULL = """
import resource, sys
from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.journal import Journal, JournalException
from smscx_client.models import RentNumberRequest

url, key, path, number_id, when = sys.argv[1:]

def fill(_=None):
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

def fill_after_a_paid_attempt(attempt):
    if attempt.paid:
        fill()

configuration = Configuration(url, key, proxy=False, retries=0)
if when == "after":
    configuration.on_attempt = fill_after_a_paid_attempt
with ApiClient(configuration) as client, Journal(path) as journal:
    calls = IdempotentNumbersApi(NumbersApi(client), journal)
    if when == "before":
        fill()
    try:
        calls.rent_number(RentNumberRequest(number_id, 7), idempotency_key="k")
    except JournalException as failure:
        print(failure)
        print(failure.response and failure.response.info.rent_id)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs the resource module")
def test_nothing_is_sent_that_a_full_disk_does_not_record(sandbox: Sandbox, api: NumbersApi, path: Path) -> None:
    output, errors = run(FULL, sandbox.url, sandbox.api_key, path, offer(api).number_id, "before")
    assert errors == ""
    assert output.splitlines()[-1] == "None"
    assert "cannot be used" in output
    assert sent(sandbox) == 0
    with Journal(path, must_exist=True) as journal:
        assert journal.entries() == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs the resource module")
def test_a_response_that_a_full_disk_does_not_record_is_in_the_exception(
    sandbox: Sandbox, api: NumbersApi, path: Path, fast_clock: FastClock
) -> None:
    request = offer(api)
    output, errors = run(FULL, sandbox.url, sandbox.api_key, path, request.number_id, "after")
    assert errors == ""
    rent_id = sandbox.ledger[-1].id
    assert output.splitlines()[-1] == rent_id
    assert f"was processed: {rent_id}" in output
    fast_clock.followers.append(sandbox)
    with Journal(path, must_exist=True) as journal:
        assert [intent.key for intent in journal.unresolved()] == ["k"]
        again = IdempotentNumbersApi(api, journal).rent_number(request, idempotency_key="k")
        assert (again.info.rent_id, again.http_info.recovered) == (rent_id, True)
    assert rentals(sandbox) == 1


def test_a_process_killed_at_any_moment_leaves_a_journal_that_tells_what_it_sent(sandbox: Sandbox, path: Path) -> None:
    """The rounds kill it while it starts, creates the file, commits, sends and receives."""
    chance = random.Random(5)
    for round_number in range(6):
        running = program(RECORDING, sandbox.url, sandbox.api_key, path, round_number, "no")
        time.sleep(0.3 + chance.random() * 0.4)
        running.kill()
        running.communicate(timeout=30)
        with Journal(path) as journal:
            recorded = {intent.result_id for intent in journal.entries()} - {None}
            made = {entry.id for entry in sandbox.ledger}
            assert recorded <= made
            assert len(made - recorded) <= len(journal.unresolved())


# ---- what the file contains


@posix
def test_only_the_owner_can_read_the_file(path: Path, api: NumbersApi) -> None:
    old = os.umask(0)
    try:
        with Journal(path) as journal:
            IdempotentNumbersApi(api, journal).rent_number(offer(api), idempotency_key="k")
            assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    finally:
        os.umask(old)


def test_the_file_contains_no_phone_number_of_a_batch_and_no_credential(
    path: Path, sandbox: Sandbox, api: NumbersApi, fast_clock: FastClock
) -> None:
    numbers = [*french(4), "06 12 24 64 51", "none", "+33600000008"]
    fast_clock.followers.append(sandbox)
    application = {"username": sandbox.application_id, "password": sandbox.application_secret}
    with Journal(path) as journal:
        sandbox.fail_next(drop="after", operation="lookup_numbers")
        for batch_size in (3, 2):
            results = list(lookup_all(api, numbers, country_iso="FR", batch_size=batch_size, journal=journal))
        assert sum(item.result is not None for item in results) == 5
        assert sum(intent.attempts for intent in journal.entries()) >= 3
        for options in ({}, application):
            journal.rebind()
            with ApiClient(sandbox.configuration(retries=0, **options)) as client:
                keyed = IdempotentNumbersApi(NumbersApi(client), journal)
                keyed.rent_number(offer(api), idempotency_key=f"k{len(options)}")
        content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert sandbox.application_id.encode() in content
    rented = {rental.phone_number for rental in api.get_rented_numbers().data}
    assert rented.isdisjoint(numbers)
    for hidden in (sandbox.api_key, sandbox.application_secret, "3361224", "12 24 64", "612246", "0600000008"):
        assert hidden.encode() not in content


def test_a_journal_without_a_path_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: NumbersApi
) -> None:
    monkeypatch.chdir(tmp_path)
    with Journal() as journal:
        assert (journal.path, journal.entries()) == (None, [])
        IdempotentNumbersApi(api, journal).rent_number(offer(api), idempotency_key="k")
        assert len(journal.entries()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow these file names")
@pytest.mark.parametrize("name", [":memory:", "file:other?mode=memory", "a?b#c%41", "jour nal", "журнал"])
def test_a_file_may_have_any_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: NumbersApi) -> None:
    monkeypatch.chdir(tmp_path)
    with Journal(name) as journal:
        IdempotentNumbersApi(api, journal).rent_number(offer(api), idempotency_key="k")
        assert journal.path == str(tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    with Journal(name, must_exist=True) as journal:
        assert len(journal.entries()) == 1


# ---- one host and one account


def client_of(sandbox: Sandbox, **options: Any) -> ApiClient:
    return ApiClient(sandbox.configuration(retries=0, **options))


def test_a_journal_serves_one_account_until_it_is_bound_anew(path: Path, sandbox: Sandbox, api: NumbersApi) -> None:
    other = sandbox.create_account()
    request = offer(api)
    application = {"username": sandbox.application_id, "password": sandbox.application_secret}
    with Journal(path) as journal:
        IdempotentNumbersApi(api, journal).rent_number(request, idempotency_key="k")
    with Journal(path) as journal:
        for options in ({"api_key": other.api_key}, application):
            with client_of(sandbox, **options) as client:
                for key in ("k", "k2"):
                    with pytest.raises(ApiValueError, match="another account or API key"):
                        IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key=key)
                with pytest.raises(ApiValueError, match="another account or API key"):
                    list(lookup_all(NumbersApi(client), french(1), journal=journal))
        assert (sent(sandbox), sent(other)) == (1, 0)
        journal.rebind()
        with client_of(sandbox, **application) as client:
            replayed = IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key="k")
            assert replayed.http_info.replayed
        with pytest.raises(ApiValueError, match="another account"):
            IdempotentNumbersApi(api, journal).rent_number(request, idempotency_key="k")


def test_the_secret_of_an_application_may_change(path: Path, sandbox: Sandbox, api: NumbersApi) -> None:
    request = offer(api)
    with client_of(sandbox, username=sandbox.application_id, password=sandbox.application_secret) as client:
        with Journal(path) as journal:
            IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key="k")
    with client_of(sandbox, username=sandbox.application_id, password="a new secret") as client:
        with Journal(path) as journal:
            again = IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key="k")
            assert again.http_info.replayed


def test_a_journal_serves_one_host(journal: Journal, api: NumbersApi) -> None:
    IdempotentNumbersApi(api, journal).rent_number(offer(api), idempotency_key="k")
    with Sandbox() as elsewhere, client_of(elsewhere) as client:
        with pytest.raises(ApiValueError, match="another host"):
            IdempotentNumbersApi(NumbersApi(client), journal).rent_number(offer(api, 1), idempotency_key="k2")
        assert elsewhere.requests == []


@pytest.mark.parametrize("application", [{}, {"username": "app", "password": "secret"}])
def test_a_key_that_rotates_needs_the_name_of_its_account(
    application: dict[str, str], path: Path, sandbox: Sandbox, api: NumbersApi
) -> None:
    keys = itertools.cycle(["old-key", sandbox.api_key])
    request = offer(api)
    with client_of(sandbox, **application) as client:
        client.configuration.api_key = lambda: next(keys)
        with Journal(path) as journal:
            with pytest.raises(ApiValueError, match=r"pass Journal\(path, account=name\)"):
                IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key="k")
        with Journal(path, account="mine") as journal:
            rental = IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key="k")
            assert IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key="k") == rental
    assert rentals(sandbox) == 1


@pytest.mark.parametrize("place", ["access_token", "default_headers"])
def test_an_access_token_needs_the_name_of_its_account(
    place: str, path: Path, sandbox: Sandbox, api: NumbersApi
) -> None:
    with client_of(sandbox, username=sandbox.application_id, password=sandbox.application_secret) as client:
        token = OauthApi(client).get_access_token().access_token
    request = offer(api)
    with client_of(sandbox, **({"access_token": token} if place == "access_token" else {})) as client:
        if place == "default_headers":
            client.default_headers["authorization"] = f"Bearer {token}"
        with Journal(path) as journal:
            with pytest.raises(ApiValueError, match=r"pass Journal\(path, account=name\)"):
                IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key="k")
        assert sent(sandbox) == 0
        with Journal(path, account="mine") as journal:
            IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key="k")
        with Journal(path, account="another") as journal:
            with pytest.raises(ApiValueError, match="another account"):
                IdempotentNumbersApi(NumbersApi(client), journal).rent_number(request, idempotency_key="k")
    assert rentals(sandbox) == 1
    assert token.encode() not in path.read_bytes()


# ---- what it records, and what you record yourself


def test_entries_tell_what_was_sent_and_what_it_cost(
    keyed: IdempotentNumbersApi, journal: Journal, api: NumbersApi, sandbox: Sandbox
) -> None:
    credit = sandbox.credit
    rent_id = keyed.rent_number(offer(api), idempotency_key="rent").info.rent_id
    keyed.lookup_numbers(NumbersLookupRequest(french(3)), idempotency_key="lookup")
    list(lookup_all(api, french(2, 20), journal=journal))
    assert journal.total_cost() == pytest.approx(credit - sandbox.credit)
    keyed.cancel_rent(rent_id, idempotency_key="cancel")
    assert journal.total_cost() == pytest.approx(credit - sandbox.credit)
    assert [(entry.operation, entry.key, entry.state, entry.attempts) for entry in journal.entries()] == [
        ("rent_number", "rent", "done", 1),
        ("lookup_numbers", "lookup", "done", 1),
        ("lookup_numbers", None, "done", 1),
        ("cancel_rent", "cancel", "done", 1),
    ]
    assert [entry.result_id for entry in journal.entries()] == [entry.id for entry in sandbox.ledger]
    assert [entry.size for entry in journal.entries()][1:3] == [3, 2]


def test_an_intent_that_is_being_sent_is_not_unresolved_and_cannot_be_resolved(
    keyed: IdempotentNumbersApi, journal: Journal, api: NumbersApi, sandbox: Sandbox
) -> None:
    request = offer(api)
    sandbox.fail_next(delay=0.3, operation="rent_number")
    calling = threading.Thread(target=keyed.rent_number, args=(request,), kwargs={"idempotency_key": "k"})
    calling.start()
    wait_until(lambda: sent(sandbox))
    assert journal.unresolved() == []
    (intent,) = journal.entries()
    with pytest.raises(ApiValueError, match="being sent"):
        journal.resolve(intent, NotProcessed())
    calling.join()
    assert journal.entries()[0].state == "done"


@pytest.mark.parametrize("as_model", [True, False])
def test_what_you_found_out_can_be_recorded(
    as_model: bool, sandbox: Sandbox, api: NumbersApi, journal: Journal
) -> None:
    call = lose_rental(sandbox, api, journal)
    (intent,) = journal.unresolved()
    (rental,) = api.get_rented_numbers().data
    journal.resolve(intent, Processed(rental if as_model else rental.rent_id))
    assert journal.unresolved() == []
    recovered = call()
    assert recovered.info.rent_id == rental.rent_id
    assert recovered.http_info.recovered
    assert rentals(sandbox) == 1


def test_a_request_that_you_record_as_not_processed_is_sent_by_the_next_call(
    sandbox: Sandbox, api: NumbersApi, journal: Journal
) -> None:
    call = lose_rental(sandbox, api, journal, fault="before")
    journal.resolve(journal.unresolved()[0], NotProcessed())
    assert rentals(sandbox) == 0
    assert not call().http_info.recovered
    assert rentals(sandbox) == 1
    assert journal.entries()[0].attempts == 2


def test_what_you_recorded_can_be_corrected_until_its_result_is_used(
    sandbox: Sandbox, api: NumbersApi, journal: Journal
) -> None:
    call = lose_rental(sandbox, api, journal)
    (intent,) = journal.unresolved()
    rent_id = sandbox.ledger[-1].id
    for outcome in (Processed("11111111-2222-4333-8444-555555555555"), NotProcessed(), Processed(rent_id)):
        journal.resolve(intent, outcome)
    assert call().info.rent_id == rent_id
    for outcome in (NotProcessed(), Processed(rent_id)):
        with pytest.raises(ApiValueError, match="its result was used"):
            journal.resolve(intent, outcome)
    assert journal.entries()[0].result_id == rent_id


def test_a_cancellation_needs_no_id_to_be_resolved(
    sandbox: Sandbox, api: NumbersApi, journal: Journal, keyed: IdempotentNumbersApi
) -> None:
    rent_id = api.rent_number(offer(api)).info.rent_id
    sandbox.fail_next(drop="after", operation="cancel_rent")
    lose(lambda: keyed.cancel_rent(rent_id, idempotency_key="k"))
    journal.resolve(journal.unresolved()[0], Processed(None))
    assert keyed.cancel_rent(rent_id, idempotency_key="k").info.rent_id == rent_id


def test_resolving_with_wrong_arguments_raises(sandbox: Sandbox, api: NumbersApi, journal: Journal) -> None:
    lose_rental(sandbox, api, journal, "first")
    lose_rental(sandbox, api, journal, "second", index=1)
    first, second = journal.unresolved()
    journal.resolve(first, Processed("the ID"))
    wrong: list[tuple[Any, Any, type[Exception], str]] = [
        (second, Processed("the ID"), ApiValueError, "belongs to no other intent"),
        (second, Processed(None), ApiValueError, "pass the ID of what rent_number made"),
        (second._replace(id=9), NotProcessed(), ApiValueError, "of another journal"),
        (second._replace(request="0"), NotProcessed(), ApiValueError, "of another journal"),
        (second, "the ID", ApiTypeError, "takes an Intent"),
        (second, None, ApiTypeError, "takes an Intent"),
        (2, NotProcessed(), ApiTypeError, "takes an Intent"),
        (tuple(second), NotProcessed(), ApiTypeError, "takes an Intent"),
    ]
    for intent, outcome, error, message in wrong:
        with pytest.raises(error, match=message):
            journal.resolve(intent, outcome)
    assert journal.unresolved() == [second]


def test_a_pruned_key_is_never_charged_again_and_its_result_is_read_again(
    keyed: IdempotentNumbersApi, journal: Journal, api: NumbersApi, sandbox: Sandbox
) -> None:
    request = offer(api)
    rented = keyed.rent_number(request, idempotency_key="rent")
    looked_up = keyed.lookup_numbers(NumbersLookupRequest(french(3)), idempotency_key="lookup")
    single = keyed.lookup_number(french(1, 9)[0], idempotency_key="single")
    before = sent(sandbox)
    assert journal.prune(older_than=timedelta(hours=1)) == 0
    assert journal.prune(older_than=timedelta(0)) == 3
    assert journal.prune(older_than=timedelta(0)) == 0
    again = keyed.rent_number(request, idempotency_key="rent")
    assert (again.info.rent_id, again.http_info.recovered) == (rented.info.rent_id, True)
    read = keyed.lookup_numbers(NumbersLookupRequest(french(3)), idempotency_key="lookup")
    assert read.info.lookup_bulk_id == looked_up.info.lookup_bulk_id
    assert [item.phone_number for item in read.data] == french(3)
    result = keyed.lookup_number(french(1, 9)[0], idempotency_key="single")
    assert result.data.lookup_id == single.data.lookup_id
    assert sent(sandbox) == before
    with pytest.raises(ApiTypeError, match="older_than must be timedelta"):
        journal.prune(older_than=30)  # type: ignore[arg-type]


def test_pruning_keeps_what_is_needed_to_refuse_or_to_resolve(
    keyed: IdempotentNumbersApi, journal: Journal, api: NumbersApi, sandbox: Sandbox
) -> None:
    with pytest.raises(smscx_client.InvalidRequestException):
        keyed.rent_number(RentNumberRequest("no id", 7), idempotency_key="refused")
    call = lose_rental(sandbox, api, journal, "open")
    journal.prune(older_than=timedelta(0))
    with pytest.raises(smscx_client.InvalidRequestException):
        keyed.rent_number(RentNumberRequest("no id", 7), idempotency_key="refused")
    assert call().http_info.recovered
    assert rentals(sandbox) == 1


def test_closing_waits_for_calls_that_are_being_made(path: Path, api: NumbersApi, sandbox: Sandbox) -> None:
    journal = Journal(path)
    keyed = IdempotentNumbersApi(api, journal)
    first, second = offer(api), offer(api, 1)
    sandbox.fail_next(delay=0.3, operation="rent_number")
    calling = threading.Thread(target=keyed.rent_number, args=(first,), kwargs={"idempotency_key": "k"})
    calling.start()
    wait_until(lambda: sent(sandbox))
    journal.close()
    calling.join(5)
    assert not calling.is_alive()
    journal.close()
    before = len(sandbox.requests)
    uses: list[Callable[[], object]] = [journal.entries, lambda: keyed.rent_number(second, idempotency_key="k2")]
    for use in uses:
        with pytest.raises(JournalException, match="closed"):
            use()
    assert len(sandbox.requests) == before
    with Journal(path) as again:
        assert [(intent.key, intent.state) for intent in again.entries()] == [("k", "done")]
