"""``smscx available``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smscx_client.cli.connection import Connection
from smscx_client.cli.output import Column, Format, Layout, output_option, row_of, rows_to
from smscx_client.cli.wanted import Wanted, wanted_options
from smscx_client.model.data_available_numbers_rent import DataAvailableNumbersRent
from smscx_client.schema_types import SetupTime

if TYPE_CHECKING:
    from typing_extensions import Unpack

LAYOUT = Layout(
    DataAvailableNumbersRent,
    (
        Column("id", "numberId"),
        Column("number", "phoneNumber"),
        Column("type", "numberType"),
        Column("rent", "rentCost"),
        Column("rent", "rentalCost"),
        Column("setup", "setupCost"),
    ),
)


@click.command()
@click.argument("country")
@wanted_options
@click.option("--setup", type=click.Choice(["instant", "delayed"]), help="Whether the number is ready at once.")
@click.option("--registration/--no-registration", default=None, help="Whether the number needs a registration.")
@output_option
@click.pass_obj
def available(
    connection: Connection,
    country: str,
    setup: SetupTime | None,
    registration: bool | None,
    output: Format | None,
    **wanted: Unpack[Wanted],
) -> None:
    """List the numbers of a country that can be rented, at no cost.

    COUNTRY is its ISO 3166-1 code, such as FR.
    """
    with connection.open() as api:
        answer = api.get_available_numbers(country, setup_time=setup, registration=registration, **wanted)
        with rows_to(output, LAYOUT) as rows:
            for offer in answer.data:
                rows.write(row_of(offer))
