"""A Dask cluster of three worker processes that are killed while they look numbers up."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
from dask import config, dataframe
from distributed import Client, LocalCluster

from smscx_client import ApiValueError
from smscx_client.dataframe import lookup_frame
from smscx_client.journal import job_progress
from smscx_client.sandbox import Sandbox
from support.journals import charged

PRICE = 0.01
FOLDER = Path(__file__).parent


class Cluster:
    """Three workers with folders of their own, a database, and a sandbox whose lookups finish at once."""

    def __init__(self, client: Client, sandbox: Sandbox, url: str, numbers: list[str]) -> None:
        self.sandbox = sandbox
        self.url = url
        self.numbers = numbers
        self.kills = 0
        self._client = client

    def look_up(self, numbers: list[str], partitions: int) -> pd.DataFrame:
        """Look up numbers in partitions, and return the computed DataFrame."""
        frame = dataframe.from_pandas(pd.DataFrame({"phone": numbers}), npartitions=partitions)
        lazy = lookup_frame(
            frame,
            "phone",
            journal=self.url,
            job="customers",
            configuration=self.sandbox.configuration(),
            max_cost=PRICE * (len(self.numbers) + 1),
            max_price=PRICE,
            batch_size=100,
            grace=2.0,
        )
        return lazy.compute()

    def kill_workers(self, count: int, ended: threading.Event) -> None:
        """Kill a random worker at a random moment, again and again; each after the one before was replaced."""
        sending = 0
        while self.kills < count and not ended.wait(random.uniform(0.05, 0.5)):
            with suppress(ApiValueError):  # the job does not exist yet
                sending = job_progress(self.url, "customers").open
            if not sending:
                continue
            processes = [worker["pid"] for worker in self._client.run(_describe, on_error="ignore").values()]
            if len(processes) == 3:
                os.kill(random.choice(processes), signal.SIGKILL)
                self.kills += 1

    def check(self, found: pd.DataFrame, numbers: list[str]) -> None:
        """Check that every row has the result of its number, and that each number was charged once."""
        assert found["phone"].tolist() == numbers
        assert found["phone_e164"].tolist() == numbers
        assert set(charged(self.sandbox).values()) == {1}
        progress = job_progress(self.url, "customers")
        assert progress.open == 0
        assert progress.numbers == len(charged(self.sandbox))
        assert abs(progress.cost - PRICE * progress.numbers) < 1e-6


def _describe() -> dict[str, Any]:
    return {"pid": os.getpid()}


@contextmanager
def cluster(url: str, size: int, folder: Path, delay: float) -> Iterator[Cluster]:
    """Return a running cluster, with a sandbox that has credit, and that takes some seconds for a bulk lookup."""
    stop = threading.Event()
    settings = {"distributed.scheduler.allowed-failures": 1000, "temporary-directory": str(folder)}
    numbers = [f"+336122{number:05}" for number in range(size)]
    with Sandbox(credit=10 * size) as sandbox, config.set(settings):
        finisher = threading.Thread(target=_finish, args=(sandbox, stop))
        finisher.start()
        sandbox.fail_next(10 * size, operation="lookup_numbers", delay=delay)  # there is time to kill a sender
        try:
            workers = LocalCluster(
                n_workers=3,
                threads_per_worker=1,
                processes=True,
                dashboard_address=":0",
                preload=[str(FOLDER / "short_lease.py")],
                local_directory=str(folder),
            )
            with workers, Client(workers) as client:
                yield Cluster(client, sandbox, url, numbers)
        finally:
            stop.set()
            finisher.join()


def _finish(sandbox: Sandbox, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        sandbox.finish_lookups()


def run_with_kills(running: Cluster, kills: int, partitions: int) -> Counter[str]:
    """Look the numbers up while workers are killed; again with other partitions, and with an appended number."""
    ended = threading.Event()
    killer = threading.Thread(target=running.kill_workers, args=(kills, ended))
    killer.start()
    try:
        running.check(running.look_up(running.numbers, partitions), running.numbers)
    finally:
        ended.set()
        killer.join()
    running.check(running.look_up(running.numbers, partitions), running.numbers)
    reversed_numbers = running.numbers[::-1]
    running.check(running.look_up(reversed_numbers, max(2, partitions // 3)), reversed_numbers)
    before = sum(charged(running.sandbox).values())
    appended = [*running.numbers, "+33699999999"]
    running.check(running.look_up(appended, partitions), appended)
    after = Counter(charged(running.sandbox))
    assert sum(after.values()) == before + 1
    return after
