"""``smscx rent``, ``renew``, ``cancel``, ``edit`` and ``rented``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import click

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.confirmation import agree, yes_option
from smscx_client.cli.connection import Connection
from smscx_client.cli.doubt import made_once
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import Failure, say
from smscx_client.cli.output import Column, Format, Layout, output_option, part_of, print_row, row_of, rows_to
from smscx_client.cli.prices import price_of_renewal, price_of_rent
from smscx_client.cli.wanted import Wanted, wanted_options
from smscx_client.model.data_rented_numbers import DataRentedNumbers
from smscx_client.model.edit_rent_request import EditRentRequest
from smscx_client.model.info_cancel_rent import InfoCancelRent
from smscx_client.model.info_edit_rent import InfoEditRent
from smscx_client.model.info_rent_number import InfoRentNumber
from smscx_client.model.info_rent_status import InfoRentStatus
from smscx_client.model.renew_rent_request import RenewRentRequest
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.model_utils import UNSET
from smscx_client.schema_types import RentPeriod

if TYPE_CHECKING:
    from typing_extensions import Unpack

DAYS = click.Choice(["1", "7", "30"])
RENTED = Layout(
    DataRentedNumbers,
    (
        Column("id", "rentId"),
        Column("number", "phoneNumber"),
        Column("until (UTC)", "rentEnd"),
        Column("active", "activeRent"),
        Column("renewed", "autoRenew"),
        Column("SMS", "inboundSms.total"),
    ),
)


@click.command()
@click.argument("number_id")
@click.option("--days", type=DAYS, required=True, help="For how long.")
@click.option("--country", help="Country of the number, by which its price is found.")
@click.option("--auto-renew", is_flag=True, help="Renew the rent, and pay again, at the end of each period.")
@click.option("--callback-url", metavar="URL", help="Where the SMS that it receives are posted.")
@click.option("--registration-id", help="For a number that needs a registration.")
@yes_option
@output_option
@click.pass_obj
def rent(
    connection: Connection,
    number_id: str,
    days: Literal["1", "7", "30"],
    country: str | None,
    auto_renew: bool,
    callback_url: str | None,
    registration_id: str | None,
    yes: bool,
    output: Format | None,
) -> None:
    """Rent a number, which costs money.

    NUMBER_ID is its id in the list of `smscx available`.
    """
    period = _period(days)
    request = RentNumberRequest(
        number_id,
        period,
        auto_renew=auto_renew,
        callback_url=UNSET if callback_url is None else callback_url,
        registration_id=UNSET if registration_id is None else registration_id,
    )
    if country is None and not yes:
        raise click.UsageError("give --country, so that the price can be found; or --yes to pay whatever it is")
    with connection.open() as api:
        if country is not None:
            agree(_offered(api, number_id, country, period, auto_renew=auto_renew), yes=yes)
        row = part_of(made_once(api, lambda: api.rent_number(request)), "info")
        say(f"rented: {row.get('rentId')}")
        print_row(output, Layout(InfoRentNumber), row)


@click.command()
@click.argument("rent_id")
@click.option("--days", type=DAYS, help="For how long; as long as its current period if left out.")
@click.option("--auto-renew/--no-auto-renew", default=None, help="Whether it is renewed, and paid again, at its end.")
@click.option("--callback-url", metavar="URL", help="Where the SMS that it receives are posted.")
@yes_option
@output_option
@click.pass_obj
def renew(
    connection: Connection,
    rent_id: str,
    days: Literal["1", "7", "30"] | None,
    auto_renew: bool | None,
    callback_url: str | None,
    yes: bool,
    output: Format | None,
) -> None:
    """Rent a number for another period, which costs money. What no option says stays as it is.

    RENT_ID is its id in the list of `smscx rented`.
    """
    with connection.open() as api:
        now = api.get_rent_status(rent_id).info
        period = now.rent_period if days is None else _period(days)
        renewed = bool(now.auto_renew) if auto_renew is None else auto_renew
        request = RenewRentRequest(
            rent_period=period,
            auto_renew=renewed,
            callback_url=(now.callback_url or UNSET) if callback_url is None else callback_url,
        )
        cost = f"renews the rent of {now.phone_number}, which ends {now.rent_end:%Y-%m-%d %H:%M} UTC,"
        agree(f"{cost} by {_paid(price_of_renewal(now, period), period, auto_renew=renewed)}", yes=yes)
        answer = made_once(api, lambda: api.renew_rent(rent_id, request), rent_end=now.rent_end)
        print_row(output, Layout(InfoRentNumber), part_of(answer, "info"))


@click.command()
@click.argument("rent_id")
@output_option
@click.pass_obj
def cancel(connection: Connection, rent_id: str, output: Format | None) -> None:
    """Cancel a rent within its first 30 minutes, and get its cost back.

    RENT_ID is its id in the list of `smscx rented`.
    """
    with connection.open() as api:
        answer = made_once(api, lambda: api.cancel_rent(rent_id))
        print_row(output, Layout(InfoCancelRent), part_of(answer, "info") or {"rentId": rent_id})


@click.command()
@click.argument("rent_id")
@click.option("--auto-renew/--no-auto-renew", default=None, help="Whether it is renewed, and paid again, at its end.")
@click.option("--callback-url", metavar="URL", help="Where the SMS that it receives are posted.")
@click.option("--no-callback-url", is_flag=True, help="Post them nowhere.")
@yes_option
@output_option
@click.pass_obj
def edit(
    connection: Connection,
    rent_id: str,
    auto_renew: bool | None,
    callback_url: str | None,
    no_callback_url: bool,
    yes: bool,
    output: Format | None,
) -> None:
    """Change whether a rent is renewed, and where its SMS are posted. A renewal costs money when it is made.

    RENT_ID is its id in the list of `smscx rented`.
    """
    if callback_url is not None and no_callback_url:
        raise click.UsageError("--callback-url and --no-callback-url contradict each other")
    if auto_renew is None and callback_url is None and not no_callback_url:
        raise click.UsageError("nothing to change: give --[no-]auto-renew, --callback-url or --no-callback-url")
    request = EditRentRequest(
        auto_renew=UNSET if auto_renew is None else auto_renew,
        callback_url=callback_url if callback_url is not None or no_callback_url else UNSET,
    )
    with connection.open() as api:
        if auto_renew:
            now = api.get_rent_status(rent_id).info
            price = _money(price_of_renewal(now, now.rent_period))
            agree(
                f"renews the rent of {now.phone_number} at its end, {now.rent_end:%Y-%m-%d %H:%M} UTC,"
                f" and every {now.rent_period} days from then on, for {price} each time.",
                yes=yes,
            )
        print_row(output, Layout(InfoEditRent), part_of(api.edit_rent_settings(rent_id, request), "info"))


@click.command()
@click.option("--country", help="Country of the numbers, such as FR.")
@wanted_options
@click.option("--active/--ended", default=None, help="Rents that are active, or that have ended.")
@output_option
@click.pass_obj
def rented(
    connection: Connection,
    country: str | None,
    active: bool | None,
    output: Format | None,
    **wanted: Unpack[Wanted],
) -> None:
    """List the numbers that the account rents, at no cost."""
    with connection.open() as api:
        answer = api.get_rented_numbers(country_iso=country, active_rent=active, **wanted)
        with rows_to(output, RENTED) as rows:
            for one in answer.data:
                rows.write(row_of(one))


def newest_rent(api: NumbersApi) -> InfoRentStatus:
    """The account's rent that began last.

    Raises:
        Failure: it has none.
    """
    rents = api.get_rented_numbers().data
    if not rents:
        raise Failure(ExitCode.NOT_FOUND, "the account rents no number")
    return max(rents, key=lambda rent: rent.rent_start)


def _period(days: Literal["1", "7", "30"]) -> RentPeriod:
    return cast("RentPeriod", int(days))


def _offered(api: NumbersApi, number_id: str, country: str, period: int, *, auto_renew: bool) -> str:
    """What renting a number costs."""
    offers = api.get_available_numbers(country).data
    offer = next((offer for offer in offers if offer.number_id == number_id), None)
    if offer is None:
        raise Failure(ExitCode.NOT_FOUND, f"no number in {country} that can be rented has the id {number_id}")
    paid = _paid(price_of_rent(offer, period), period, auto_renew=auto_renew)
    return f"rents {offer.phone_number or 'a number'} for {paid}"


def _paid(price: float, period: int, *, auto_renew: bool) -> str:
    days = "1 day" if period == 1 else f"{period} days"
    again = " It is renewed, and paid again, at the end of each period." if auto_renew else ""
    return f"{days}, which costs {_money(price)}.{again}"


def _money(price: float) -> str:
    return f"{price:g} in the account's currency"
