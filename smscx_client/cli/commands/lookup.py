"""``smscx lookup``."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from subprocess import list2cmdline
from tempfile import mkdtemp
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple

import click

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.confirmation import agree, yes_option
from smscx_client.cli.connection import Connection
from smscx_client.cli.doubt import ASK, MAY_BE_PAID, made_once
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import Failure, failure_of, say, say_at_once
from smscx_client.cli.output import Column, Format, Layout, Row, output_option, part_of, print_row, row_of, rows_to
from smscx_client.cli.phone_numbers import NumbersSource, numbers_options
from smscx_client.cli.progress import progress_bar
from smscx_client.exceptions import ApiException, ApiValueError, InvalidPhoneNumberException, NoCoverageException
from smscx_client.model.data_number_lookup_webhook import DataNumberLookupWebhook
from smscx_client.model.numbers_validate_request import NumbersValidateRequest

if TYPE_CHECKING:
    from smscx_client.journal import Journal

LAYOUT = Layout(
    DataNumberLookupWebhook,
    (
        Column("given", "input"),
        Column("number", "phoneNumber"),
        Column("status", "status"),
        Column("network", "originalNetwork.name"),
        Column("ported to", "portedNetwork.name"),
        Column("roaming", "roaming"),
        Column("cost", "cost"),
    ),
    ("input",),
)


class Bounds(NamedTuple):
    """What a bulk lookup may cost."""

    max_cost: float | None
    price: float | None

    def __str__(self) -> str:
        if self.max_cost is None:
            return "The price is not known beforehand; --max-cost would bound what is spent."
        return f"The price is not known beforehand; no more than {self.max_cost:g} in all is spent."


@click.command()
@numbers_options
@click.option("--country", help="Country of the numbers in national format, such as FR.")
@click.option(
    "--journal",
    type=click.Path(),
    metavar="PATH",
    help="File that keeps what was paid, so that a run can be gone on with.",
)
@click.option("--max-cost", type=click.FloatRange(0, min_open=True), help="The most to spend, the journal included.")
@click.option("--price", type=click.FloatRange(0, min_open=True), help="The most that one number may cost.")
@yes_option
@output_option
@click.pass_obj
def lookup(
    connection: Connection,
    numbers: tuple[str, ...],
    file: str | None,
    column: str | None,
    encoding: str | None,
    country: str | None,
    journal: str | None,
    max_cost: float | None,
    price: float | None,
    yes: bool,
    output: Format | None,
) -> int:
    """Ask the networks about phone numbers. Each valid number costs money.

    NUMBERS are phone numbers; - stands for those on standard input. The exit code is 1 if some were not looked up: they
    are not valid, or not covered, and cost nothing.
    """
    if connection.sandbox and journal is not None:
        raise click.UsageError("--journal is for what is paid: a sandbox of the command's own ends with it")
    source = NumbersSource(numbers, file, column, encoding)
    given = source.read()
    with connection.open() as api:
        if len(given) == 1 and journal is None and max_cost is None:
            missed = _look_up_one(api, given[0], country, output, yes=yes)
        else:
            from smscx_client.journal import Journal  # slow to import

            keeping = Journal() if connection.sandbox else _kept(journal, source)
            with keeping as opened:
                missed = _look_up(api, given, country, opened, Bounds(max_cost, price), output, yes=yes)
    if not missed:
        return ExitCode.DONE
    say(f"{missed:,} of {len(given):,} numbers were not looked up: not valid, or not covered")
    return ExitCode.NOT_ALL_VALID


def _look_up_one(api: NumbersApi, number: str, country: str | None, output: Format | None, *, yes: bool) -> int:
    """The quick way: the answer comes at once, and no journal is needed."""
    agree("looks up 1 number, which costs money. The price is not known beforehand.", yes=yes)
    request = (
        NumbersValidateRequest([number]) if country is None else NumbersValidateRequest([number], country_iso=country)
    )
    (valid,) = api.validate_numbers(request).data
    found: Row = {}
    if not valid.invalid:
        with suppress(InvalidPhoneNumberException, NoCoverageException):
            found = part_of(made_once(api, lambda: api.lookup_number(valid.phone_number), advice=ASK), "data")
    print_row(output, LAYOUT, {"input": number, **found})
    return int(not found)


def _look_up(
    api: NumbersApi,
    numbers: list[str],
    country: str | None,
    journal: Journal,
    bounds: Bounds,
    output: Format | None,
    *,
    yes: bool,
) -> int:
    from smscx_client.bulk import CostLimitException, lookup_all
    from smscx_client.waiting import wait_for_lookup

    _settle(api, journal, since_sent=300.0)
    known = sum(batch.size for batch in journal.all_from(0))
    if known < len(numbers):
        agree(f"looks up {len(numbers) - known:,} numbers, and each valid one costs money. {bounds}", yes=yes)
    missed = done = 0
    with rows_to(output, LAYOUT) as rows, progress_bar("Looking up", len(numbers), output) as show:
        results = lookup_all(
            api,
            numbers,
            country_iso=country,
            journal=journal,
            max_cost=bounds.max_cost,
            price=bounds.price,
            wait=lambda api, bulk_id: wait_for_lookup(api, bulk_id, progress=lambda came, _: show(done + came)),
        )
        try:
            for one in results:
                done += 1
                missed += one.result is None
                bulk = {} if one.lookup_bulk_id is None else {"lookupBulkId": one.lookup_bulk_id}
                found = {} if one.result is None else row_of(one.result)
                rows.write({"input": one.phone_number, **found, **bulk})
        except CostLimitException as reached:
            spent = f"{reached.spent:g} of at most {reached.max_cost:g} is spent, and the next number may pass that"
            raise Failure(ExitCode.NOT_SPENT, f"{spent}: a higher --max-cost goes on") from None
        except ApiException as exception:
            if not exception.outcome_unknown:
                raise
            _settle(api, journal, since_sent=_since_sent(journal) + 30.0)
            lost = failure_of(exception).message
            raise Failure(ExitCode.NO_ANSWER, f"{lost} What became of the call is in the journal now.") from None
    say(f"the lookups have cost {journal.spent():g}")
    return missed


def _settle(api: NumbersApi, journal: Journal, *, since_sent: float) -> None:
    """Find out, at no cost, what became of batches whose answers were lost.

    Args:
        api: Makes the calls.
        journal: Has the batches.
        since_sent: Seconds after which a batch that left no trace was not carried out.

    Raises:
        Failure: it cannot be found out.
    """
    from smscx_client.bulk import settle_unknown

    in_doubt = journal.unknown()
    if not in_doubt:
        return
    count = sum(batch.size for batch in in_doubt)
    wait = max(0.0, since_sent - _since_sent(journal))
    say(f"no answer to {count:,} numbers is known. Asking the service what became of them, for up to {wait:.0f} s")
    try:
        left = settle_unknown(api, journal, grace=since_sent)
    except ApiException as exception:
        why = failure_of(exception).message
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{MAY_BE_PAID} It cannot be asked: {why}") from None
    except KeyboardInterrupt:
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{MAY_BE_PAID} The next run asks again.") from None
    if left:
        raise Failure(
            ExitCode.OUTCOME_UNKNOWN,
            f"{MAY_BE_PAID} Several bulk lookups are of that size and time. Settle {len(left)} with Journal.settle() of"
            " smscx_client.journal",
        )
    recorded = {batch.start for batch in journal.all_from(0)}
    for batch in in_doubt:
        became = "were looked up" if batch.start in recorded else "were not sent, and cost nothing"
        say(f"{batch.size:,} numbers {became}")


def _since_sent(journal: Journal) -> float:
    """Seconds since the last batch in doubt was sent."""
    now = datetime.now(timezone.utc)
    return (now - max((batch.sent_at for batch in journal.unknown()), default=now)).total_seconds()


@contextmanager
def _kept(path: str | None, source: NumbersSource) -> Generator[Journal]:
    """The journal of a run; what it takes to go on is said where the run does not come to its end.

    Without a path it is in a folder for temporary files, and stays there only if something was paid and not all shown.
    """
    from smscx_client.journal import Journal, JournalException

    folder = mkdtemp(prefix="smscx-") if path is None else None
    again = " the same standard input and" if source.from_standard_input else ""
    file = str(Path(folder) / "lookup.journal") if folder is not None else str(path)
    advice = f"what was paid is in the journal. Go on with{again}: {_command(file)}"
    needless = True
    try:
        with Journal(file) as journal, _second_interrupt_gives_up(advice):
            if folder is not None:
                say(f"what is paid is kept in the journal {file} until all is shown")
            needless = False
            try:
                yield journal
                needless = True
            except ApiValueError:
                needless = True  # the numbers are others than those of the journal
                raise
            except BaseException:
                needless = not journal.all_from(0)
                raise
    except JournalException as error:
        raise Failure(ExitCode.FILE, str(error)) from None
    finally:
        if not needless:
            say(advice)
        elif folder is not None:
            shutil.rmtree(folder)


@contextmanager
def _second_interrupt_gives_up(advice: str) -> Generator[None]:
    """Let the first Ctrl-C end the run, which waits for the answers to what was sent, and the second one the process.
    The journal knows what is in doubt then, as after a power cut.
    """
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        yield
        return

    def first(*_: int | FrameType | None) -> None:
        signal.signal(signal.SIGINT, second)
        say_at_once("stopping; a second Ctrl-C does not wait for the answers to what was sent")
        raise KeyboardInterrupt

    def second(*_: int | FrameType | None) -> None:
        say_at_once(f"interrupted before all answers came. {MAY_BE_PAID} {advice}")
        os._exit(ExitCode.OUTCOME_UNKNOWN)

    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _command(journal: str) -> str:
    """The command that goes on from a journal."""
    given = sys.argv[1:]
    if not any(argument.partition("=")[0] == "--journal" for argument in given):
        place = given.index("lookup") + 1
        given[place:place] = ["--journal", journal]
    command = ["smscx", *given]
    return list2cmdline(command) if os.name == "nt" else shlex.join(command)
