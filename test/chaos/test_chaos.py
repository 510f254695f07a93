"""A sample of the chaos tests: workers that are killed charge nothing twice, and lose nothing."""

from __future__ import annotations

import os

import pytest
from job import Point
from scenario import NewScenario

pytestmark = [
    pytest.mark.journal,
    pytest.mark.simulation,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs SIGKILL and fork"),
]


def test_a_killed_run_of_lookups_charges_each_number_once(new_scenario: NewScenario) -> None:
    scenario = new_scenario()
    job = scenario.job(work="lookups", numbers=scenario.untidy(scenario.phone_numbers(30)), threads=2)
    scenario.complete(job, [Point("send", 5, "after"), Point("commit", 4, "before"), Point("send", 7, "before"), 0.3])
    scenario.check([job])


def test_killed_calls_with_keys_are_charged_once(new_scenario: NewScenario) -> None:
    scenario = new_scenario()
    job = scenario.keys_job(1)
    scenario.complete(job, [Point("send", 6, "after"), Point("commit", 8, "before"), 0.4])
    scenario.check([job])


def test_a_child_that_exits_during_a_transaction_does_not_damage_the_journal(new_scenario: NewScenario) -> None:
    scenario = new_scenario()
    job = scenario.job(work="lookups", numbers=scenario.phone_numbers(30), threads=2)
    scenario.complete(job, [Point("commit", 6, "before", "fork, kill"), Point("commit", 5, "before", "fork")])
    scenario.check([job])
