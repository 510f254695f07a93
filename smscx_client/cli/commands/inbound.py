"""``smscx inbound``."""

from __future__ import annotations

import time
from itertools import islice
from typing import Any, NoReturn, cast

import click

from smscx_client import waiting
from smscx_client._polling import TRANSIENT_ERRORS
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.commands.rentals import newest_rental
from smscx_client.cli.connection import Connection
from smscx_client.cli.layout import Column, Format, Layout, RowWriter, to_row
from smscx_client.cli.messages import escape_line, failure_from, print_message, required
from smscx_client.cli.output import output_option, row_writer
from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.model.get_inbound_sms_response import GetInboundSMSResponse
from smscx_client.pagination import paginate

LAYOUT = Layout(
    DataReceiveSms,
    (
        Column("received (UTC)", "receivedAt", 19),
        Column("from", "from", 16),
        Column("text", "text"),
    ),
)
MAX_INTERVAL = 86_400.0
"""Seconds."""
PAGE_SIZE = 20
"""SMS per page when polling for new ones."""


@click.command()
@click.argument("rent_id", required=False)
@click.option("--follow", is_flag=True, help="Continue to show new SMS until Ctrl-C.")
@click.option("--wait-for-code", is_flag=True, help="Wait for the next SMS with a one-time code, and print the code.")
@click.option("--timeout", type=click.FloatRange(0), default=120.0, help="Seconds to wait for a code.")
@click.option("--limit", type=click.IntRange(min=1), help="Maximum number of SMS already received to show.")
@click.option(
    "--interval",
    type=click.FloatRange(0.1),
    default=2.0,
    show_default=True,
    help="Polling interval of --follow, in seconds.",
)
@output_option
@click.pass_obj
def inbound(
    connection: Connection,
    rent_id: str | None,
    follow: bool,
    wait_for_code: bool,
    timeout: float,
    limit: int | None,
    interval: float,
    output: Format | None,
) -> None:
    """Show the SMS that a rented number received (free).

    The newest SMS comes first. With --follow, the oldest comes first.

    RENT_ID is a rental ID from `smscx rented`. Default: the newest rental.
    """
    if not interval <= MAX_INTERVAL:  # NaN passes the check of click
        raise click.UsageError(f"--interval must be at most {MAX_INTERVAL:g} seconds, not {interval:g}.")
    with connection.open() as api, row_writer(output, LAYOUT) as rows:
        if rent_id is None:
            newest = newest_rental(api)
            print_message(f"Showing the newest rental, {newest.rent_id}, of {newest.phone_number}.")
            rent_id = required(newest.rent_id, "rentId")
        if wait_for_code:
            click.echo(escape_line(waiting.wait_for_code(api, rent_id, timeout=timeout)))
            return
        if follow:
            _follow(Inbox(api, rent_id), rows, limit, interval)
        sms = None
        for sms in islice(paginate(_read_page, api, rent_id), limit):
            rows.write(to_row(sms))
    if sms is None:
        print_message("No SMS.")


class Inbox:
    """The SMS of a rented number, each returned once."""

    def __init__(self, api: NumbersApi, rent_id: str) -> None:
        self._api = api
        self._rent_id = rent_id
        self._seen: set[str] = set()
        self._polled = False

    def poll(self) -> list[DataReceiveSms]:
        """Return the SMS received since the last poll, oldest first."""
        new: list[DataReceiveSms] = []
        seen_in_a_row = 0
        for sms in paginate(_read_page, self._api, self._rent_id, limit=PAGE_SIZE if self._polled else 500):
            if _identity(sms) not in self._seen:
                seen_in_a_row = 0
                new.append(sms)
            elif (seen_in_a_row := seen_in_a_row + 1) == PAGE_SIZE:
                break  # the service lists the newest first
        self._polled = True
        self._seen |= {_identity(sms) for sms in new}
        return new[::-1]


def _read_page(api: NumbersApi, rent_id: str, **options: Any) -> GetInboundSMSResponse:
    page = cast("GetInboundSMSResponse", api.get_inbound_sms(rent_id, **options))
    required(page.data, "data")
    return page


def _follow(inbox: Inbox, rows: RowWriter, limit: int | None, interval: float) -> NoReturn:
    received = inbox.poll()
    failing = False
    for sms in received[-limit:] if limit else received:
        rows.write(to_row(sms))
    while True:
        time.sleep(interval)
        try:
            new = inbox.poll()
        except TRANSIENT_ERRORS as exception:
            if not failing:
                print_message(f"{failure_from(exception).message} Polling continues.")
            failing = True
            continue
        failing = False
        for sms in new:
            rows.write(to_row(sms))


def _identity(sms: DataReceiveSms) -> str:
    """Return what distinguishes an SMS from others: its ID, or all of its fields if the service sent none."""
    return sms.msg_id or sms.to_json()
