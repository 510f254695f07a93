"""Scenarios: worker processes that are killed and started again until they complete, and what must hold then."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from figures import FIGURES
from job import COMPLETE, UNDETERMINED, Job, Point
from points import FORKED

from smscx_client import ApiClient
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import ApiExceptionBase
from smscx_client.journal import Journal
from smscx_client.sandbox.controls import SandboxAccount

Interruption = Point | float | None
"""Where a worker is killed: at a point, from outside after this many seconds, or not at all."""

WORKER = Path(__file__).parent / "worker.py"
Row = dict[str, Any]

CALLS_PER_CUSTOMER = 4
MAX_RUNS, RUN_TIMEOUT = 20, 90.0
INVALID, NOT_COVERED = "not a number", "+33600000008"
DROPS = ("before", "after", "body")


class InvariantError(AssertionError):
    """Something was charged twice or lost, or a run needs a person."""


class Scenario:
    """One or more jobs of one account, until they are complete.

    Args:
        test: Name of the test, for the figures.
        account: Account of the sandbox that pays.
        directory: Empty directory for journals and results.
        seed: Seed of everything that is random.
    """

    def __init__(self, test: str, account: SandboxAccount, directory: Path, seed: int) -> None:
        self.random = Random(seed)
        self._test = test
        self._account = account
        self._directory = directory
        self._history = [f"seed {seed}"]
        self._cuts = 0
        self._cuts_pending = 0
        FIGURES.add(test, scenarios=1)

    # ---- jobs

    def job(self, name: str = "job", **fields: Any) -> Job:
        """Return a job with files of its own."""
        path = self._directory / name
        given: dict[str, Any] = {"url": self._account.url, **fields}
        return Job(api_key=self._account.api_key, journal=f"{path}.journal", output=f"{path}.jsonl", **given)

    def phone_numbers(self, count: int, *, first: int = 0) -> tuple[str, ...]:
        """Return distinct valid numbers in random order."""
        numbers = [f"+336123{number:03}00" for number in range(first, first + count)]
        self.random.shuffle(numbers)
        return tuple(numbers)

    def untidy(self, numbers: Sequence[str]) -> tuple[str, ...]:
        """Return numbers with repeated ones, written in another way, and with ones that have no result."""
        untidy = list(numbers)
        repeated = [number.removeprefix("+") for number in self.random.sample(numbers, len(numbers) // 5)]
        for other in [*repeated, INVALID, INVALID, NOT_COVERED]:
            untidy.insert(self.random.randint(1, len(untidy)), other)
        return tuple(untidy)

    def keys_job(self, customers: int, **fields: Any) -> Job:
        """Return a job that rents, renews and looks up one number for each customer."""
        with ApiClient(self._account.configuration()) as client:
            offers = NumbersApi(client).get_available_numbers("FR").data[:customers]
        number_ids = tuple(offer.number_id for offer in offers)
        return self.job(work="keys", numbers=self.phone_numbers(customers), number_ids=number_ids, **fields)

    # ---- runs

    def complete(self, job: Job, interruptions: Iterable[Interruption] = ()) -> None:
        """Start a worker with the same arguments until it completes. Only the first runs are interrupted."""
        planned = iter(interruptions)
        for _ in range(MAX_RUNS):
            if self.run(job, next(planned, None)) == COMPLETE:
                return
        raise self.failure(job, f"not complete after {MAX_RUNS} runs")

    def run(self, job: Job, interruption: Interruption = None) -> int:
        """Run a worker once, and return its exit code."""
        return self.run_together([job], interruption)[0]

    def run_together(self, jobs: Sequence[Job], interruption: Interruption = None) -> list[int]:
        """Run one worker per job at the same time, and return their exit codes."""
        point = interruption if isinstance(interruption, Point) else None
        workers = [_start(replace(job, point=point)) for job in jobs]
        try:
            for worker in workers:
                assert worker.stdout is not None
                worker.stdout.readline()  # it has imported everything, and starts to work
            if isinstance(interruption, float):
                time.sleep(interruption)
                for worker in workers:
                    worker.kill()
            outputs = [worker.communicate(timeout=RUN_TIMEOUT) for worker in workers]
        except subprocess.TimeoutExpired:
            for worker in workers:
                worker.kill()
                worker.communicate()
            raise self.failure(jobs[0], f"a run took more than {RUN_TIMEOUT:g} s") from None
        for job, worker, (output, error) in zip(jobs, workers, outputs, strict=True):
            FIGURES.add(self._test, forks=output.count(FORKED))
            self._note(job, interruption, worker.returncode, error)
        return [worker.returncode for worker in workers]

    def _note(self, job: Job, interruption: Interruption, exit_code: int, error: str) -> None:
        killed = exit_code == -signal.SIGKILL
        FIGURES.add(self._test, runs=1, kills=killed)
        self._history.append(f"{Path(job.journal).name}: {interruption} -> exit code {exit_code}")
        self._history += error.splitlines()[-3:]
        if exit_code == UNDETERMINED:
            FIGURES.add(self._test, undetermined=1)
            raise self.failure(job, error)
        self._check_file(job)

    def counts(self, job: Job) -> Counter[str]:
        """Return how often each event occurred in the last run of a job, if that run is complete."""
        if not Path(job.output).exists():
            return Counter()
        return Counter(_read_rows(job)[-1]["counts"])

    # ---- faults

    def cut_connections(self, count: int) -> None:
        """Cut random connections among the next ones, while a request is sent or a response is read."""
        self._count_cuts()
        for _ in range(count):
            operation = self.random.choice([None, "lookup_numbers", "rent_number", "renew_rent"])
            spared = self.random.randint(0, 4)
            if spared:
                self._account.fail_next(spared, operation=operation)
            self._account.fail_next(operation=operation, drop=self.random.choice(DROPS))
        self._cuts_pending += count

    def let_an_hour_pass(self) -> None:
        self._account.advance(hours=1)

    def _count_cuts(self) -> None:
        with self._account.locked() as state:
            pending = sum(times for fault, times in state.faults.pending() if fault.drop)
        FIGURES.add(self._test, cut_connections=self._cuts_pending - pending)
        self._cuts_pending = pending

    # ---- invariants

    def check(self, jobs: Sequence[Job]) -> None:
        """Check that each number and each key was charged once, and that every result was delivered."""
        self._count_cuts()
        rows: list[list[Row]] = []
        summaries: list[Row] = []
        for job in jobs:
            *results, summary = _read_rows(job)
            rows.append(results)
            summaries.append(summary)
        wrong = [f"{summary['unresolved']} unresolved" for summary in summaries if summary["unresolved"]]
        spent, charged = sum(summary["total_cost"] for summary in summaries), self._spent()
        if abs(spent - charged) > 1e-6:
            wrong.append(f"the journals say that {spent} was spent, the service charged {charged}")
        wrong += self._wrong_lookups(jobs, rows)
        wrong += self._wrong_rentals(jobs, rows)
        if wrong:
            raise self.failure(jobs[0], "\n".join(wrong))

    def _spent(self) -> float:
        return round(sum(entry.amount for entry in self._account.ledger), 4)

    def _charged_lookups(self) -> dict[str, list[str]]:
        """Return the numbers that each bulk lookup was charged for."""
        with self._account.locked() as state:
            return {bulk.bulk_id: [item.number.e164 for item in bulk.lookups] for bulk in state.lookups.bulk.values()}

    def _wrong_lookups(self, jobs: Sequence[Job], rows: Sequence[Sequence[Row]]) -> Iterator[str]:
        bulk_lookups = self._charged_lookups()
        charged = Counter(number for numbers in bulk_lookups.values() for number in numbers)
        expected = sum(map(_expected_lookups, jobs), Counter[str]())
        FIGURES.add(self._test, charges=charged.total(), paid_twice=(charged - expected).total())
        if charged != expected:
            yield f"paid twice: {dict(charged - expected)}, never looked up: {dict(expected - charged)}"
        lost = 0
        for job, results in zip(jobs, rows, strict=True):
            find_wrong = _wrong_items if job.work == "lookups" else _wrong_lookups_with_keys
            for problem in find_wrong(job, results, bulk_lookups):
                lost += 1
                yield problem
        FIGURES.add(self._test, lost=lost)

    def _wrong_rentals(self, jobs: Sequence[Job], rows: Sequence[Sequence[Row]]) -> Iterator[str]:
        """Yield what is wrong with rentals and renewals: the charged IDs must be those that were delivered."""
        for operation in ("rent_number", "renew_rent"):
            charged = Counter(entry.id for entry in self._account.ledger if entry.operation == operation)
            delivered = Counter(row["id"] for part in rows for row in part if row.get("operation") == operation)
            expected = sum(len(job.number_ids) for job in jobs)
            twice, lost = charged.total() - expected, (charged - delivered).total()
            FIGURES.add(self._test, charges=charged.total(), paid_twice=max(0, twice), lost=lost)
            if charged != delivered or charged.total() != expected:
                yield f"{operation}: charged {dict(charged)}, delivered {dict(delivered)}"
        with self._account.locked() as state:
            rented = {rental.rent_id: rental.offer.number_id for rental in state.rentals.values()}
        for row in (row for part in rows for row in part if "number_id" in row):
            if rented.get(row["id"]) != row["number_id"]:
                yield f"the response is that of another key: {row}"

    def _check_file(self, job: Job) -> None:
        """Check a copy of the journal of a worker that ended. The next run recovers the journal itself."""
        path = Path(job.journal)
        if not path.exists():
            return
        copy = path.with_name(f"{path.name}.copy")
        for suffix in ("", "-journal"):
            Path(f"{copy}{suffix}").unlink(missing_ok=True)
            if Path(f"{path}{suffix}").exists():
                shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
        with closing(sqlite3.connect(copy)) as database:
            found = database.execute("PRAGMA integrity_check").fetchall()
        if found != [("ok",)]:
            raise self.failure(job, f"the journal is damaged: {found}")

    def failure(self, job: Job, problem: str) -> InvariantError:
        """Return the failure of this scenario, with what is needed to find out why."""
        entries: list[str] = []
        with suppress(ApiExceptionBase), Journal(job.journal, must_exist=True) as journal:
            entries = [str(entry) for entry in journal.entries()]
        ledger = [f"{entry.operation} {entry.id} {entry.amount}: {entry.reason}" for entry in self._account.ledger]
        lines = [problem, "", *self._history, "", job.to_json(), "", *entries, "", *ledger]
        return InvariantError("\n".join(lines))


NewScenario = Callable[..., Scenario]
"""Starts a scenario with an account of its own."""


def _start(job: Job) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    arguments = [sys.executable, str(WORKER), job.to_json()]
    return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, encoding="utf-8")


def _read_rows(job: Job) -> list[Row]:
    """Return what the last, complete run of a job wrote."""
    return [json.loads(line) for line in Path(job.output).read_text(encoding="utf-8").splitlines()]


def _expected_lookups(job: Job) -> Counter[str]:
    """Return how often each number must be charged."""
    if job.work == "lookups":
        return Counter({_canonical(number): 1 for number in job.numbers if number not in (INVALID, NOT_COVERED)})
    return Counter([*job.numbers, *job.numbers, *(f"{number[:-2]}99" for number in job.numbers)])


def _wrong_items(job: Job, items: Sequence[Row], bulk_lookups: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield what is wrong with the results of a run: each must be that of its number, and the one that was charged."""
    if [item["phone_number"] for item in items] != list(job.numbers):
        yield f"{len(items)} items for {len(job.numbers)} numbers"
        return
    reasons = {INVALID: "invalid", NOT_COVERED: "not covered"}
    first: dict[str, int] = {}
    for at, item in enumerate(items):
        number = item["phone_number"]
        canonical = _canonical(number)
        first_at = first.setdefault(canonical, at)
        repeats = first_at if first_at != at and number != INVALID else None
        found = None if number in reasons else canonical
        expected = (found, reasons.get(number), repeats)
        bulk_id = item["bulk_id"]
        if (item["found"], item["reason"], item["duplicate_of"]) != expected:
            yield f"number {at}: {item}, expected {expected}"
        elif bulk_id is None and found is not None and repeats is None:
            yield f"number {at}: no bulk lookup: {item}"
        elif bulk_id is not None and canonical not in bulk_lookups.get(bulk_id, ()):
            yield f"number {at}: its bulk lookup was not charged: {item}"


def _wrong_lookups_with_keys(job: Job, rows: Sequence[Row], bulk_lookups: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield what is wrong with the responses to lookups with a key."""
    if len(rows) != CALLS_PER_CUSTOMER * len(job.numbers):
        yield f"{len(rows)} responses to {CALLS_PER_CUSTOMER * len(job.numbers)} calls"
    for row in rows:
        if row["operation"] == "lookup_number" and row["found"] != row["phone_number"]:
            yield f"wrong result: {row}"
        if row["operation"] == "lookup_numbers" and row["phone_number"] not in bulk_lookups.get(row["id"], ()):
            yield f"the bulk lookup is that of another key: {row}"


def _canonical(number: str) -> str:
    return number if number == INVALID else f"+{number.removeprefix('+')}"
