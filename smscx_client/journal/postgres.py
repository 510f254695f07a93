"""PostgresJournal: the intents of any number of processes and machines, in a PostgreSQL database."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, cast

from smscx_client import _clock
from smscx_client._argument_checks import check_string
from smscx_client._transport.cancellation import sleep
from smscx_client.api_client import ApiClient
from smscx_client.exceptions import ApiTypeError, ApiValueError
from smscx_client.journal.intents import Intent, IntentTakenError, JournalException, lookup_resource, utc_now
from smscx_client.journal.postgres_database import HAS_RESULT, LEASE, Database, Run, create_schema
from smscx_client.journal.sqlite import MAX_AGE_BEFORE_SENDING, Journal, account_of

MAX_STAMPS = 300
"""How often an intent is recorded anew before its request is given up."""
RECORD_TIMEOUT = 600.0
"""Seconds to try to record a response whose database cannot be reached."""
TAKE_INTERVAL = 1.0
FAILOVER_GRACE = "120 s"
ROUNDING = 1e-9
_ALIVE = f"EXISTS (SELECT FROM smscx.worker w WHERE w.id = intent.worker AND w.seen_at > now() - interval '{LEASE}')"
# A batch is settled if its last part has an outcome and all costs are known. Another may cost what is reserved for it.
_COMMITTED = """
    SELECT coalesce(sum(CASE WHEN settled THEN cost ELSE greatest(cost, reserved) END), 0) FROM (
        SELECT sum(cost) AS cost, max(reserved) AS reserved, bool_and(cost IS NOT NULL)
            AND (array_agg(state IN ('done', 'refused') AND missing = 0 ORDER BY part DESC))[1] AS settled
        FROM smscx.intent WHERE job = ? GROUP BY start
    ) AS batch"""


class JobProgress(NamedTuple):
    """State of a job."""

    numbers: int
    """Distinct numbers that were claimed."""
    batches: int
    """Bulk lookups that were planned."""
    finished: int
    """Bulk lookups with an outcome."""
    open: int
    """Bulk lookups that may have been processed, and whose outcome is not recorded yet."""
    cost: float
    """Amount charged, in the account's currency."""
    reserved: float
    """Amount reserved for bulk lookups without a known cost."""
    max_cost: float | None
    """Budget of the job; None if it has none."""
    workers: int
    """Workers that are sending."""


