"""For planted bugs that a random search finds late: a sequence of steps that the bug breaks."""

from __future__ import annotations

from typing import Any

from support.simulation import Again, Simulation

A, OTHER = "+33612246450", "+33612246451"
LATER = Again(125.0, "no", None, other=False)
Step = tuple[str, dict[str, Any]]


def _again(lists: Any = None, seconds: float = 125.0, restart: Any = "no") -> Again:
    return Again(seconds, restart, lists, other=False)


def _lookups(key: str, sent: list[str], *fates: Any, again: Again | None = None) -> Step:
    options = {"key": key, "sent": sent, "fates": list(fates), "again": again}
    return "look_up_with_key", {"name": "A", "lists": None, "death": None, **options}


def _rent(fate: Any, again: Again | None = None, key: str = "x", offer: int = 0, **options: Any) -> Step:
    given = {"key": key, "offer": offer, "fates": [fate] if fate else [], "again": again, "period": 7, "renew": False}
    return "rent", {"name": "A", "lists": None, "death": None, **given, **options}


def _renew(key: str, fate: Any, again: Again | None = None) -> Step:
    options = {"key": key, "which": 0, "cancel": False, "fates": [fate] if fate else [], "again": again}
    return "renew_or_cancel", {"name": "A", "lists": None, "death": None, **options}


PROCESSED, LOST, LATE, STORM = ("processed", 3.0), ("lost", 3.0), ("late", 110.0), ("storm", 3.0)
WEEK: list[Step] = [("time_passes", {"seconds": 90_000.0})] * 8
WITNESSES: dict[str, list[Step]] = {
    "no settling time": [_lookups("x", [A], LATE, again=_again(seconds=5.0))],
    "settling time of a dead process": [_lookups("x", [A], LATE, again=_again(seconds=5.0, restart="kill"))],
    "one read": [_lookups("x", [A], PROCESSED, again=_again("hidden"))],
    "anchor of lookups": [_lookups("x", [A], PROCESSED, again=_again("empty"))],
    "anchor of rentals": [_rent(PROCESSED, _again("empty"))],
    "stored responses": [_lookups("x", [A], PROCESSED, again=_again("stored"))],
    "half of the rentals": [_rent(PROCESSED, LATER, offer=3)],
    "rentals from before": [
        ("another_program_rents", {"offer": 0, "period": 7}),
        ("time_passes", {"seconds": 30.0}),
        _rent(LOST, LATER),
    ],
    "period of a rental": [_rent(LOST), ("another_program_rents", {"offer": 0, "period": 30}), _rent(None)],
    "ended rentals": [_rent(PROCESSED, _again(seconds=90_000.0), period=1, offer=1)],
    "automatic renewals": [_rent(None, renew=True), _renew("x", LOST), *WEEK, _renew("x", None)],
    "incomplete results": [_lookups("x", [A, OTHER], PROCESSED, again=_again("unfinished"))],
    "other spelling": [_lookups("x", ["+330612246453"], PROCESSED, again=LATER)],
    "claimed twice": [_lookups("x", [A]), _lookups("y", [A], LOST, again=LATER)],
    "exact match last": [
        _lookups("x", [A], PROCESSED),
        _lookups("y", [A, OTHER], LOST, again=LATER),
        _lookups("x", [A]),
    ],
    "429": [_lookups("x", [A]), _lookups("y", [A], STORM, STORM)],
    "no credit": [_lookups("x", [A], ("no credit", 3.0))],
    "resources": [_rent(None), _renew("x", LOST), _renew("y", PROCESSED), _renew("x", None)],
    "deleted file": [_lookups("x", [A]), ("disturb_the_file", {"name": "A", "how": "deleted", "during": True})],
    "forked child": [_lookups("x", [A]), ("fork", {"name": "A"})],
    "same key, other request": [_lookups("x", [A]), ("use_a_key_for_another_request", {"name": "A", "key": "x"})],
    "other account": [_lookups("x", [A]), ("use_another_account", {"name": "A"})],
    "repeats": [
        ("another_program_looks_up", {"sent": [A]}),
        ("time_passes", {"seconds": 30.0}),
        (
            "run_lookups",
            {"name": "A", "batch_size": 1, "repeat": False, "fates": [], "lists": None, "death": None, "again": None},
        ),
    ],
    "old record": [
        ("the_computer_will_sleep", {"reading": reading, "seconds": 30.0}) for reading in range(1, 13)
    ] + [_lookups("x", [A])],
}  # fmt: skip


def replay(steps: list[Step]) -> None:
    """Take steps, and check after each one.

    Raises:
        AssertionError: a promise is broken.
    """
    simulation = Simulation()
    simulation.set_up([A], [A], deduplicate=True)
    try:
        for name, arguments in steps:
            getattr(simulation, name)(**arguments)
            simulation.everything_holds()
    except BaseException:
        simulation.failed = True
        raise
    finally:
        simulation.teardown()
