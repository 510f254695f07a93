"""``smscx available``."""

from __future__ import annotations

import click

from smscx_client._typing import Unpack
from smscx_client.cli.connection import Connection
from smscx_client.cli.layout import Column, Format, Layout, to_row
from smscx_client.cli.messages import print_message, required
from smscx_client.cli.number_filters import NumberFilters, number_filter_options
from smscx_client.cli.output import output_option, row_writer
from smscx_client.model.data_available_numbers_rent import DataAvailableNumbersRent
from smscx_client.schema_types import SetupTime

LAYOUT = Layout(
    DataAvailableNumbersRent,
    (
        Column("ID", "numberId"),
        Column("number", "phoneNumber"),
        Column("type", "numberType"),
        Column("cost", "rentCost"),
        Column("cost", "rentalCost"),
        Column("setup cost", "setupCost"),
    ),
)


@click.command()
@click.argument("country")
@number_filter_options
@click.option(
    "--setup-time", type=click.Choice(["instant", "delayed"]), help="Whether you can use the number immediately."
)
@click.option("--registration/--no-registration", default=None, help="Whether the number requires a registration.")
@output_option
@click.pass_obj
def available(
    connection: Connection,
    country: str,
    setup_time: SetupTime | None,
    registration: bool | None,
    output: Format | None,
    **filters: Unpack[NumberFilters],
) -> None:
    """List the numbers that you can rent in a country (free).

    COUNTRY is an ISO 3166-1 alpha-2 code, such as FR.
    """
    with connection.open() as api:
        response = api.get_available_numbers(country, setup_time=setup_time, registration=registration, **filters)
        with row_writer(output, LAYOUT) as rows:
            for offer in required(response.data, "data"):
                rows.write(to_row(offer))
        if not response.data:
            print_message(f"No numbers in {country} match.")