class PostgresJournal(Journal):
    """A journal in a PostgreSQL database, for any number of processes and machines at once.

    With a ``job``, pass it to :func:`~smscx_client.bulk.lookup_all`: each distinct number is charged once per job,
    however the numbers are partitioned, repeated or extended, and ``max_cost`` is the budget of the job.
    Without a job, pass it to ``IdempotentNumbersApi``: a key is charged once in all processes.

    The tables are created on first use, in the schema ``smscx``. The database contains the responses to calls with a
    key, and the numbers of jobs. It contains no credential.

    Args:
        url: Connection string of libpq, such as ``postgresql://host/database``. A password may also come from
            ``PGPASSFILE`` or a service file.
        job: Name of the job; None for calls with idempotency keys.
        account: Any name of the account, for clients with an access token.

    Raises:
        ApiTypeError: an argument is of the wrong type.
        ApiValueError: the URL is not a connection string.
        JournalException: the database cannot be used.
    """

    is_shared = True

    def __init__(self, url: str, *, job: str | None = None, account: str | None = None) -> None:
        if not isinstance(url, str):
            raise ApiTypeError(f"url must be str, not {type(url).__name__}")
        self.job: str | None = check_string("job", job)
        self._database = Database(url)
        self._start(self._database, account)
        self._database.transaction(create_schema)
        self._job = self._database.transaction(self._add_job)
        self._max_price = 0.0
        self._fences: dict[int | None, int] = {}
        """Fences of the intents that this worker has."""

    # ---- used by the calls that are recorded

    def bind(self, client: ApiClient) -> None:
        """Check that the job belongs to the client's host and account; one that has no owner gets this one."""
        owner = (client.configuration.host, self._account or account_of(client))

        def bind(run: Run) -> tuple[Any, ...]:
            run("UPDATE smscx.job SET host = ?, account = ? WHERE id = ? AND host IS NULL", *owner, self._job)
            return run("SELECT host, account FROM smscx.job WHERE id = ?", self._job)[0]

        self._check_owner(self._database.transaction(bind), owner)

    def rebind(self) -> None:
        """Forget the host and account. The next call binds the job to its own, for example to a new API key."""
        self._database.read("UPDATE smscx.job SET host = NULL, account = NULL WHERE id = ?", self._job)

    @contextmanager
    def run(self) -> Generator[None]:
        """Do nothing: any number of runs may work on a job.

        Raises:
            ApiValueError: the journal has no job.
        """
        if self.job is None:
            raise ApiValueError("lookup_all needs a job: PostgresJournal(url, job=name)")
        yield

    def limit(self, max_cost: float | None, max_price: float | None) -> None:
        """Set the budget of the job, and the highest price of a number. A job without a new budget keeps its own.

        Raises:
            ApiValueError: the budget needs ``max_price``.
        """
        update = "UPDATE smscx.job SET max_cost = coalesce(?, max_cost) WHERE id = ? RETURNING max_cost"
        ((budget,),) = self._database.read(update, max_cost, self._job)
        if budget is not None and max_price is None:
            raise ApiValueError(f"the job {self.job!r} has a max_cost, which needs max_price; nothing was sent")
        self._max_price = max_price or 0.0

    def claim(self, planned: Intent, numbers: list[str]) -> list[tuple[Intent, list[str]]] | None:
        """Claim the numbers that nobody of the job has, and return all batches that have some of the numbers.

        Returns:
            The new batch first, if there is one, then the others, each with all its numbers; None if the budget of the
            job does not allow the new batch.
        """
        worker, wanted = self._database.worker(), sorted(map(int, numbers))

        def claim(run: Run) -> tuple[int, list[str], int | None, list[int]]:
            ((start,),) = run("SELECT -nextval('smscx.batch')")
            insert = "INSERT INTO smscx.number SELECT ?, unnest(?::bigint[]), ? ON CONFLICT DO NOTHING RETURNING number"
            new = {number for (number,) in run(insert, self._job, wanted, start)}
            own = [number for number in numbers if int(number) in new]
            others = "SELECT DISTINCT start FROM smscx.number WHERE job = ? AND number = ANY(?) AND start <> ?"
            starts = [other for (other,) in run(others, self._job, wanted, start)]
            if not own:
                return start, own, None, starts
            cost = len(own) * self._max_price
            self._reserve(run, cost)
            extra = {"worker": worker, "reserved": cost, "numbers": [int(number) for number in own]}
            return start, own, self._insert(run, _batch(planned, start, own), **extra), starts

        try:
            start, own, number, starts = self._database.transaction(claim)
        except _OverBudgetError:
            return None
        claimed = [(_batch(planned, start, own), own)] if own else []
        if number is not None:
            self._fences[number] = 0
        has = "start = ANY(?) AND part = 0 ORDER BY start DESC"
        for other, its_numbers in self._query("start, numbers", has, starts):
            texts = [f"+{number}" for number in its_numbers]
            claimed.append((_batch(planned, other, texts), texts))
        if len(claimed) < len(starts) + bool(own):
            raise JournalException(f"{self._file.name} lacks a batch that has claimed numbers; nothing was sent")
        return claimed

    @contextmanager
    def take(self, intent: Intent) -> Generator[Intent]:
        """Wait until no other worker has an intent, and have it until the end of the block.

        A worker that was not seen for as long as its lease has lost it. Then the settling time begins.
        """
        worker = self._database.worker()

        def take(run: Run) -> int | None:
            query = f"SELECT state, worker, fence, {_ALIVE} FROM smscx.intent WHERE id = ? FOR UPDATE"
            ((state, owner, fence, alive),) = run(query, intent.id)
            if state not in ("open", "unsent") or owner == worker:
                return cast("int", fence)
            if alive:
                return None
            run("UPDATE smscx.intent SET worker = ?, fence = fence + 1 WHERE id = ?", worker, intent.id)
            return cast("int", fence) + 1

        while (fence := self._database.transaction(take)) is None:
            sleep(TAKE_INTERVAL, intent.operation)
        if self._fences.get(intent.id) != fence:
            # Also if the reply to the commit was lost, and this worker has it without knowing since when.
            self._abandoned_at[intent.id] = _clock.elapsed()
        self._fences[intent.id] = fence
        try:
            yield self._one(intent)
        finally:
            self.give_back(intent)

    def begin(self, intent: Intent) -> Intent:
        """Record that a request is about to be sent, and return its intent. It must be sent within a second.

        Raises:
            IntentTakenError: another worker has the intent. Nothing may be sent.
            JournalException: the intent cannot be recorded. Nothing may be sent.
        """
        if intent.id is None and intent.start is not None and not intent.part:
            raise JournalException(f"{self._file.name} has lost the batch {-intent.start}; nothing was sent")
        worker = self._database.worker()
        intent = intent._replace(
            state="open", attempts=intent.attempts + 1, recorded_at=intent.recorded_at or utc_now()
        )
        for _ in range(MAX_STAMPS):
            begun = _clock.elapsed()
            number, settled = self._database.transaction(partial(self._stamp, intent, worker))
            if number is None:
                raise IntentTakenError(f"{self._file.name}: another worker took over {intent.describe()}")
            self._fences.setdefault(number, 0)
            intent = intent._replace(id=number)
            if not settled:
                sleep(TAKE_INTERVAL, intent.operation)
            elif _clock.elapsed() - begun <= MAX_AGE_BEFORE_SENDING:
                self._in_flight.add(number)
                return intent
        raise JournalException(f"{self._file.name} is too slow, or follows a failover; nothing was sent")

    def give_back(self, intent: Intent) -> None:
        """Let other workers take an intent."""
        if self._fences.pop(intent.id, None) is not None:
            update = "UPDATE smscx.intent SET worker = NULL WHERE id = ? AND worker = ?"
            self._database.try_to_run(update, intent.id, self._database.worker())

    def record(self, intent: Intent, response: Mapping[str, Any] | None = None) -> Intent:
        """Record an outcome, and return the intent as recorded. A response counts also after a takeover.

        Raises:
            JournalException: it cannot be recorded within ten minutes.
        """
        fence = None if intent.state == "done" else self._fences.get(intent.id, -1)
        work = partial(self._write_outcome, intent, response, fence)
        return self._database.transaction(work, timeout=RECORD_TIMEOUT)

    def record_found(self, intent: Intent, response: Mapping[str, Any] | None = None) -> Intent:
        """Record an outcome that was found, unless there is one by now, and return the intent as recorded."""
        work = partial(self._write_outcome, intent, response, self._fences.get(intent.id, -1))
        return self._database.transaction(work)

    def record_resolved(self, intent: Intent) -> None:
        """Record an outcome that a person found out. A worker that had lost the intent cannot send it any more."""
        with self.take(intent):
            self._database.transaction(partial(self._write_outcome, intent, None, None))

    def is_taken(self, result_id: str, by_other_than: Intent | None = None) -> bool:
        """Return whether a rental or bulk lookup belongs to an intent of any job, or to another intent."""
        query = f"SELECT id FROM smscx.intent WHERE result_id = ? AND id IS NOT ? AND {HAS_RESULT}"
        return bool(self._database.read(query, result_id, by_other_than and by_other_than.id))

    def _is_being_sent(self, intent: Intent) -> bool:
        return bool(self._query("id", f"id = ? AND {_ALIVE}", intent.id))

    def _add_job(self, run: Run) -> int:
        run("INSERT INTO smscx.job (name) VALUES (?) ON CONFLICT DO NOTHING", self.job or "")
        ((number,),) = run("SELECT id FROM smscx.job WHERE name = ?", self.job or "")
        return cast("int", number)

    def _reserve(self, run: Run, cost: float) -> None:
        """Check that the budget of the job allows a new batch. Other workers wait until it is recorded.

        Raises:
            _OverBudgetError: it does not.
        """
        ((budget,),) = run("SELECT max_cost FROM smscx.job WHERE id = ? FOR UPDATE", self._job)
        ((committed,),) = run(_COMMITTED, self._job)
        if budget is not None and committed + cost > budget + ROUNDING:
            raise _OverBudgetError

    def _stamp(self, intent: Intent, worker: int, run: Run) -> tuple[int | None, bool]:
        """Record the intent as open. Return its number, None if another worker has it; and whether it may be sent."""
        settled = _is_settled(run)
        if intent.id is None:
            return self._insert(run, intent, worker=worker), settled
        update = "UPDATE smscx.intent SET state = 'open', attempts = ?, recorded_at = ?, known = ?, worker = ?"
        values = intent.attempts, intent.recorded_at, json.dumps(intent.known), worker
        fenced = f"{update} WHERE id = ? AND fence = ? AND state IN ('open', 'unsent') RETURNING id"
        rows = run(fenced, *values, intent.id, self._fences.get(intent.id, -1))
        return rows[0][0] if rows else None, settled

    def _insert(self, run: Run, intent: Intent, **extra: object) -> int:
        values = {**intent._asdict(), "known": json.dumps(intent.known), "job": self._job, **extra}
        del values["id"]
        places = ", ".join("?" * len(values))
        insert = f"INSERT INTO smscx.intent ({', '.join(values)}) VALUES ({places}) RETURNING id"
        ((number,),) = run(insert, *values.values())
        return cast("int", number)

    def _write_outcome(self, intent: Intent, response: Mapping[str, Any] | None, fence: int | None, run: Run) -> Intent:
        rows = run("SELECT state, fence FROM smscx.intent WHERE id = ? FOR UPDATE", intent.id)
        if not rows:
            raise JournalException(f"{self._file.name} has lost {intent.describe()}")
        state, owner_fence = rows[0]
        if fence is not None and (fence != owner_fence or state not in ("open", "unsent")):
            return self._one(intent)
        if intent.result_id is not None and intent.operation in ("lookup_numbers", "rent_number"):
            # Another intent may be open about the same resource by now, so this one gets a resource of its own.
            reopen = "state = 'open', result_id = NULL, cost = NULL, resource = resource || ' of intent ' || id"
            others = f"result_id = ? AND id <> ? AND operation = ? AND {HAS_RESULT}"
            run(f"UPDATE smscx.intent SET {reopen} WHERE {others}", intent.result_id, intent.id, intent.operation)
        changes = {
            "state": intent.state,
            "finished_at": utc_now(),
            "result_id": intent.result_id,
            "cost": intent.cost,
            "price": intent.price,
            "missing": intent.missing,
            "delivered": intent.delivered,
            "response": response and json.dumps(response),
        }
        assignments = ", ".join(f"{name} = ?" for name in changes)
        run(f"UPDATE smscx.intent SET {assignments} WHERE id = ?", *changes.values(), intent.id)
        return self._one(intent)

    def _one(self, intent: Intent) -> Intent:
        (found,) = self._select("id = ?", intent.id)
        return found

    def _query(self, columns: str, where: str, *values: object) -> list[tuple[Any, ...]]:
        query = f"SELECT {columns} FROM smscx.intent WHERE job = ? AND {where}"
        return self._database.read(query, self._job, *values)

    def _update(self, assignments: str, where: str, *values: object) -> int:
        update = f"UPDATE smscx.intent SET {assignments} WHERE job = ? AND {where} RETURNING id"
        return len(self._database.read(update, self._job, *values))


