"""The work of a worker, with public interfaces only, as a user's program has it."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from job import COMPLETE, FAILED, UNDETERMINED, Job
from points import Points

from smscx_client import ApiClient, ApiException, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import UnknownOutcomeException, lookup_all
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.journal import Journal
from smscx_client.models import NumbersLookupRequest, RenewRentRequest, RentNumberRequest
from smscx_client.waiting import wait_for_lookup

T = TypeVar("T")
Row = dict[str, Any]

RENT_PERIOD = 7
"""Days."""


def do(job: Job, points: Points) -> int:
    """Do a job, write its results, and return the exit code."""
    try:
        with ApiClient(Configuration(job.url, job.api_key, proxy=False)) as client, Journal(job.journal) as journal:
            work = _look_up if job.work == "lookups" else _use_keys
            rows = points.run(
                lambda: [points.watch("result", row.copy) for row in work(job, NumbersApi(client), journal)]
            )
            _write(Path(job.output), [*rows, _summary(journal, points.counts)])
    except UnknownOutcomeException:
        traceback.print_exc()
        return UNDETERMINED
    except Exception:  # noqa: BLE001 - the parent process reports it
        traceback.print_exc()
        return FAILED
    return COMPLETE


def _look_up(job: Job, api: NumbersApi, journal: Journal) -> Iterator[Row]:
    items = lookup_all(
        api,
        job.numbers,
        journal=journal,
        batch_size=job.batch_size,
        threads=job.threads,
        max_cost=job.max_cost,
        grace=job.grace,
        wait_for_results=partial(wait_for_lookup, poll_interval=0.1, max_poll_interval=0.3),
    )
    for item in items:
        yield {
            "phone_number": item.phone_number,
            "found": None if item.result is None else item.result.phone_number,
            "bulk_id": item.lookup_bulk_id,
            "duplicate_of": item.duplicate_of,
            "reason": item.reason,
        }


def _use_keys(job: Job, api: NumbersApi, journal: Journal) -> Iterable[Row]:
    """Rent, renew and look up numbers. Each thread does the work of one number after that of another."""
    calls = IdempotentNumbersApi(api, journal, grace=job.grace)
    with ThreadPoolExecutor(job.threads) as pool:
        rows = list(pool.map(partial(_serve, calls), job.number_ids, job.numbers))
    return [row for part in rows for row in part]


def _serve(calls: IdempotentNumbersApi, number_id: str, phone_number: str) -> list[Row]:
    """Make the calls for one customer, who is identified by the number to rent."""
    rental = _persistently(
        lambda: calls.rent_number(RentNumberRequest(number_id, RENT_PERIOD), idempotency_key=f"rent {number_id}")
    )
    rent_id = rental.info.rent_id
    renewed = _persistently(
        lambda: calls.renew_rent(
            rent_id, RenewRentRequest(rent_period=RENT_PERIOD), idempotency_key=f"renew {number_id}"
        )
    )
    found = _persistently(lambda: calls.lookup_number(phone_number, idempotency_key=f"look up {phone_number}"))
    # The same number in another list is another purchase.
    bulk = _persistently(
        lambda: calls.lookup_numbers(
            NumbersLookupRequest([phone_number, f"{phone_number[:-2]}99"]), idempotency_key=f"list {phone_number}"
        )
    )
    return [
        {"operation": "rent_number", "number_id": number_id, "id": rent_id},
        {"operation": "renew_rent", "number_id": number_id, "id": renewed.info.rent_id},
        {"operation": "lookup_number", "phone_number": phone_number, "found": found.data.phone_number},
        {"operation": "lookup_numbers", "phone_number": phone_number, "id": bulk.info.lookup_bulk_id},
    ]


def _persistently(call: Callable[[], T]) -> T:
    """Make a call with a key, and make it once more if its response was lost, as the documentation advises."""
    try:
        return call()
    except ApiException as failure:
        if not failure.outcome_unknown:
            raise
    return call()


def _summary(journal: Journal, counts: Mapping[str, int]) -> Row:
    return {"total_cost": journal.total_cost(), "unresolved": len(journal.unresolved()), "counts": dict(counts)}


def _write(path: Path, rows: list[Row]) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    temporary.replace(path)
