"""A simulation of programs that spend money over a bad network, and of everything that can happen to them.

Everything is real but time: the client, its journal on disk, HTTP, and the sandbox. After each step the simulation
compares what the journals and the client say with what the service was really asked to do.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from smscx_client import ApiClient, ApiException, ApiValueError
from smscx_client._e164 import strict_e164, to_e164
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import AlreadyLookedUpException, BulkLookupItem, lookup_all
from smscx_client.journal import Intent, JournalException, UnknownOutcomeException
from smscx_client.journal.intents import lookup_resource
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model.renew_rent_request import RenewRentRequest
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.outcome import NotProcessed, Processed
from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.numbering import TEST_NUMBERS, parse
from support import client_internals
from support.client_internals import GRACE
from support.faulty_link import HARMLESS, Charge, Fate, FaultyLink, ListFault, Plan
from support.scripted_server import Request
from support.simulated_programs import Death, Interruption, Killed, Program
from support.virtual_time import START, VirtualTime

COUNTRY = "FR"
COVERED = ("+33612246450", "+33612246451", "+33612246452", "+33612246453")
SPELLINGS = (
    *COVERED, "06 12 24 64 50", "33612246451", "+33 6 12 24 64 52", "+330612246453", "+33600000008", "+33123",
    "no number",
)  # fmt: skip
"""Numbers of lists: valid ones in several spellings, one without coverage, and two that are not valid."""
OLD_NUMBER = "+33612246499"
"""Looked up before the simulation starts, so that every list has an entry that must stay visible."""
FATES: tuple[Fate, ...] = (
    "processed", "late", "lost", "processed", "late", "cut", "gateway", "gateway after", "proxy 403", "proxy 404",
    "proxy 404 after", "no id", "storm", "refused", "no credit", "duplicate bytes", "interim", "unread",
)  # fmt: skip
BAD_LISTS: tuple[ListFault, ...] = ("hidden", "empty", "stored", "loop", "malformed", "unfinished", "broken")
NEEDS_BAD_LIST = (
    "no longer shows", "a cache sent", "form a loop", "missing or malformed", "still be working", "is malformed",
)  # fmt: skip
"""Reasons why an outcome is undetermined that only a bad list can be the reason for."""
NEEDS_TIME = ("may have ended", "has ended since", "renews itself", "no longer shows the rental", "no longer exists")
"""Reasons that time, or a cancellation, can be the reason for."""


class Again(NamedTuple):
    """How a call is made again."""

    seconds: float
    """How long afterwards."""
    restart: Literal["no", "stop", "kill"]
    lists: ListFault | None
    other: bool
    """Whether another program looks up one of the numbers meanwhile."""


once = st.tuples(st.sampled_from(FATES), st.sampled_from((3.0, 40.0, GRACE - 10)))
fates = st.one_of(st.just([]), st.lists(once, min_size=1, max_size=1), st.lists(once, min_size=1, max_size=3))
lists = st.one_of(st.none(), st.none(), st.sampled_from(HARMLESS))
agains = st.one_of(
    st.none(),
    st.builds(
        Again,
        st.sampled_from((0.0, GRACE + 5, 5.0, 700.0, 90_000.0)),
        st.sampled_from(("no", "kill", "stop")),
        st.one_of(st.none(), st.sampled_from(BAD_LISTS), st.sampled_from(HARMLESS)),
        st.booleans(),
    ),
)
deaths = st.one_of(
    st.none(),
    st.none(),
    st.tuples(st.integers(1, 9), st.sampled_from(("clean", "clean", "interrupted commit"))),
)
programs = st.sampled_from("AB")
numbers = st.lists(st.sampled_from(SPELLINGS), min_size=1, max_size=5)


@cache
def canonical(number: str) -> str:
    """Return the digits of a number as the service writes them; an empty string if it is not valid."""
    found = parse(number, COUNTRY)
    return "" if found is None else found.e164[1:]


def digits_of(number: object) -> str:
    """Return the digits of a number in E.164 format."""
    return to_e164(number).removeprefix("+")


def sent_digits(number: str) -> str:
    """Return the digits by which the client knows a number: as it is written, if that is E.164."""
    return number[1:] if strict_e164(number) else canonical(number)


def is_covered(number: str) -> bool:
    """Return whether the service looks up a number, and charges it."""
    digits = canonical(number)
    return bool(digits) and TEST_NUMBERS.get(f"+{digits}") != "no coverage"


def resource_of(charge: Charge) -> str:
    """Return the resource of the lookup that a charge is for."""
    return resource_of_numbers(charge.numbers)


def resource_of_numbers(given: Sequence[str]) -> str:
    """Return the resource of a lookup of these numbers."""
    return lookup_resource(f"+{digits}" for digits in {sent_digits(number) for number in given} - {""})


def cover_of(given: Sequence[str]) -> tuple[str, ...]:
    """Return the digits of all numbers that the service looks up, once for each time that it charges them."""
    return tuple(sorted(canonical(number) for number in given if is_covered(number)))


@dataclass
class Promise:
    """A call with a key, or a run, that may be charged once however often it is made."""

    program: Program
    kind: str
    key: str | None
    arguments: tuple[Any, ...]
    generation: int
    completed: bool = False
    first_sent: float | None = None
    """When its first request was sent."""

    @property
    def name(self) -> str:
        """Who sends, for the network."""
        return f"{self.program.name}{self.generation} {self.kind} {self.key}"

    @property
    def is_lost(self) -> bool:
        """Whether the program lost the journal that knows of it."""
        return self.generation != self.program.generation

    def cover(self) -> tuple[str, ...]:
        """Return what the service looks up for a lookup with a key, which sends each number once."""
        return cover_of([f"+{digits}" for digits in {sent_digits(number) for number in self.arguments[0]} if digits])

    def allowed_charges(self) -> Counter[str]:
        """Return how often each number of a lookup may be charged."""
        if self.kind == "run":
            listed, deduplicate = self.arguments
            sent = [sent_digits(number) for number in listed]
            spelled = Counter(set(sent)) if deduplicate else Counter(sent)
        else:
            spelled = Counter({sent_digits(number) for number in self.arguments[0]})
        allowed: Counter[str] = Counter()
        for digits, times in spelled.items():
            if digits and is_covered(f"+{digits}"):
                allowed[canonical(f"+{digits}")] += times
        return allowed


@dataclass
class World:
    """The service, its account, and the network, which all examples share."""

    sandbox: Sandbox
    link: FaultyLink
    clock: VirtualTime = field(init=False)

    def __post_init__(self) -> None:
        self.clock = VirtualTime(self.link.pass_seconds)


@cache
def world() -> World:
    """Return the service and the network. They run until the process ends."""
    clocks: list[VirtualTime] = []
    link = FaultyLink(lambda: clocks[-1].seconds)
    found = World(Sandbox(), link)
    clocks.append(found.clock)
    return found


class Simulation(RuleBasedStateMachine):
    """Programs that look up, rent, renew and cancel, and the rules that must hold after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.link = world().link
        self.clock = world().clock
        self.clock.seconds, self.clock.wall_offset = 1000.0, 0.0
        self.clock.forget_pauses()
        self.link.restart()
        self.account = self.link.account = world().sandbox.create_account(credit=1e6)
        self.account.set_time(START)
        self.account.freeze_time()
        memory = Path("/dev/shm")  # commits take milliseconds on a disk
        self.directory = Path(tempfile.mkdtemp(prefix="smscx-simulation-", dir=memory if memory.is_dir() else None))
        self.failed = False
        self.bad_list = False
        self.promises: dict[str, Promise] = {}
        self.rentals: dict[str, list[str]] = {"A": [], "B": []}
        self.foreign_rentals: dict[str, tuple[float, int]] = {}
        """When another program rented, and for how long."""
        self.strangers = NumbersApi(ApiClient(self.account.configuration(retries=0)))
        self.stack = ExitStack()
        self.stack.enter_context(client_internals.use_virtual_time(self.clock))
        self.programs: dict[str, Program] = {}
        self.link.on_paid = self._check_recorded

    @initialize(first=numbers, second=numbers, deduplicate=st.booleans())
    def set_up(self, first: list[str], second: list[str], deduplicate: bool) -> None:
        offers = self.strangers.get_available_numbers(COUNTRY).data
        offers += self.strangers.get_available_numbers(COUNTRY, inbound_sms_sender=True).data
        self.offers = [str(offer.number_id) for offer in [*offers[:6:2], offers[-1]]]
        spare = self.strangers.get_available_numbers("DE").data[1]
        self.strangers.rent_number(RentNumberRequest(spare.number_id, 30, auto_renew=True))
        self.strangers.lookup_numbers(NumbersLookupRequest([OLD_NUMBER]))
        self.clock.pass_seconds(1000.0)
        for name, listed in (("A", first), ("B", second)):
            self.programs[name] = Program(name, self.directory / name, self.link, self.clock.expect_stamp)
            self._promise(self.programs[name], "run", None, (listed, deduplicate))

    # ---- calls

    @rule(
        name=programs,
        batch_size=st.integers(1, 4),
        repeat=st.booleans(),
        fates=fates,
        lists=lists,
        again=agains,
        death=deaths,
    )
    def run_lookups(
        self,
        name: str,
        batch_size: int,
        repeat: bool,
        fates: list[tuple[Fate, float]],
        lists: ListFault | None,
        death: tuple[int, Death] | None,
        again: Again | None,
    ) -> None:
        promise = self._run_of(self.programs[name])
        repeats = not repeat and self._repeats_a_lookup(promise, batch_size)
        arrived = self.link.arrived
        self._make(promise, fates, lists, death, batch_size=batch_size, allow_repeat=repeat)
        self._require(not repeats or arrived == self.link.arrived, "a list was sent again without being asked to")
        self._make_again(promise, again)

    def _repeats_a_lookup(self, promise: Promise, batch_size: int) -> bool:
        """Return whether the first batch of a run is what the account looked up in the last hours, and has results."""
        listed = promise.arguments[0][:batch_size]
        wanted = {canonical(number) for number in listed if is_covered(number)}
        spelled = {sent_digits(number) for number in listed} - {""}
        taken = {intent.result_id for intent in promise.program.journal.entries()}
        if self._intents(promise) or spelled != wanted or not wanted:
            return False
        with self.account.locked() as account:
            now = account.clock.exact()
            return any(
                {lookup.number.e164[1:] for lookup in bulk.results(now)} == wanted
                and len(bulk.results(now)) == len(bulk.lookups)
                and (now - bulk.requested).total_seconds() < 80_000
                and bulk.bulk_id not in taken
                for bulk in account.lookups.bulk.values()
            )

    @rule(name=programs, key=st.sampled_from("xyz"), sent=numbers, fates=fates, lists=lists, again=agains, death=deaths)
    def look_up_with_key(
        self,
        name: str,
        key: str,
        sent: list[str],
        fates: list[tuple[Fate, float]],
        lists: ListFault | None,
        death: tuple[int, Death] | None,
        again: Again | None,
    ) -> None:
        promise = self._promise(self.programs[name], "lookups", key, (sent,))
        self._make(promise, fates, lists, death)
        self._make_again(promise, again)

    @rule(
        name=programs,
        key=st.sampled_from("xy"),
        sent=st.sampled_from(SPELLINGS),
        fates=fates,
        lists=lists,
        again=agains,
        death=deaths,
    )
    def look_up_one_with_key(
        self,
        name: str,
        key: str,
        sent: str,
        fates: list[tuple[Fate, float]],
        lists: ListFault | None,
        death: tuple[int, Death] | None,
        again: Again | None,
    ) -> None:
        promise = self._promise(self.programs[name], "lookup", key, ([sent],))
        self._make(promise, fates, lists, death)
        self._make_again(promise, again)

    @rule(
        name=programs,
        key=st.sampled_from("xy"),
        offer=st.integers(0, 3),
        period=st.sampled_from((7, 1, 30)),
        renew=st.booleans(),
        fates=fates,
        lists=lists,
        again=agains,
        death=deaths,
    )
    def rent(
        self,
        name: str,
        key: str,
        offer: int,
        period: int,
        renew: bool,
        fates: list[tuple[Fate, float]],
        lists: ListFault | None,
        death: tuple[int, Death] | None,
        again: Again | None,
    ) -> None:
        promise = self._promise(self.programs[name], "rent", key, (self.offers[offer], period, renew))
        self._make(promise, fates, lists, death)
        self._make_again(promise, again)

    @precondition(lambda self: any(self.rentals.values()))
    @rule(
        name=programs, key=st.sampled_from("xy"), which=st.integers(0, 2), fates=fates, lists=lists, again=agains,
        death=deaths, cancel=st.booleans(),
    )  # fmt: skip
    def renew_or_cancel(
        self,
        name: str,
        key: str,
        which: int,
        fates: list[tuple[Fate, float]],
        lists: ListFault | None,
        death: tuple[int, Death] | None,
        cancel: bool,
        again: Again | None,
    ) -> None:
        rentals = self.rentals[name]
        if rentals:
            rent_id = rentals[which % len(rentals)]
            arguments = (rent_id,) if cancel else (rent_id, 7)
            promise = self._promise(self.programs[name], "cancel" if cancel else "renew", key, arguments)
            self._make(promise, fates, lists, death)
            self._make_again(promise, again)

    @precondition(lambda self: self._pending())
    @rule(which=st.integers(0, 5), fates=fates, lists=lists, again=agains, death=deaths)
    def call_again(
        self,
        which: int,
        fates: list[tuple[Fate, float]],
        lists: ListFault | None,
        death: tuple[int, Death] | None,
        again: Again | None,
    ) -> None:
        pending = self._pending()
        promise = pending[which % len(pending)]
        self._make(promise, fates, lists, death)
        self._make_again(promise, again)

    @rule(outer=st.integers(0, 9), inner=st.integers(0, 9), seconds=st.sampled_from((0.0, 5.0, 200.0)), fates=fates)
    def call_while_another_waits(self, outer: int, inner: int, seconds: float, fates: list[tuple[Fate, float]]) -> None:
        """Make a call while the response to another one has arrived, but its thread has not recorded it."""
        found = [promise for promise in self.promises.values() if not promise.is_lost]
        first, second = found[outer % len(found)], found[inner % len(found)]

        def meanwhile() -> None:
            self.clock.pass_seconds(seconds)
            if not self._would_deadlock(second):
                self.bad_list = True  # the call cannot tell what the other one will get
                self._make(second, fates, None, None)

        if first.program is second.program and first is not second and "run" in (first.kind, second.kind, "run"):
            self._make(first, [], None, None, meanwhile=meanwhile)

    def use_a_key_for_another_request(self, name: str, key: str) -> None:
        program = self.programs[name]
        known = self.promises.get(f"{name}{program.generation} lookups {key}")
        recorded = any(intent.key == f"lookups {key}" for intent in program.journal.entries())
        if known is None or not recorded:
            return
        other = [*known.arguments[0], "+33612246477"]
        arrived = self.link.arrived
        try:
            program.idempotent.lookup_numbers(
                NumbersLookupRequest(other, country_iso=COUNTRY), idempotency_key=f"lookups {key}"
            )
        except ApiValueError:
            pass
        else:
            self._fail("a key was accepted with another request")
        self._require(self.link.arrived == arrived, "a key with another request sent something")

    # ---- what else happens

    @rule(seconds=st.sampled_from((1.0, 30.0, GRACE + 5, GRACE + 5, 700.0, 2000.0, 90_000.0)))
    def time_passes(self, seconds: float) -> None:
        self.clock.pass_seconds(seconds)

    def somebody_sets_the_local_clock(self, offset: float) -> None:
        self.clock.wall_offset = offset

    @rule(reading=st.integers(1, 12), seconds=st.sampled_from((1.5, 30.0, 400.0)))
    def the_computer_will_sleep(self, reading: int, seconds: float) -> None:
        self.clock.pause_at(reading, seconds)

    @rule(sent=st.lists(st.sampled_from(COVERED), min_size=1, max_size=3))
    def another_program_looks_up(self, sent: list[str]) -> None:
        self.strangers.lookup_numbers(NumbersLookupRequest(sent))

    @rule(offer=st.integers(0, 3), period=st.sampled_from((7, 30)))
    def another_program_rents(self, offer: int, period: int) -> None:
        try:
            rented = self.strangers.rent_number(RentNumberRequest(self.offers[offer], cast("Any", period)))
        except ApiException:
            return
        self.foreign_rentals[rented.info.rent_id] = self.clock.seconds, period

    @rule(name=programs, kill=st.booleans())
    def start_again(self, name: str, kill: bool) -> None:
        program = self.programs[name]
        if kill:
            program.kill()
        else:
            program.stop()
        program.start()

    @rule(name=programs)
    def lose_the_journal(self, name: str) -> None:
        program = self.programs[name]
        run = self._run_of(program)
        program.lose_journal()
        program.start()
        self._promise(program, "run", None, run.arguments)

    def disturb_the_file(self, name: str, how: str, during: bool) -> None:
        """Take the file away from a program that uses it: nothing may be sent, whenever that happens."""
        program = self.programs[name]
        aside = program.path.with_name(f"{name}.aside")
        content = program.path.read_bytes()

        def disturb() -> None:
            if how == "truncated":
                os.truncate(program.path, 100)
                return
            program.path.rename(aside)
            if how == "replaced":
                program.path.write_bytes(content)

        arrived = self.link.arrived
        if not during:
            disturb()
        went_on = self._send_something(program, Interruption(2, at_step=disturb) if during else None)
        if went_on and during and how == "truncated":
            # SQLite fills the file up again within this commit, but it can be seen when the file is opened.
            self._require(client_internals.is_damaged(program.path), "a truncated journal can be opened")
        else:
            self._require(not went_on, f"a program went on after its journal was {how}")
            self._require(self.link.arrived == arrived, f"a program sent something after its journal was {how}")
        program.put_back(aside, content)

    def _send_something(self, program: Program, interruption: Interruption | None) -> bool:
        """Make a call that costs money, and return whether the journal allowed it."""
        try:
            with self.link.sending("disturbed", Plan()), program.interrupted(interruption):
                program.idempotent.lookup_numbers(NumbersLookupRequest(["+33612246488"]), idempotency_key="disturbed")
        except (JournalException, ApiValueError):
            return False
        return True

    def fork(self, name: str) -> None:
        """A child process ends as programs do, and must not touch the journal of its parent."""
        program = self.programs[name]
        before = [file.read_bytes() if file.exists() else None for file in client_internals.files_of(program.path)]
        child = os.fork()
        if child == 0:
            try:
                program.journal.close()
                del program.journal, program.idempotent
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        after = [file.read_bytes() if file.exists() else None for file in client_internals.files_of(program.path)]
        self._require(before == after, "a child process changed the journal of its parent")

    def use_another_account(self, name: str) -> None:
        program = self.programs[name]
        if not program.journal.entries():
            return
        other = world().sandbox.create_account()
        arrived = self.link.arrived
        promise = self._run_of(program)
        mine, api = program.api, NumbersApi(ApiClient(other.configuration(host=self.link.url)))
        program.api = api
        try:
            list(self._call_run(promise, 4, allow_repeat=True))
        except ApiValueError:
            pass
        else:
            self._fail("a journal was used with another account")
        finally:
            program.api = mine
            api.api_client.close()
            other.close()
        self._require(self.link.arrived == arrived, "a journal of another account sent something")

    @precondition(lambda self: self._unresolved())
    @rule(which=st.integers(0, 3))
    def a_person_resolves(self, which: int) -> None:
        """Somebody asks the support of the service, which knows the truth."""
        unresolved = self._unresolved()
        program, intent = unresolved[which % len(unresolved)]
        promise = self._promise_of(program, intent)
        if promise is None or self.link.is_under_way(promise.name):
            return
        taken = {entry.result_id for entry in program.journal.entries()}
        found = [charge for charge in self._charges(promise) if self._is_about(charge, intent)]
        if intent.operation in ("lookup_numbers", "rent_number"):
            found = [charge for charge in found if charge.id not in taken]
        program.journal.resolve(intent, Processed(found[0].id) if found else NotProcessed())

    @rule(name=programs, key=st.sampled_from("xyz"), data=st.data())
    def something_rare(self, name: str, key: str, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(("key", "file", "fork", "account", "clock")), "event")
        if event == "key":
            self.use_a_key_for_another_request(name, key)
        elif event == "file":
            how = data.draw(st.sampled_from(("deleted", "replaced", "truncated")), "how")
            self.disturb_the_file(name, how, data.draw(st.booleans(), "during"))
        elif event == "fork":
            self.fork(name)
        elif event == "account":
            self.use_another_account(name)
        else:
            self.somebody_sets_the_local_clock(data.draw(st.sampled_from((-3600.0, 0.0, 3600.0)), "offset"))

    # ---- what must always hold

    @invariant()
    def everything_holds(self) -> None:
        for sentence in self.link.violations:
            self._fail(sentence)
        for promise in self.promises.values():
            self._check_charged_once(promise)
        for program in self.programs.values():
            self._check_named(program)
            self._check_costs(program)
        charged = sum(entry.amount for entry in self.account.ledger)
        self._require(abs(1e6 - charged - self.account.credit) < 1e-6, "the credit is not what the ledger says")

    def teardown(self) -> None:
        try:
            if not self.failed and self.programs:
                self._finish()
        finally:
            self.link.on_paid = lambda _: None
            for program in self.programs.values():
                program.stop()
            self.strangers.api_client.close()
            self.stack.close()
            self.account.close()
            shutil.rmtree(self.directory)

    def _finish(self) -> None:
        """Make every call again on a healthy network, until all are complete."""
        self.clock.forget_pauses()
        for program in self.programs.values():
            program.stop()
            program.start()
        self.clock.pass_seconds(2 * GRACE)
        self.bad_list = False
        for promise in [promise for promise in self.promises.values() if not promise.is_lost]:
            self._make(promise, [], None, None, allow_repeat=True)
            self.everything_holds()
        for promise in self.promises.values():
            self._require(
                promise.is_lost or promise.completed or not self._is_named_only_there(promise),
                f"{promise.name} was charged, and never completed",
            )

    # ---- how a call is made

    def _make(
        self,
        promise: Promise,
        fates: list[tuple[Fate, float]],
        lists: ListFault | None,
        death: tuple[int, Death] | None,
        *,
        batch_size: int = 4,
        allow_repeat: bool = True,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """Make a call, and check what it returns or raises."""
        program = promise.program
        if lists in BAD_LISTS and not self._is_open(promise):
            lists = None  # what a bad list says before a request is what the client knows of the account
        if lists in BAD_LISTS:
            self.bad_list = True
        interruption = None
        if death is not None or meanwhile is not None:
            interruption = Interruption(*(death or (0, None)), meanwhile=meanwhile)
        try:
            with (
                self.link.sending(promise.name, Plan(deque(fates), lists)),
                program.interrupted(interruption),
            ):
                self._check_result(promise, self._call(promise, batch_size, allow_repeat))
        except Killed:
            program.kill()
            program.start()
        except UnknownOutcomeException as unknown:
            self._check_reasons(unknown)
        except AlreadyLookedUpException as repeat:
            self._require(
                not allow_repeat and not program.journal.is_taken(repeat.lookup_bulk_id), "a run refused its own lookup"
            )
        except ApiValueError as wrong:
            self._require(promise.kind == "lookup" and "+" in str(wrong), f"{promise.name}: {wrong}")
        except ApiException as failure:
            self._check_failure(promise, failure, fates)

    def _make_again(self, promise: Promise, again: Again | None) -> None:
        """Make a call again, later."""
        if again is None:
            return
        self.everything_holds()
        if again.restart != "no":
            self.start_again(promise.program.name, again.restart == "kill")
        if again.other:
            self.another_program_looks_up([COVERED[0]])
        self.clock.pass_seconds(again.seconds)
        self.everything_holds()
        self._make(promise, [], again.lists, None)

    def _call(self, promise: Promise, batch_size: int, allow_repeat: bool) -> Any:
        api, key = promise.program.idempotent, f"{promise.kind} {promise.key}"
        if promise.kind == "run":
            return list(self._call_run(promise, batch_size, allow_repeat=allow_repeat))
        if promise.kind == "lookups":
            request = NumbersLookupRequest(list(promise.arguments[0]), country_iso=COUNTRY)
            return api.lookup_numbers(request, idempotency_key=key)
        if promise.kind == "lookup":
            return api.lookup_number(promise.arguments[0][0], idempotency_key=key)
        if promise.kind == "rent":
            number_id, period, renew = promise.arguments
            return api.rent_number(RentNumberRequest(number_id, period, auto_renew=renew), idempotency_key=key)
        if promise.kind == "renew":
            rent_id, period = promise.arguments
            return api.renew_rent(rent_id, RenewRentRequest(rent_period=period), idempotency_key=key)
        return api.cancel_rent(promise.arguments[0], idempotency_key=key)

    def _call_run(self, promise: Promise, batch_size: int, *, allow_repeat: bool) -> Iterator[BulkLookupItem]:
        listed, deduplicate = promise.arguments
        program = promise.program
        return lookup_all(
            program.api, listed, country_iso=COUNTRY, journal=program.journal, batch_size=batch_size,
            deduplicate=deduplicate, allow_repeat=allow_repeat, grace=GRACE,
        )  # fmt: skip

    def _promise(self, program: Program, kind: str, key: str | None, arguments: tuple[Any, ...]) -> Promise:
        """Return the call with a key; a key that is new gets these arguments."""
        promise = Promise(program, kind, key, arguments, program.generation)
        return self.promises.setdefault(promise.name, promise)

    def _run_of(self, program: Program) -> Promise:
        return self._promise(program, "run", None, ())

    # ---- what is known

    def _pending(self) -> list[Promise]:
        return [promise for promise in self.promises.values() if not promise.is_lost and self._is_open(promise)]

    def _is_open(self, promise: Promise) -> bool:
        return not promise.is_lost and any(intent.state == "open" for intent in self._intents(promise))

    def _intents(self, promise: Promise) -> list[Intent]:
        key = None if promise.key is None else f"{promise.kind} {promise.key}"
        return [intent for intent in promise.program.journal.entries() if intent.key == key]

    def _promise_of(self, program: Program, intent: Intent) -> Promise | None:
        return next(
            (promise for promise in self.promises.values() if not promise.is_lost and promise.program is program
             and intent in self._intents(promise)),
            None,
        )  # fmt: skip

    def _unresolved(self) -> list[tuple[Program, Intent]]:
        return [(program, intent) for program in self.programs.values() for intent in program.journal.unresolved()]

    def _charges(self, promise: Promise) -> list[Charge]:
        return [charge for charge in self.link.charges if charge.sender == promise.name]

    def _is_about(self, charge: Charge, intent: Intent) -> bool:
        if intent.operation == "lookup_numbers":
            return resource_of(charge) == intent.resource
        return charge.operation == intent.operation

    def _would_deadlock(self, promise: Promise) -> bool:
        """Return whether a call waits for another one of this thread, which would never end."""
        journal = promise.program.journal
        if promise.kind == "run":
            return True
        if promise.kind in ("lookup", "lookups"):
            resources = [lookup_resource(promise.allowed_charges())]
            sent = {sent_digits(number) for number in promise.arguments[0]} - {""}
            resources += [lookup_resource(sent), *(intent.resource for intent in self._intents(promise))]
        else:
            resources = [f"{'number' if promise.kind == 'rent' else 'rental'} {promise.arguments[0]}"]
        return any(client_internals.holds(journal, name) for name in [*resources, f"key {promise.kind} {promise.key}"])

    # ---- checks

    def _fail(self, sentence: str) -> None:
        self.failed = True
        raise AssertionError(sentence)

    def _require(self, holds: bool, sentence: str) -> None:
        if not holds:
            self._fail(sentence)

    def _check_recorded(self, request: Request) -> None:
        """Check that a request that arrives is in the journal of its sender, on disk, since a second at most."""
        name = self.link.sender[:1]
        if name not in self.programs:
            return
        program = self.programs[name]
        promise = self.promises.get(self.link.sender)
        if promise is not None and promise.first_sent is None:
            promise.first_sent = self.clock.seconds
        if self.clock.seconds - self.clock.stamped_at > 1:
            self.link.violations.append("a request was sent long after its record")
        if not program.path.exists() or not program.open_intents():
            self.link.violations.append("a paid request was sent that is not in the journal on disk")

    def _check_charged_once(self, promise: Promise) -> None:
        charges = self._charges(promise)
        if promise.kind in ("rent", "renew", "cancel"):
            self._require(len(charges) <= 1, f"{promise.name} was charged {len(charges)} times")
            return
        paid = Counter(number for charge in charges for number in cover_of(charge.numbers))
        allowed = promise.allowed_charges()
        twice = {number: times for number, times in paid.items() if times > allowed[number]}
        if twice and not self._may_be_swapped(promise, charges):
            self._fail(f"{promise.name} was charged too often: {twice}")

    def _may_be_swapped(self, promise: Promise, charges: list[Charge]) -> bool:
        """Return whether another call, which was not charged, has the result of this one: then each pays for the other.

        Nobody can tell apart two lookups with the same results. Each call still pays once.
        """
        covers = [cover_of(charge.numbers) for charge in charges]
        return any(
            other is not promise
            and other.program is promise.program
            and other.kind in ("lookup", "lookups")
            and other.cover() in covers
            and not self._charges(other)
            for other in self.promises.values()
        )

    def _check_named(self, program: Program) -> None:
        """Check that everything that was paid is in the journal as processed, or as unknown."""
        entries = program.journal.entries()
        mine = [promise for promise in self.promises.values() if promise.program is program and not promise.is_lost]
        covers = {resource_of(charge): cover_of(charge.numbers) for charge in self.link.charges}
        covers |= {resource_of_numbers(p.arguments[0]): p.cover() for p in mine if p.kind.startswith("lookup")}
        named = Counter(
            covers.get(intent.resource, ())
            for intent in entries
            if intent.state in ("open", "done") and _is_lookup(intent)
        )
        paid: Counter[tuple[str, ...]] = Counter()
        for promise in mine:
            states = {intent.state for intent in self._intents(promise)}
            for charge in self._charges(promise):
                if charge.operation == "lookup_numbers":
                    paid[cover_of(charge.numbers)] += 1
                else:
                    self._require(
                        bool(states & {"open", "done"}), f"{promise.name} was processed, and the journal says {states}"
                    )
            if self.link.is_under_way(promise.name):
                self._require(
                    "open" in states or "done" in states, f"{promise.name} is under way, and counts as {states}"
                )
        missing = paid - named
        self._require(
            not missing, f"{program.name} paid for {sum(missing.values())} lookups that its journal does not name"
        )

    def _check_costs(self, program: Program) -> None:
        entries = [intent for intent in program.journal.entries() if intent.state == "done"]
        if any(intent.cost is None for intent in entries):
            return
        real = 0.0
        for intent in entries:
            amounts = [
                entry.amount
                for entry in self.account.ledger
                if (entry.operation, entry.id) == (intent.operation, intent.result_id)
            ]
            if not amounts:
                self._fail(f"{intent.describe()} has the result {intent.result_id}, which does not exist")
            real += amounts[0] if intent.operation != "renew_rent" else intent.cost or 0.0
        total = program.journal.total_cost()
        self._require(abs(total - real) < 1e-6, f"the journal says that {total} was spent, and it was {real}")

    def _check_reasons(self, unknown: UnknownOutcomeException) -> None:
        """Check that only what the protocol names leaves an outcome undetermined."""
        for intent, reason in zip(unknown.intents, unknown.reasons, strict=True):
            if self.bad_list and any(part in reason for part in NEEDS_BAD_LIST):
                continue
            if not _is_lookup(intent) and any(part in reason for part in (*NEEDS_TIME, "several match", "now ends on")):
                continue
            self._fail(f"undetermined without a reason of the protocol: {intent.describe()}: {reason}")

    def _check_failure(self, promise: Promise, failure: ApiException, fates: list[tuple[Fate, float]]) -> None:
        states = {intent.state for intent in self._intents(promise)}
        if failure.status == 429:
            self._require("open" not in states, f"{promise.name} got a 429: {states}")
        if failure.outcome_unknown or not failure.status:
            return
        if failure.error_code == 1113:
            self._require("refused" not in states, f"{promise.name} had no credit, and can never be sent again")
        if "refused" in states and promise.kind != "run":
            self._require(not self._charges(promise), f"{promise.name} was charged, and raised {failure!r}")
            promise.completed = True

    def _check_result(self, promise: Promise, result: Any) -> None:
        promise.completed = True
        if promise.kind == "run":
            for item in cast("list[BulkLookupItem]", result):
                self._check_item(item)
        elif promise.kind == "lookup":
            found = digits_of(result.data.phone_number)
            self._require(found == canonical(f"+{promise.arguments[0][0].lstrip('+')}"), f"{promise.name} got {found}")
        elif promise.kind == "lookups":
            self._check_lookups(promise, result)
        elif promise.kind in ("rent", "renew"):
            self._check_rental(promise, result)

    def _check_rental(self, promise: Promise, result: Any) -> None:
        rent_id = result._object().get("info", {}).get("rentId")
        charged = [charge.id for charge in self._charges(promise)]
        if rent_id is None:  # the response has no ID, so the journal does not rely on it either
            promise.completed = False
        elif charged or promise.kind == "renew":
            self._require(charged == [rent_id], f"{promise.name} counts as processed, and was charged for {charged}")
            mine = self.rentals[promise.program.name]
            if rent_id not in mine:
                mine.append(rent_id)
        else:  # nobody can tell it from the rental of another program that began after the request
            others = {charge.id: (charge.at, charge.period) for charge in self.link.charges}
            began, period = (self.foreign_rentals | others).get(rent_id, (-1.0, 0))
            self._require(began >= (promise.first_sent or 0.0), f"{promise.name} got a rental that was there before")
            self._require(period == promise.arguments[1], f"{promise.name} got a rental of {period} days")

    def _check_item(self, item: BulkLookupItem) -> None:
        number = item.phone_number
        if item.result is not None:
            found = digits_of(item.result._object()["phoneNumber"])
            self._require(found == canonical(number), f"{number} got the result of {found}")
        elif item.reason == "unknown outcome":
            return
        else:
            expected = "not covered" if canonical(number) else "invalid"
            self._require(item.reason == expected and not is_covered(number), f"{number} has no result: {item.reason}")

    def _check_lookups(self, promise: Promise, result: Any) -> None:
        ids = {intent.result_id for intent in self._intents(promise) if intent.result_id}
        found = {
            digits_of(row.get("phoneNumber"))
            for bulk_id in ids
            for row in self.strangers.get_bulk_lookup_status(bulk_id)._object()["data"]
        }
        wanted = set(promise.allowed_charges())
        complete = not ids or self._results_are_there(ids)
        self._require(not ids or not complete or found >= wanted, f"{promise.name} misses {wanted - found}")

    def _results_are_there(self, ids: set[str]) -> bool:
        infos = [self.strangers.get_bulk_lookup_status(bulk_id)._object() for bulk_id in ids]
        return all(len(document["data"]) == document["info"]["totalValid"] for document in infos)

    def _is_named_only_there(self, promise: Promise) -> bool:
        """Return whether a promise was charged and its outcome must be known by now."""
        return promise.kind in ("run", "lookup", "lookups") and bool(self._charges(promise))


def _is_lookup(intent: Intent) -> bool:
    return intent.operation == "lookup_numbers"


def search(examples: int, *, same: bool, shrink: bool = True) -> None:
    """Search for a sequence of steps that breaks a promise.

    Args:
        examples: How many sequences to try.
        same: Whether to try the same sequences every time.
        shrink: Whether to look for the shortest sequence.

    Raises:
        AssertionError: There is one; its notes show the steps.
    """
    run_state_machine_as_test(
        Simulation,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            derandomize=same,
            database=None,
            print_blob=True,
            suppress_health_check=tuple(HealthCheck),  # pyright: ignore[reportArgumentType]
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            report_multiple_bugs=shrink,
        ),
    )
