"""One bug for each rule that keeps a call from being charged twice. The simulation must find every one of them.

A bug changes a line of the client while it is planted. If that line no longer exists, planting it fails: then change
the bug together with the rule.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from types import CodeType
from typing import Any, NamedTuple
from unittest.mock import patch

from smscx_client import idempotency, outcome
from smscx_client.bulk import lookup, repeats
from smscx_client.journal import Journal, calls, sqlite_file


class Bug(NamedTuple):
    """A rule that is missing."""

    rule: str
    """The rule, which the bug breaks."""
    changes: tuple[tuple[Any, str, str], ...] = ()
    """A function, a part of its source, and what is there instead."""
    constants: tuple[tuple[Any, str, Any], ...] = ()
    """An object, the name of an attribute, and its other value."""

    @contextmanager
    def planted(self) -> Generator[None]:
        """Have this bug for a while."""
        with ExitStack() as stack:
            for function, part, instead in self.changes:
                stack.enter_context(_changed(function, part, instead))
            for owner, name, value in self.constants:
                stack.enter_context(patch.object(owner, name, value))
            yield


@contextmanager
def _changed(function: Callable[..., Any], part: str, instead: str) -> Generator[None]:
    """Change a part of the source of a function, wherever it is already in use."""
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(part) != 1:
        raise ValueError(f"{function.__qualname__} does not have this once: {part}")
    found: dict[str, Any] = {}
    code = compile("from __future__ import annotations\n" + source.replace(part, instead), __file__, "exec")
    exec(code, function.__globals__, found)
    original: CodeType = function.__code__
    function.__code__ = found[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = original


BUGS: dict[str, Bug] = {
    "sent before it is recorded": Bug(
        "A request is on disk before its first byte is sent.",
        ((calls._Recorder.before_send, "self._journal.begin(self.intent)", 'self.intent._replace(state="open")'),),
    ),
    "no settling time": Bug(
        "Not processed is said only after the settling time.",
        ((Journal.settles_at, "+ grace", "+ 0"),),
    ),
    "settling time of a dead process": Bug(
        "After a crash, the settling time begins when the journal is opened.",
        ((Journal.settles_at, "self._opened_at", "0"),),
    ),
    "one read": Bug(
        "Not processed needs two reads that agree.",
        ((outcome.wait_for_outcome, "empty = now, found", "return NotProcessed()"),),
    ),
    "anchor of lookups": Bug(
        "A list of bulk lookups that does not show the anchor proves nothing.",
        (
            (
                outcome._candidates,
                "if anchor is not None and anchor not in seen:\n        raise",
                "if False:\n        raise",
            ),
        ),
    ),
    "anchor of rentals": Bug(
        "A list of rentals that does not show the anchor proves nothing.",
        (
            (
                outcome._resolve_rent,
                "if anchor is not None and anchor not in {rental.rent_id for rental in rentals}:",
                "if False:",
            ),
        ),
    ),
    "stored responses": Bug(
        "A response from a cache proves nothing.",
        ((outcome._FreeCalls._read, '!= "0"', '== ""'),),
    ),
    "loops": Bug(
        "A list whose pages form a loop proves nothing.",
        ((outcome._FreeCalls._pages, 'raise _UnreliableError("the pages of the list form a loop")', "return"),),
    ),
    "half of the rentals": Bug(
        "Rentals are listed with and without alphanumeric senders.",
        ((outcome._FreeCalls.rentals, "(False, True)", "(False,)"),),
    ),
    "rentals from before": Bug(
        "A rental that was there before is not the request's.",
        ((outcome._resolve_rent, "and rental.rent_id not in before", ""),),
    ),
    "period of a rental": Bug(
        "A rental of another period is not the request's.",
        ((outcome._resolve_rent, 'and rental._object().get("rentPeriod") in (period, None)', ""),),
    ),
    "ended rentals": Bug(
        "A rental that may have ended since may not be listed, so its absence proves nothing.",
        ((outcome._resolve_rent, "window.now >= window.start", "window.now < window.start"),),
    ),
    "automatic renewals": Bug(
        "The renewal of a rental that renews itself is not the request's.",
        ((outcome._compare_ends, "rental.auto_renew and", "False and"),),
    ),
    "size of a lookup": Bug(
        "A bulk lookup may be smaller than its request: not every number is covered.",
        (
            (
                outcome._candidates,
                "bulk.total_phone_numbers <= request.size",
                "bulk.total_phone_numbers == request.size",
            ),
        ),
    ),
    "incomplete results": Bug(
        "A bulk lookup with incomplete results is waited for.",
        (
            (
                outcome._results_among,
                "if found and type(total) is int and rows == total else None",
                "if found else None",
            ),
        ),
    ),
    "other spelling": Bug(
        "Results are compared in the form that the service writes.",
        (
            (outcome._resolve_bulk_lookup, "written.get(number, number)", "number"),
            (outcome._results_among, ", *free.written(numbers).values()", ""),
        ),
    ),
    "claimed twice": Bug(
        "A bulk lookup or rental belongs to one intent.",
        ((Journal.is_taken, "return self._first(", "return False and self._first("),),
    ),
    "exact match last": Bug(
        "A bulk lookup that another open intent matches exactly is not a part of this one.",
        ((outcome._resolve_bulk_lookup, "request.is_wanted(results) and", "False and"),),
    ),
    "others on their way": Bug(
        "A part is not claimed while another request is under way that it may belong to.",
        ((Journal.others_in_flight, "return any(", "return False and any("),),
    ),
    "everything again": Bug(
        "After a partial match, only the missing numbers are sent.",
        ((outcome.find_missing_numbers, "if number and number not in found", "if number"),),
    ),
    "late response": Bug(
        "A response is always recorded, even if another intent has claimed its result.",
        ((Journal.record, "if claimed else []", "if False else []"),),
    ),
    "taken by ourselves": Bug(
        "An error that an earlier attempt may be the reason for is not an outcome.",
        (),
        ((calls, "MAY_BE_OURS", ()),),
    ),
    "every 4xx": Bug(
        "Only a documented error is an outcome.",
        (
            (
                calls.RecordedCalls._record_failure,
                "if error not in {(known.status, known.code) for known in operation.errors}:",
                "if not 400 <= failure.status < 500:",
            ),
        ),
    ),
    "429": Bug(
        "A request that was rejected with 429 was not processed.",
        ((calls._Recorder.not_processed, "if self.sending:", "if False:"),),
    ),
    "no credit": Bug(
        "A request without credit may be sent again.",
        (),
        ((calls, "NO_CREDIT", ()),),
    ),
    "resources": Bug(
        "Two requests about the same thing are never open at the same time.",
        ((Journal.find_open, "state = 'open'", "state = 'nothing'"),),
        ((sqlite_file, "TABLES", tuple(table for table in sqlite_file.TABLES if "intent_open" not in table)),),
    ),
    "old record": Bug(
        "After a pause the record is renewed before the request is sent.",
        ((Journal.begin, "<= MAX_AGE_BEFORE_SENDING", "< 1e9"),),
    ),
    "deleted file": Bug(
        "The file is checked after each commit.",
        ((sqlite_file.JournalFile.write, "self._state = self._read_state()", "pass"),),
    ),
    "forked child": Bug(
        "A forked child never closes the file.",
        (
            (sqlite_file.JournalFile.close, "if self.is_ours:", "if True:"),
            (Journal.close, "if self._file.is_ours:", "if True:"),
        ),
    ),
    "finalized child": Bug(
        "A forked child does not even finalize the file.",
        ((sqlite_file._abandon_in_child, "ctypes.pythonapi.Py_IncRef(ctypes.py_object(file._database))", "pass"),),
    ),
    "same key, other request": Bug(
        "A key belongs to one request.",
        ((idempotency.IdempotentNumbersApi._finished, "intent.request != planned.request", "False"),),
    ),
    "other account": Bug(
        "A journal belongs to one account.",
        ((Journal._check_owner, "if bound != owner:", "if False:"),),
    ),
    "repeats": Bug(
        "A list that was looked up a short time ago is not sent again.",
        ((repeats.refuse_repeat, "numbers = set(sent)", "return"),),
    ),
    "repeats within a run": Bug(
        "A number of a run is sent once.",
        ((lookup.LookupRun._batch, "if number and position == at", "if number"),),
    ),
}
