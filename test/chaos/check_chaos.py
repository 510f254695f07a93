"""Chaos tests: some hundred workers are killed at every point, and at random. ``tox -e chaos`` runs them.

The seed of each scenario is its number in its test, plus 10,000 times the environment variable ``CHAOS_SEED``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from job import Action, Job, Point
from scenario import Interruption, InvariantError, NewScenario, Scenario
from slow_proxy import slow_proxy

from smscx_client.sandbox import Sandbox

AT_ONCE = 2
"""Scenarios at the same time."""
HOUR = 3600.0
WORK_TIME = 1.0
"""Seconds that a slow service works on a request. A worker starts in less."""
MAX_SECONDS = 0.6
"""Longest time until a kill from outside. Many runs take less."""


def run_all(scenarios: Iterable[Callable[[], None]], *, at_once: int = AT_ONCE) -> None:
    """Run scenarios, and report all failures together."""
    failures: list[str] = []

    def run(scenario: Callable[[], None]) -> None:
        try:
            scenario()
        except InvariantError as failure:
            failures.append(str(failure))

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(run, scenarios))
    if failures:
        pytest.fail(f"{len(failures)} scenarios failed; the first ones:\n\n" + "\n\n".join(failures[:3]), pytrace=False)


def lookups(scenario: Scenario, threads: int, **fields: Any) -> Job:
    """Return a run of lookups with repeated, invalid and uncovered numbers in several batches."""
    numbers = scenario.untidy(scenario.phone_numbers(30))
    return scenario.job(work="lookups", numbers=numbers, threads=threads, **fields)


def small_batches(scenario: Scenario, threads: int, **fields: Any) -> Job:
    """Return the same run with more requests."""
    return lookups(scenario, threads, batch_size=4, **fields)


def tidy_lookups(scenario: Scenario, threads: int, **fields: Any) -> Job:
    """Return a run whose first request is a lookup: no number needs a validation before."""
    return scenario.job(work="lookups", numbers=scenario.phone_numbers(30), threads=threads, **fields)


def two_customers(scenario: Scenario, threads: int, **fields: Any) -> Job:
    """Return calls with keys for two customers."""
    return scenario.keys_job(2, threads=threads, **fields)


def every_point(counts: Counter[str], action: Action = "kill") -> Iterator[Point]:
    for event in ("commit", "send"):
        for number in range(1, counts[event] + 1):
            yield Point(event, number, "before", action)
            yield Point(event, number, "after", action)


def count_points(new_scenario: NewScenario, make_job: Callable[..., Job], **fields: Any) -> Counter[str]:
    """Return how many commits and writes to sockets a run without kills has."""
    scenario = new_scenario()
    job = make_job(scenario, **fields)
    scenario.complete(job)
    scenario.check([job])
    return scenario.counts(job)


def kill_and_complete(
    new_scenario: NewScenario, make_job: Callable[..., Job], kills: Iterable[Interruption], **fields: Any
) -> None:
    scenario = new_scenario()
    job = make_job(scenario, **fields)
    scenario.complete(job, kills)
    scenario.check([job])


def some_kills(scenario: Scenario, count: int) -> list[Interruption]:
    """Return kills at random points, and at random times from outside."""
    random = scenario.random
    return [
        random.uniform(0.0, MAX_SECONDS)
        if random.random() < 0.5
        else Point(random.choice(["commit", "send"]), random.randint(2, 20), random.choice(["before", "after"]))
        for _ in range(count)
    ]


@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_lookups_killed_at_every_point(new_scenario: NewScenario, threads: int) -> None:
    points = every_point(count_points(new_scenario, lookups, threads=threads))
    run_all(partial(kill_and_complete, new_scenario, lookups, [point], threads=threads) for point in points)


@pytest.mark.parametrize("threads", [1, 2])
def test_keys_killed_at_every_point(new_scenario: NewScenario, threads: int) -> None:
    points = every_point(count_points(new_scenario, two_customers, threads=threads))
    run_all(partial(kill_and_complete, new_scenario, two_customers, [point], threads=threads) for point in points)


@pytest.mark.parametrize("make_job", [lookups, two_customers])
def test_recoveries_killed_at_every_point(new_scenario: NewScenario, make_job: Callable[..., Job]) -> None:
    def run(point: Point) -> None:
        scenario = new_scenario()
        job = make_job(scenario, threads=3)
        first = Point("send", scenario.random.randint(4, last), "after")
        scenario.complete(job, [first, point])
        scenario.check([job])

    counts = count_points(new_scenario, make_job, threads=3)
    last = counts["send"]
    run_all(partial(run, point) for point in every_point(counts))


@pytest.mark.parametrize("make_job", [small_batches, two_customers])
def test_kills_and_cut_connections_at_random(new_scenario: NewScenario, make_job: Callable[..., Job]) -> None:
    def run() -> None:
        scenario = new_scenario()
        job = make_job(scenario, threads=scenario.random.randint(1, 8))
        for kill in some_kills(scenario, 4):
            scenario.cut_connections(6)
            scenario.run(job, kill)
        scenario.complete(job)
        scenario.check([job])

    run_all([run] * 20)


def test_lookups_whose_results_are_pending(new_scenario: NewScenario) -> None:
    def run() -> None:
        scenario = new_scenario(slow_lookups=True)
        job = small_batches(scenario, threads=scenario.random.randint(1, 8))
        scenario.complete(job, some_kills(scenario, 3))
        scenario.check([job])

    run_all([run] * 12)


def test_lookups_with_a_cost_limit(new_scenario: NewScenario) -> None:
    def run() -> None:
        scenario = new_scenario()
        job = small_batches(scenario, threads=scenario.random.randint(1, 4), max_cost=0.5)
        scenario.complete(job, some_kills(scenario, 2))
        scenario.check([job])

    run_all([run] * 12)


def test_two_journals_of_one_account_killed_together(new_scenario: NewScenario) -> None:
    def run() -> None:
        scenario = new_scenario()
        threads = scenario.random.randint(1, 4)
        jobs = [
            scenario.job(
                name, work="lookups", numbers=scenario.phone_numbers(30, first=first), threads=threads, batch_size=5
            )
            for name, first in (("one", 0), ("two", 100))
        ]
        for kill in some_kills(scenario, 3):
            scenario.run_together(jobs, kill)
        while any(scenario.run_together(jobs)):
            pass
        scenario.check(jobs)

    run_all([run] * 20, at_once=1)


@pytest.mark.parametrize("make_job", [tidy_lookups, two_customers])
def test_a_service_that_works_on_requests_of_killed_senders(
    new_scenario: NewScenario, chaos_sandbox: Sandbox, make_job: Callable[..., Job]
) -> None:
    host, _, port = chaos_sandbox.url.removeprefix("http://").partition(":")
    with slow_proxy(host, int(port), delay=WORK_TIME) as url:
        counts = count_points(new_scenario, make_job, threads=2, url=url)
        points = [Point("send", number, "after") for number in range(1, counts["send"] + 1)]
        run_all(
            partial(kill_and_complete, new_scenario, make_job, [point], threads=2, url=url, grace=WORK_TIME + 0.5)
            for point in points
        )


@pytest.mark.parametrize("action", ["fork", "fork, kill", "fork orphan, kill"])
def test_a_forked_child_that_exits_at_every_commit(new_scenario: NewScenario, action: Action) -> None:
    commits = Counter(commit=count_points(new_scenario, lookups, threads=2)["commit"])
    points = every_point(commits, action)
    run_all(partial(kill_and_complete, new_scenario, lookups, [point], threads=2) for point in points)


def test_a_child_that_is_forked_between_results_and_exits(new_scenario: NewScenario) -> None:
    points = [Point("result", number, "after", "fork, kill") for number in range(1, 34, 2)]
    run_all(partial(kill_and_complete, new_scenario, small_batches, [point], threads=2) for point in points)


@pytest.mark.parametrize("make_job", [small_batches, two_customers])
@pytest.mark.parametrize("shift", [-HOUR, HOUR])
def test_a_clock_that_changes_by_an_hour_between_runs(
    new_scenario: NewScenario, make_job: Callable[..., Job], shift: float
) -> None:
    def run() -> None:
        scenario = new_scenario()
        job = make_job(scenario, threads=2)
        for kill in some_kills(scenario, 2):
            scenario.run(job, kill)
            job = replace(job, clock_shift=job.clock_shift + shift)
        scenario.complete(job)
        scenario.check([job])

    run_all([run] * 8)


@pytest.mark.parametrize("make_job", [small_batches, two_customers])
def test_a_worker_that_is_started_again_an_hour_later(new_scenario: NewScenario, make_job: Callable[..., Job]) -> None:
    def run() -> None:
        scenario = new_scenario()
        job = make_job(scenario, threads=2)
        for kill in some_kills(scenario, 2):
            scenario.run(job, kill)
            scenario.let_an_hour_pass()
        scenario.complete(job)
        scenario.check([job])

    run_all([run] * 8)
