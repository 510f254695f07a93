"""``smscx inbound``."""

from __future__ import annotations

import time
from itertools import islice
from typing import NoReturn

import click

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.commands.rents import newest_rent
from smscx_client.cli.connection import Connection
from smscx_client.cli.messages import failure_of, say
from smscx_client.cli.output import Column, Format, Layout, Rows, output_option, row_of, rows_to
from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.paging import paginate
from smscx_client.waiting import PASSING

LAYOUT = Layout(
    DataReceiveSms,
    (
        Column("received (UTC)", "receivedAt", 19),
        Column("from", "from", 16),
        Column("text", "text"),
    ),
)
LONGEST_PAUSE = 86_400.0
PAGE = 20
"""SMS in a look at what is new."""


@click.command()
@click.argument("rent_id", required=False)
@click.option("--follow", is_flag=True, help="Show each SMS when it comes, until Ctrl-C.")
@click.option("--limit", type=click.IntRange(min=1), help="Show no more SMS than these of those that are there.")
@click.option(
    "--every", type=click.FloatRange(0.1), default=2.0, show_default=True, help="Seconds between looks at what is new."
)
@output_option
@click.pass_obj
def inbound(
    connection: Connection, rent_id: str | None, follow: bool, limit: int | None, every: float, output: Format | None
) -> None:
    """Show the SMS that a rented number has received, the newest first; with --follow, the oldest first.

    RENT_ID is the rent's id in the list of `smscx rented`; the newest rent's if left out. Asking costs nothing.
    """
    if not every <= LONGEST_PAUSE:
        raise click.UsageError(f"--every must be at most {LONGEST_PAUSE:g} seconds")
    with connection.open() as api, rows_to(output, LAYOUT) as rows:
        if rent_id is None:
            newest = newest_rent(api)
            say(f"the newest rent: {newest.rent_id}, of {newest.phone_number}")
            rent_id = newest.rent_id
        if follow:
            _follow(Inbox(api, rent_id), rows, limit, every)
        for sms in islice(paginate(api.get_inbound_sms, rent_id), limit):
            rows.write(row_of(sms))


class Inbox:
    """What a rented number receives, each SMS once."""

    def __init__(self, api: NumbersApi, rent_id: str) -> None:
        self._api = api
        self._rent_id = rent_id
        self._seen: set[str] = set()
        self._begun = False

    def new(self) -> list[DataReceiveSms]:
        """What was not there at the last look, the oldest first."""
        unseen: list[DataReceiveSms] = []
        seen_in_a_row = 0
        for sms in paginate(self._api.get_inbound_sms, self._rent_id, limit=PAGE if self._begun else 500):
            if _key(sms) not in self._seen:
                seen_in_a_row = 0
                unseen.append(sms)
            elif (seen_in_a_row := seen_in_a_row + 1) == PAGE:
                break  # the newest come first
        self._begun = True
        self._seen |= {_key(sms) for sms in unseen}
        return unseen[::-1]


def _follow(inbox: Inbox, rows: Rows, limit: int | None, every: float) -> NoReturn:
    there = inbox.new()
    failing = False
    for sms in there[-limit:] if limit else there:
        rows.write(row_of(sms))
    while True:
        time.sleep(every)
        try:
            new = inbox.new()
        except PASSING as exception:
            if not failing:
                say(f"{failure_of(exception).message} Going on")
            failing = True
            continue
        failing = False
        for sms in new:
            rows.write(row_of(sms))


def _key(sms: DataReceiveSms) -> str:
    """What tells an SMS from another: an odd one without an id is told by all that it holds."""
    return sms.msg_id or sms.to_json()
