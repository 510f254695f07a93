"""PostgresJournal: any number of workers charge each number of a job once, whatever happens to them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smscx_client import ApiClient, ApiException, ApiValueError
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import BulkLookupItem, CostLimitException, lookup_all
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.models import RentNumberRequest
from smscx_client.outcome import NotProcessed, Processed
from smscx_client.sandbox import Sandbox
from support import postgres
from support.journals import charged, french, lose, offer, rentals, sent

psycopg = pytest.importorskip("psycopg")

from smscx_client.journal import JournalException  # noqa: E402
from smscx_client.journal.postgres import PostgresJournal, job_progress  # noqa: E402

pytestmark = pytest.mark.journal

JOB = "customers"


@pytest.fixture
def url() -> str:
    return postgres.empty_database()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(credit=10_000) as running:
        yield running


@pytest.fixture
def look_up(sandbox: Sandbox, api: NumbersApi, url: str) -> Callable[..., list[BulkLookupItem]]:
    def run(numbers: list[str], **options: Any) -> list[BulkLookupItem]:
        finisher = threading.Event()
        thread = threading.Thread(target=finish_lookups, args=(sandbox, finisher))
        thread.start()
        try:
            with PostgresJournal(url, job=JOB) as journal:
                return list(lookup_all(api, numbers, journal=journal, **{"grace": 0.0, **options}))
        finally:
            finisher.set()
            thread.join()

    return run


def finish_lookups(sandbox: Sandbox, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        sandbox.finish_lookups()


def assert_complete(items: list[BulkLookupItem], numbers: list[str]) -> None:
    assert [item.phone_number for item in items] == numbers
    assert [item.result and item.result.phone_number for item in items] == numbers


def test_another_partitioning_a_repeated_and_an_appended_number_charge_only_what_is_new(
    sandbox: Sandbox, look_up: Any
) -> None:
    numbers = french(30)
    assert_complete(look_up(numbers, batch_size=7), numbers)
    assert_complete(look_up(numbers[::-1], batch_size=11), numbers[::-1])
    more = [*numbers[5:20], *french(3, first=100), *numbers[:3]]
    assert_complete(look_up(more, batch_size=6, threads=3), more)
    assert charged(sandbox) == Counter(set(numbers) | set(more))


def test_two_programs_with_the_same_job_at_once_charge_each_number_once(sandbox: Sandbox, look_up: Any) -> None:
    numbers = french(40)
    found: list[list[BulkLookupItem]] = []
    runs = [
        threading.Thread(target=lambda part=part: found.append(look_up(part, batch_size=9)))  # type: ignore[misc]
        for part in (numbers, numbers[::-1], numbers[10:] + numbers[:10])
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(found) == 3
    for items in found:
        assert_complete(items, [item.phone_number for item in items])
    assert charged(sandbox) == Counter(numbers)


def test_the_budget_is_that_of_the_job(sandbox: Sandbox, look_up: Any, url: str) -> None:
    numbers = french(50)
    for part in (numbers[:20], numbers[20:]):
        with pytest.raises(CostLimitException):
            look_up(part, batch_size=4, max_cost=0.15, max_price=0.01)
    progress = job_progress(url, JOB)
    assert (progress.cost, progress.reserved, progress.max_cost) == (pytest.approx(0.12), 0.0, 0.15)
    assert progress.numbers == 12
    assert sum(charged(sandbox).values()) == 12
    with pytest.raises(ApiValueError, match="needs max_price"):
        look_up(numbers)
    assert_complete(look_up(numbers, max_cost=0.5, max_price=0.01), numbers)


@pytest.mark.parametrize("fault", ["after", "body", "before"])
def test_a_lost_response_is_found_or_the_batch_is_retried_once(sandbox: Sandbox, look_up: Any, fault: Any) -> None:
    numbers = french(12)
    sandbox.fail_next(operation="lookup_numbers", drop=fault)
    assert_complete(look_up(numbers, batch_size=5), numbers)
    assert charged(sandbox) == Counter(numbers)


WORKER = """
import sys
from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import lookup_all
from smscx_client.journal import postgres_database

postgres_database.HEARTBEAT_INTERVAL, postgres_database.LEASE = 0.2, "1 s"
from smscx_client.journal import PostgresJournal

url, host, key, first, last = sys.argv[1:]
numbers = [f"+336122{number:05}" for number in range(int(first), int(last))]
with ApiClient(Configuration(host, key)) as client, PostgresJournal(url, job="customers") as journal:
    print(len(list(lookup_all(NumbersApi(client), numbers, journal=journal, batch_size=10, grace=1.0, threads=2))))
