"""``smscx lookup``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import click

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.confirmation import confirm_cost, yes_option
from smscx_client.cli.connection import Connection
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.layout import Column, Format, Layout, Row, to_row, unwrap
from smscx_client.cli.lookup_journal import open_journal
from smscx_client.cli.messages import Failure, failure_from, print_message, required
from smscx_client.cli.output import output_option, print_row, row_writer
from smscx_client.cli.paid_calls import CONTACT_SUPPORT, MAY_BE_CHARGED, call_at_most_once
from smscx_client.cli.phone_numbers import NumbersSource, numbers_options
from smscx_client.cli.progress import progress_bar
from smscx_client.exceptions import ApiException, InvalidPhoneNumberException, NoCoverageException
from smscx_client.model.data_number_lookup_webhook import DataNumberLookupWebhook

if TYPE_CHECKING:
    from smscx_client.bulk import BulkLookupItem
    from smscx_client.journal import Journal

LAYOUT = Layout(
    DataNumberLookupWebhook,
    (
        Column("input", "input"),
        Column("number", "phoneNumber"),
        Column("status", "status"),
        Column("network", "originalNetwork.name"),
        Column("ported to", "portedNetwork.name"),
        Column("roaming", "roaming"),
        Column("cost", "cost"),
    ),
    ("input",),
)


class BulkOptions(NamedTuple):
    """The options of a bulk lookup."""

    country: str | None
    max_cost: float | None
    max_price: float | None
    allow_repeat: bool

    @property
    def cost(self) -> str:
        """What the user can know about the cost in advance."""
        if self.max_cost is None:
            return "The price is not known in advance. Pass --max-cost to cap the total cost."
        return f"The price is not known in advance. The total cost is at most {self.max_cost:g}."


@click.command()
@numbers_options
@click.option("--country", help="Country of numbers in national format, such as FR.")
@click.option(
    "--journal", type=click.Path(), metavar="PATH", help="File that records what you paid for, to resume a run."
)
@click.option(
    "--max-cost",
    type=click.FloatRange(0, min_open=True),
    help="Maximum total cost, including earlier runs with the same journal.",
)
@click.option("--max-price", type=click.FloatRange(0, min_open=True), help="Maximum price of one number.")
@click.option("--allow-repeat", is_flag=True, help="Pay again for numbers that were looked up in the last 24 hours.")
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
    max_price: float | None,
    allow_repeat: bool,
    yes: bool,
    output: Format | None,
) -> int:
    """Look up phone numbers (charged per valid number).

    NUMBERS are phone numbers; pass - to read them from standard input. The exit code is 1 if some were not looked up
    because they are not valid or not covered. Those are free.
    """
    if connection.sandbox and journal is not None:
        raise click.UsageError("--journal cannot be used with --sandbox: the sandbox ends with the command.")
    source = NumbersSource(numbers, file, column, encoding)
    given = source.read()
    with connection.open() as api:
        if len(given) == 1 and journal is None and max_cost is None:
            skipped = _look_up_one(api, given[0], country, output, yes=yes)
        else:
            from smscx_client.journal import Journal  # slow to import

            with Journal() if connection.sandbox else open_journal(journal, source) as opened:
                options = BulkOptions(country, max_cost, max_price, allow_repeat)
                skipped = _look_up_many(api, given, opened, options, output, yes=yes)
    if not skipped:
        return ExitCode.OK
    print_message(f"{skipped:,} of {len(given):,} numbers were not looked up: they are not valid, or not covered.")
    return ExitCode.NOT_ALL_VALID


def _look_up_one(api: NumbersApi, number: str, country: str | None, output: Format | None, *, yes: bool) -> int:
    """Look up one number with one call, which needs no polling and no journal. Return how many were skipped."""
    from smscx_client.bulk import validate_all  # slow to import

    confirm_cost("Looking up 1 number. If it is valid, it is charged. The price is not known in advance.", yes=yes)
    (valid,) = validate_all(api, [number], country_iso=country)
    skipped = 1
    found: Row = {}
    if not required(valid.invalid, "invalid"):
        to_look_up = required(valid.phone_number, "phoneNumber")
        with suppress(InvalidPhoneNumberException, NoCoverageException):
            response = call_at_most_once(api, lambda: api.lookup_number(to_look_up), advice=CONTACT_SUPPORT)
            skipped, found = 0, unwrap(response, "data", LAYOUT)
    leading = {"input": number}
    print_row(output, LAYOUT, {**leading, **found, **leading})
    return skipped


def _look_up_many(
    api: NumbersApi, numbers: list[str], journal: Journal, options: BulkOptions, output: Format | None, *, yes: bool
) -> int:
    """Look up numbers in batches, with a journal. Return how many were skipped."""
    recorded = sum(batch.size for batch in journal.entries() if batch.state != "unsent" and not batch.part)
    if recorded < len(numbers):
        numbers_left = f"Numbers to look up: {len(numbers) - recorded:,}"
        confirm_cost(f"{numbers_left}. Each valid number is charged. {options.cost}", yes=yes)
    skipped = 0
    with row_writer(output, LAYOUT) as rows, progress_bar("Looking up", len(numbers), output) as show_progress:
        for completed, item in enumerate(_results(api, numbers, journal, options), start=1):
            show_progress(completed)
            skipped += item.result is None
            bulk_id = {} if item.lookup_bulk_id is None else {"lookupBulkId": item.lookup_bulk_id}
            found = {} if item.result is None else to_row(item.result)
            leading = {"input": item.phone_number}
            rows.write({**leading, **found, **bulk_id, **leading})
    print_message(f"The lookups cost {journal.total_cost():g} in total.")
    return skipped


def _results(api: NumbersApi, numbers: list[str], journal: Journal, options: BulkOptions) -> Iterator[BulkLookupItem]:
    """Yield the result of each number.

    Raises:
        Failure: a limit was reached, the numbers were looked up recently, or an outcome is unknown.
        ApiException: a call failed.
    """
    from smscx_client.bulk import AlreadyLookedUpException, CostLimitException, UnknownOutcomeException, lookup_all

    try:
        yield from lookup_all(
            api,
            numbers,
            country_iso=options.country,
            journal=journal,
            max_cost=options.max_cost,
            max_price=options.max_price,
            allow_repeat=options.allow_repeat,
        )
    except CostLimitException as limit:
        spent = f"Spent {limit.spent:g} of at most {limit.max_cost:g}; the next number could exceed the limit."
        raise Failure(ExitCode.NOT_SPENT, f"{spent} Pass a higher --max-cost to continue.") from None
    except AlreadyLookedUpException as repeat:
        advice = "Pass --allow-repeat to pay again."
        raise Failure(ExitCode.NOT_SPENT, f"{str(repeat).partition(' Read')[0]} {advice}") from None
    except UnknownOutcomeException as unknown:
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{unknown}") from None
    except ApiException as exception:
        if not exception.outcome_unknown:
            raise
        failed = failure_from(exception).message
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{failed} {MAY_BE_CHARGED} The next run checks.") from None
