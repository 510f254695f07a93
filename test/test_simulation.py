"""Nothing is charged twice, and nothing that was paid is lost, whatever happens and in whatever order.

The default run is bounded, and the same every time. To search for hours, with other sequences in each run:

    SIMULATION_SECONDS=7200 pytest test/test_simulation.py

A failure shows the shortest sequence that Hypothesis found, and what reproduces it. ``tox -e chaos`` plants bugs and
checks that the simulation finds them.
"""

from __future__ import annotations

import gc
import os
import time

import pytest

from support.simulation import search

pytestmark = [pytest.mark.journal, pytest.mark.simulation]

EXAMPLES = 120
"""Sequences of the default run, which take about 40 seconds."""
EXAMPLES_PER_SEARCH = 1000


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_nothing_is_charged_twice_and_nothing_paid_is_lost() -> None:
    try:
        run()
    finally:
        gc.collect()  # a program that is killed does not close its sockets


def run() -> None:
    """Search as long as the environment says."""
    if "SIMULATION_SECONDS" not in os.environ:
        search(int(os.environ.get("SIMULATION_EXAMPLES", EXAMPLES)), same="SIMULATION_EXAMPLES" not in os.environ)
        return
    end = time.monotonic() + float(os.environ["SIMULATION_SECONDS"])
    while time.monotonic() < end:
        search(EXAMPLES_PER_SEARCH, same=False)
