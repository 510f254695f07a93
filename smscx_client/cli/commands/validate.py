"""``smscx validate``."""

from __future__ import annotations

import click

from smscx_client.cli.connection import Connection
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.layout import Column, Format, Layout, to_row
from smscx_client.cli.messages import print_message, required
from smscx_client.cli.output import output_option, row_writer
from smscx_client.cli.phone_numbers import NumbersSource, numbers_options
from smscx_client.cli.progress import progress_bar
from smscx_client.model.data_numbers_validate import DataNumbersValidate

LAYOUT = Layout(
    DataNumbersValidate,
    (
        Column("input", "input"),
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
@click.option("--country", help="Country of numbers in national format, such as FR.")
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
    """Validate phone numbers (free).

    NUMBERS are phone numbers; pass - to read them from standard input. The exit code is 1 if some are not valid.
    """
    from smscx_client.bulk import validate_all  # slow to import

    given = NumbersSource(numbers, file, column, encoding).read()
    invalid = 0
    with (
        connection.open() as api,
        row_writer(output, LAYOUT) as rows,
        progress_bar("Validating", len(given), output) as show_progress,
    ):
        results = validate_all(
            api, given, country_iso=country, progress=lambda progress: show_progress(progress.completed)
        )
        for number, result in zip(given, results, strict=True):
            rows.write(to_row(result, input=number))
            invalid += required(result.invalid, "invalid")
    if not invalid:
        return ExitCode.OK
    print_message(f"{invalid:,} of {len(given):,} numbers are not valid.")
    return ExitCode.NOT_ALL_VALID