class _OverBudgetError(Exception):
    """The budget of the job does not allow the batch."""


def job_progress(url: str, job: str) -> JobProgress:
    """Return the state of a job. It changes nothing, so a role that may only read can call it.

    Args:
        url: Connection string of libpq.
        job: Name of the job.

    Raises:
        ApiValueError: the URL is not a connection string, or there is no such job.
        JournalException: the database cannot be used.
    """
    database = Database(url)
    try:
        ((has_jobs,),) = database.read("SELECT to_regclass('smscx.job') IS NOT NULL")
        query = "SELECT id, max_cost FROM smscx.job WHERE name = ?"
        rows = database.read(query, check_string("job", job)) if has_jobs else []
        if not rows:
            raise ApiValueError(f"there is no job {job!r} in {database.name}")
        ((number, max_cost),) = rows
        ((numbers,),) = database.read("SELECT count(*) FROM smscx.number WHERE job = ?", number)
        counts = f"""SELECT count(*), count(*) FILTER (WHERE state IN ('done', 'refused')),
            count(*) FILTER (WHERE state = 'open'), coalesce(sum(cost), 0),
            count(DISTINCT worker) FILTER (WHERE {_ALIVE})
            FROM smscx.intent WHERE job = ?"""
        ((batches, finished, opened, cost, workers),) = database.read(counts, number)
        ((committed,),) = database.read(_COMMITTED, number)
        return JobProgress(numbers, batches, finished, opened, cost, committed - cost, max_cost, workers)
    finally:
        database.close()


def _batch(planned: Intent, start: int, numbers: Sequence[str]) -> Intent:
    resource = lookup_resource(numbers)
    return planned._replace(start=start, size=len(numbers), request=resource, resource=resource)


def _is_settled(run: Run) -> bool:
    """Return whether nothing is on its way that a failover may have lost the record of."""
    ((timeline,),) = run("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")
    ((known, settled),) = run("SELECT timeline, settles_at IS NULL OR settles_at < now() FROM smscx.version")
    if known == timeline:
        return cast("bool", settled)
    settles_at = f"now() + interval '{FAILOVER_GRACE}'" if known else "NULL"
    # Only the first worker that notices the failover starts the settling time.
    update = f"UPDATE smscx.version SET timeline = ?, settles_at = {settles_at} WHERE timeline IS ?"
    run(update, timeline, known)
    return known is None
