"""What a worker process is told to do, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple

COMPLETE, FAILED, UNDETERMINED = 0, 1, 3
"""Exit codes. After a failure the job can be started again; an undetermined outcome needs a person."""
Action = Literal["kill", "fork", "fork, kill", "fork orphan, kill"]
"""SIGKILL; a forked child that exits normally; both in this order; or a child that exits after its parent."""


class Point(NamedTuple):
    """A moment in a worker, counted from its start."""

    event: str
    """``commit``: a transaction of a SQLite file; ``send``: a write to a socket; ``result``: a result was read.
    After a result, a child is forked, and its parent is killed in the next transaction."""
    number: int
    """1 for the first one."""
    moment: str
    """``before`` or ``after``."""
    action: Action = "kill"


@dataclass(frozen=True)
class Job:
    """Calls that cost money, and the journal that records them."""

    work: Literal["lookups", "keys"]
    """``lookups``: ``lookup_all``; ``keys``: calls of ``IdempotentNumbersApi``."""
    url: str
    api_key: str
    journal: str
    output: str
    """File for the results, one JSON object a line. It is complete or does not exist."""
    numbers: tuple[str, ...]
    """Phone numbers of the input, or of the lookups with a key."""
    number_ids: tuple[str, ...] = ()
    """Numbers to rent."""
    threads: int = 1
    batch_size: int = 10
    max_cost: float | None = None
    grace: float = 0.3
    """Settling time in seconds."""
    clock_shift: float = 0.0
    """Seconds by which the clock of the process is wrong."""
    point: Point | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        fields = json.loads(text)
        point = fields.pop("point")
        lists = {name: tuple(fields.pop(name)) for name in ("numbers", "number_ids")}
        return cls(point=point and Point(*point), **lists, **fields)
