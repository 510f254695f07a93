"""Soak test: 8 threads make 20,000 calls to a server that fails at random.

The server's ledger and the client's results must agree, call by call. Run ``pytest -s test/test_soak.py`` for the
figures.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from typing import Any

import pytest

from smscx_client import ApiClient, ApiConnectionException, ApiException, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import RentNumberRequest
from support.scripted_server import Reply, Request, ScriptedServer

CALLS, THREADS, SEED = 20_000, 8, 7
IDEMPOTENT = "validate"


class Ledger:
    """Processes some requests, responds to some, and counts what it processed. Faults are chosen at random."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.processed: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    def __call__(self, request: Request) -> Reply:
        """Respond to a request. The server calls this in one thread at a time."""
        name = request.json()["numberId"] if request.body else request.path.rpartition("/")[2]
        fault = self._random.choices(
            ["none", "reset", "close", "garbage", "truncated", "stall", "429", "500", "502", "503", "504"],
            [880, 15, 15, 10, 10, 1, 30, 10, 10, 10, 9],
        )[0]
        self.faults[fault] += 1
        if fault == "429":
            return Reply(429, {}, {"Retry-After": "1"})
        if fault == "none" or self._random.random() < 0.5:
            self.processed[name] += 1
        if fault == "none":
            return Reply(200, {"data": {"phoneNumber": name}, "info": {"rentId": name}})
        return Reply(int(fault)) if fault.isdigit() else Reply(fault=fault)


class Worker(threading.Thread):
    """Makes its share of the calls, and records the result of each."""

    def __init__(self, api: NumbersApi, calls: range) -> None:
        super().__init__()
        self._api = api
        self._calls = calls
        self.results: dict[str, str] = {}
        self.wrong: list[str] = []

    def run(self) -> None:
        for call in self._calls:
            kind = (IDEMPOTENT, "lookup", "rent")[call % 3]
            name = f"{(IDEMPOTENT, 'lookup', 'rent').index(kind) + 1}{call:08}"
            try:
                self._record(name, self._make(kind, name))
            except ApiException as exception:
                self.results[name] = "unknown" if exception.outcome_unknown else "failed"

    def _make(self, kind: str, name: str) -> Any:
        if kind == "rent":
            return self._api.rent_number(RentNumberRequest(name, 1)).info.rent_id
        call = self._api.validate_number if kind == IDEMPOTENT else self._api.lookup_number
        return call(name).data.phone_number

    def _record(self, name: str, returned: str) -> None:
        self.results[name] = "done"
        if returned != name:
            self.wrong.append(name)


@pytest.mark.soak
def test_no_call_is_lost_or_charged_twice_through_random_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    ledger, began = Ledger(SEED), time.monotonic()
    with ScriptedServer(ledger) as server:
        with ApiClient(Configuration(server.url, "k", timeout=(5, 0.5))) as client:
            share = CALLS // THREADS
            workers = [Worker(NumbersApi(client), range(first, first + share)) for first in range(0, CALLS, share)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        seconds = time.monotonic() - began
        deadline = time.monotonic() + 60
        while server.open_sockets and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        left_open = len(server.open_sockets)
    results = {name: result for worker in workers for name, result in worker.results.items()}
    paid = {name: result for name, result in results.items() if not name.startswith("1")}
    charged_twice = [name for name in paid if ledger.processed[name] > 1]
    lost = [name for name, result in results.items() if result == "done" and ledger.processed[name] == 0]
    unflagged = [name for name, result in paid.items() if result == "failed" and ledger.processed[name]]
    flagged = [name for name, result in paid.items() if result == "unknown"]
    print(
        f"\n{len(results):,} calls in {seconds:.1f} s, {sum(ledger.faults.values()):,} requests, "
        f"{sum(ledger.faults.values()) - ledger.faults['none']:,} faults, {len(waits):,} waits; "
        f"{Counter(results.values())}; charged twice {len(charged_twice)}, lost {len(lost)}, processed and not flagged "
        f"{len(unflagged)}, flagged {len(flagged)} of which processed "
        f"{sum(ledger.processed[name] for name in flagged)}, sockets left open {left_open}"
    )
    assert len(results) == CALLS
    assert [worker.wrong for worker in workers] == [[]] * THREADS
    assert (charged_twice, lost, unflagged, left_open) == ([], [], [], 0)
    assert 0 < sum(ledger.processed[name] for name in flagged) < len(flagged)
    assert seconds < 120


def test_the_ledger_detects_a_client_that_sends_a_paid_request_twice() -> None:
    ledger = Ledger(SEED)
    request = Request("GET", "/numbers/lookup/2123", {}, b"")
    while sum(ledger.processed.values()) < 2:
        ledger(request)
    assert ledger.processed["2123"] == 2


def test_a_broken_connection_is_not_reused() -> None:
    with ScriptedServer([Reply(fault="close"), Reply(200, {})]) as server:
        with ApiClient(Configuration(server.url, "k", retries=0)) as client:
            with pytest.raises(ApiConnectionException):
                NumbersApi(client).validate_number("1")
            NumbersApi(client).validate_number("1")
        assert server.connections == 2
