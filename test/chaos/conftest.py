"""Fixtures of the chaos tests: a sandbox with many accounts, and the figures at the end."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from figures import FIGURES
from scenario import NewScenario, Scenario

from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.controls import SandboxAccount

CREDIT = 1_000_000.0
LOOKUPS_FINISH_AFTER = 0.1
"""Seconds. The sandbox takes two seconds by itself."""


@pytest.fixture(scope="session")
def chaos_sandbox() -> Iterator[Sandbox]:
    """A sandbox for all scenarios; each has an account of its own."""
    with Sandbox(rate_limit=1_000_000) as sandbox:
        yield sandbox


@pytest.fixture
def new_scenario(chaos_sandbox: Sandbox, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[NewScenario]:
    """Start scenarios. Lookups finish soon, unless a scenario is started with ``slow_lookups``."""
    numbers = count(1)
    accounts: list[SandboxAccount] = []
    fast_accounts: list[SandboxAccount] = []
    ended = threading.Event()

    def new(*, slow_lookups: bool = False) -> Scenario:
        number = next(numbers)
        directory = tmp_path / str(number)
        directory.mkdir()
        account = chaos_sandbox.create_account(credit=CREDIT, seed=number, rate_limit=1_000_000)
        accounts.append(account)
        if not slow_lookups:
            fast_accounts.append(account)
        seed = 10_000 * int(os.environ.get("CHAOS_SEED", "0")) + number
        return Scenario(str(request.node.name), account, directory, seed)

    def finish_lookups() -> None:
        while not ended.wait(LOOKUPS_FINISH_AFTER):
            for account in fast_accounts[-8:]:
                account.finish_lookups()

    finisher = threading.Thread(target=finish_lookups, daemon=True)
    finisher.start()
    yield new
    ended.set()
    finisher.join()
    for account in accounts:
        with suppress(ValueError):
            account.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in FIGURES.table():
        terminalreporter.write_line(line)
