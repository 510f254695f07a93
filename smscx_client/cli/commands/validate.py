"""``smscx validate``."""

from __future__ import annotations

import click

from smscx_client.cli.connection import Connection
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import say
from smscx_client.cli.output import Column, Format, Layout, output_option, row_of, rows_to
from smscx_client.cli.phone_numbers import NumbersSource, numbers_options
from smscx_client.cli.progress import progress_bar
from smscx_client.model.data_numbers_validate import DataNumbersValidate

LAYOUT = Layout(
    DataNumbersValidate,
    (
        Column("given", "input"),
        Column("number", "phoneNumber"),
        Column("invalid", "invalid"),
        Column("country", "countryIso"),
        Column("network", "networkOperator"),
        Column("time zone", "timezone"),
    ),
    ("input",),
)


@click.command()
@numbers_options
@click.option("--country", help="Country of the numbers in national format, such as FR.")
@output_option
@click.pass_obj
def validate(
    connection: Connection,
    numbers: tuple[str, ...],
    file: str | None,
    column: str | None,
    encoding: str | None,
    country: str | None,
    output: Format | None,
) -> int:
    """Check phone numbers, at no cost.

    NUMBERS are phone numbers; - stands for those on standard input. The exit code is 1 if some are not valid.
    """
    from smscx_client.bulk import validate_all  # slow to import

    given = NumbersSource(numbers, file, column, encoding).read()
    invalid = 0
    with (
        connection.open() as api,
        rows_to(output, LAYOUT) as rows,
        progress_bar("Validating", len(given), output) as show,
    ):
        results = validate_all(api, given, country_iso=country, progress=lambda progress: show(progress.done))
        for number, result in zip(given, results, strict=True):
            invalid += bool(result.invalid)
            rows.write(row_of(result, input=number))
    if not invalid:
        return ExitCode.DONE
    say(f"{invalid:,} of {len(given):,} numbers are not valid")
    return ExitCode.NOT_ALL_VALID
