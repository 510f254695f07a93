"""Each rule of the journal is needed: without it, the simulation finds a sequence that breaks a promise.

This takes up to an hour, so it is not among the tests: ``tox -e chaos`` runs it.
"""

from __future__ import annotations

import time

import pytest

from support.planted_bugs import BUGS
from support.simulation import search
from support.witnesses import WITNESSES, replay

EXAMPLES = 1500
"""Sequences that are searched for each bug."""


@pytest.mark.parametrize("name", WITNESSES)
def test_no_sequence_of_a_planted_bug_breaks_the_client_itself(name: str) -> None:
    replay(WITNESSES[name])


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    started, failure = time.monotonic(), ""
    try:
        with BUGS[name].planted():
            replay(WITNESSES.get(name, []))
            search(EXAMPLES, same=True, shrink=False)
    except Exception as found:  # noqa: BLE001 - a bug may break anything
        notes = "\n".join(getattr(found, "__notes__", []))
        steps = notes.count("state.") - notes.count("state.everything_holds") if notes else len(WITNESSES.get(name, []))
        failure = f"{steps} steps: {found}"
    with capsys.disabled():
        print(f"\n{name}: {time.monotonic() - started:.0f} s, {failure or 'not found'}")  # noqa: T201 - the report
    assert failure, f"no sequence needs this rule: {BUGS[name].rule}"