"""


def start_worker(url: str, sandbox: Sandbox, first: int, last: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    arguments = [url, sandbox.url, sandbox.api_key, str(first), str(last)]
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_workers_that_are_killed_charge_nothing_twice_and_the_others_finish_their_work(
    sandbox: Sandbox, url: str
) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=finish_lookups, args=(sandbox, stop))
    thread.start()
    try:
        for _ in range(4):
            workers = [start_worker(url, sandbox, 40000, 40120), start_worker(url, sandbox, 40060, 40180)]
            known = len(sandbox.ledger)
            deadline = time.monotonic() + 20
            while len(sandbox.ledger) < known + 2 and any(worker.poll() is None for worker in workers):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            for worker in workers:
                worker.kill()
                worker.communicate()
        last = [start_worker(url, sandbox, 40000, 40120), start_worker(url, sandbox, 40060, 40180)]
        assert [worker.communicate(timeout=120)[0].strip() for worker in last] == ["120", "120"]
    finally:
        stop.set()
        thread.join()
    assert charged(sandbox) == Counter(f"+336122{number:05}" for number in range(40000, 40180))
    progress = job_progress(url, JOB)
    assert (progress.open, progress.numbers, progress.cost) == (0, 180, pytest.approx(1.8))


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGSTOP")
def test_a_worker_that_was_stopped_for_longer_than_its_lease_charges_nothing_twice(sandbox: Sandbox, url: str) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=finish_lookups, args=(sandbox, stop))
    thread.start()
    try:
        sandbox.fail_next(delay=1.0, operation="lookup_numbers")
        stopped = start_worker(url, sandbox, 40000, 40040)
        while not sandbox.ledger:
            time.sleep(0.01)
        stopped.send_signal(signal.SIGSTOP)
        other = start_worker(url, sandbox, 40000, 40040)
        assert other.communicate(timeout=60) == ("40\n", "")
        stopped.send_signal(signal.SIGCONT)
        assert stopped.communicate(timeout=60) == ("40\n", "")
    finally:
        stop.set()
        thread.join()
    assert charged(sandbox) == Counter(f"+336122{number:05}" for number in range(40000, 40040))


def test_keys_of_two_processes_are_charged_once(sandbox: Sandbox, api: NumbersApi, url: str) -> None:
    request = offer(api)
    with PostgresJournal(url) as first, PostgresJournal(url) as second:
        rented = IdempotentNumbersApi(api, first).rent_number(request, idempotency_key="order")
        again = IdempotentNumbersApi(api, second).rent_number(request, idempotency_key="order")
        assert (again.info.rent_id, again.http_info.replayed) == (rented.info.rent_id, True)
        with pytest.raises(ApiValueError, match="another request"):
            IdempotentNumbersApi(api, second).rent_number(
                RentNumberRequest(request.number_id, 30), idempotency_key="order"
            )
    assert rentals(sandbox) == 1


def test_a_lost_response_is_found_by_another_process(sandbox: Sandbox, api: NumbersApi, url: str) -> None:
    request = offer(api)
    sandbox.fail_next(operation="rent_number", drop="after")
    with PostgresJournal(url) as journal:
        lose(lambda: IdempotentNumbersApi(api, journal).rent_number(request, idempotency_key="order"))
        assert [intent.key for intent in journal.unresolved()] == ["order"]
    with PostgresJournal(url) as journal:
        found = IdempotentNumbersApi(api, journal, grace=0.0).rent_number(request, idempotency_key="order")
        assert found.http_info.recovered
        assert [(intent.key, intent.state) for intent in journal.entries()] == [("order", "done")]
    assert rentals(sandbox) == 1


def test_nothing_is_sent_if_the_database_cannot_be_reached_and_a_lost_connection_is_opened_again(
    sandbox: Sandbox, api: NumbersApi, url: str
) -> None:
    with PostgresJournal(url) as journal:
        paid = IdempotentNumbersApi(api, journal)
        paid.rent_number(offer(api), idempotency_key="a")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
        paid.rent_number(offer(api), idempotency_key="b")
    assert rentals(sandbox) == 2
    with pytest.raises(JournalException, match="cannot be used"):
        PostgresJournal("postgresql://localhost:1/none?connect_timeout=1")
    assert sent(sandbox) == 2


def test_a_password_is_in_no_message(url: str) -> None:
    for text in ("postgresql://me:s3cret@localhost:1/db?connect_timeout=1", "postgresql://me:s3cret@[::x/db"):
        with pytest.raises((JournalException, ApiValueError)) as caught:
            PostgresJournal(text)
        assert "s3cret" not in f"{caught.value!r} {caught.value}"


def test_a_job_belongs_to_one_account(api: NumbersApi, url: str, sandbox: Sandbox, look_up: Any) -> None:
    look_up(french(1))
    with Sandbox() as other, ApiClient(other.configuration()) as client, PostgresJournal(url, job=JOB) as journal:
        with pytest.raises(ApiValueError, match="belongs to another host"):
            list(lookup_all(NumbersApi(client), french(1), journal=journal))
        journal.rebind()
    with PostgresJournal(url) as journal, pytest.raises(ApiValueError, match="needs a job"):
        list(lookup_all(api, french(1), journal=journal))


def test_the_failure_of_a_batch_leaves_its_numbers_to_the_next_run(sandbox: Sandbox, look_up: Any) -> None:
    sandbox.fail_next(operation="lookup_numbers", error_code=1113)
    with pytest.raises(ApiException):
        look_up(french(5))
    assert_complete(look_up(french(5)), french(5))


def test_a_response_that_was_received_during_an_outage_is_recorded_when_the_database_is_back(
    sandbox: Sandbox, api: NumbersApi, url: str
) -> None:
    with PostgresJournal(url) as journal, psycopg.connect(url, autocommit=True) as admin:
        sandbox.fail_next(operation="rent_number", delay=1.0)

        def interrupt() -> None:
            while not sandbox.ledger:
                time.sleep(0.01)
            for _ in range(40):
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
                time.sleep(0.05)

        outage = threading.Thread(target=interrupt)
        outage.start()
        rented = IdempotentNumbersApi(api, journal).rent_number(offer(api), idempotency_key="order")
        outage.join()
        assert [(entry.state, entry.result_id) for entry in journal.entries()] == [("done", rented.info.rent_id)]
    assert rentals(sandbox) == 1


def test_a_restart_of_the_server_in_the_middle_of_a_job_charges_nothing_twice(sandbox: Sandbox, look_up: Any) -> None:
    if "SMSCX_TEST_POSTGRES_URL" in os.environ:
        pytest.skip("only a server of our own can be restarted")
    numbers = french(60)
    sandbox.fail_next(60, operation="lookup_numbers", delay=0.2)
    restart = threading.Timer(0.6, postgres.restart)
    restart.start()
    assert_complete(look_up(numbers, batch_size=5), numbers)
    restart.join()
    assert charged(sandbox) == Counter(numbers)


def test_a_job_can_be_continued_when_connections_are_available_again(sandbox: Sandbox, look_up: Any, url: str) -> None:
    with psycopg.connect(url) as connection:
        ((limit,),) = connection.execute("SELECT current_setting('max_connections')::int").fetchall()
    others: list[Any] = []
    try:
        with pytest.raises(psycopg.OperationalError):
            others.extend(psycopg.connect(url) for _ in range(limit + 1))
        with pytest.raises(JournalException, match="too many|slots"):
            look_up(french(3))
    finally:
        for other in others:
            other.close()
    assert sent(sandbox) == 0
    assert_complete(look_up(french(3)), french(3))


def test_a_transaction_keeps_no_state_in_the_session(url: str, sandbox: Sandbox, look_up: Any) -> None:
    """So it works behind pgbouncer in transaction mode."""
    look_up(french(5))
    with PostgresJournal(url, job=JOB) as journal:
        rows = journal._database.read(
            "SELECT (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_locks WHERE"
            " locktype = 'advisory'), current_setting('statement_timeout')"
        )
    assert rows == [(0, 0, "0")]


def test_the_outcome_that_a_person_records_is_final(sandbox: Sandbox, api: NumbersApi, url: str) -> None:
    sandbox.fail_next(operation="rent_number", drop="after")
    request = offer(api)
    with PostgresJournal(url) as first, PostgresJournal(url) as second:
        lose(lambda: IdempotentNumbersApi(api, first).rent_number(request, idempotency_key="order"))
        (intent,) = second.unresolved()
        second.resolve(intent, NotProcessed())
        second.resolve(second.entries()[0], Processed(api.get_rented_numbers().data[0].rent_id))
        (entry,) = first.entries()
        assert (entry.state, first.unresolved()) == ("done", [])
        again = IdempotentNumbersApi(api, first).rent_number(request, idempotency_key="order")
        assert again.info.rent_id == entry.result_id
    assert rentals(sandbox) == 1


def test_progress_of_a_job_that_does_not_exist_is_an_error_and_creates_nothing(url: str) -> None:
    for _ in range(2):
        with pytest.raises(ApiValueError, match="there is no job 'customer'"):
            job_progress(url, "customer")
        PostgresJournal(url, job="other").close()


def test_the_command_line_shows_the_progress_of_a_job(url: str, sandbox: Sandbox, look_up: Any) -> None:
    look_up(french(5), max_cost=1.0, max_price=0.01)
    command = [sys.executable, "-m", "smscx_client", "job", url]
    shown = subprocess.run([*command, JOB], capture_output=True, encoding="utf-8", check=False)
    assert (json.loads(shown.stdout), shown.stderr) == (job_progress(url, JOB)._asdict(), "")
    unknown = subprocess.run([*command, "other"], capture_output=True, encoding="utf-8", check=False)
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "there is no job 'other'" in unknown.stderr
