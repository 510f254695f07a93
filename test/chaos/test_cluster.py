"""A sample of the cluster tests: a Dask job whose workers are killed charges each number once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support import postgres

for name in ("distributed", "psycopg"):
    pytest.importorskip(name)

from cluster import cluster, run_with_kills  # noqa: E402

pytestmark = [pytest.mark.journal, pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")]


def test_a_job_whose_worker_is_killed_charges_each_number_once(tmp_path: Path) -> None:
    with cluster(postgres.empty_database(), 900, tmp_path, delay=0.6) as running:
        run_with_kills(running, 1, 6)
        assert running.kills == 1
