"""The cluster tests at length: workers of Dask are killed dozens of times while a job of 16,800 numbers runs."""

from __future__ import annotations

from pathlib import Path

from cluster import cluster, run_with_kills

from support import postgres


def test_a_job_whose_workers_are_killed_28_times_charges_each_number_once(tmp_path: Path) -> None:
    with cluster(postgres.empty_database(), 16_800, tmp_path, delay=2.5) as running:
        charges = run_with_kills(running, 28, 42)
        assert running.kills == 28
        assert len(charges) == 16_801
