"""``smscx rent``, ``renew``, ``cancel``, ``edit`` and ``rented``: the rentals of the account."""

from __future__ import annotations

from typing import Literal, cast

import click

from smscx_client._typing import Unpack
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.confirmation import confirm_cost, yes_option
from smscx_client.cli.connection import Connection
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.layout import Column, Format, Layout, to_row, unwrap
from smscx_client.cli.messages import Failure, print_message, required
from smscx_client.cli.number_filters import NumberFilters, number_filter_options
from smscx_client.cli.output import output_option, print_row, row_writer
from smscx_client.cli.paid_calls import call_at_most_once
from smscx_client.cli.prices import describe_cost, format_price, renewal_price, rental_price
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

DAYS = click.Choice(["1", "7", "30"])
LAYOUT = Layout(
    DataRentedNumbers,
    (
        Column("ID", "rentId"),
        Column("number", "phoneNumber"),
        Column("ends (UTC)", "rentEnd"),
        Column("active", "activeRent"),
        Column("auto-renew", "autoRenew"),
        Column("SMS", "inboundSms.total"),
    ),
)


RENTED, EDITED, CANCELLED = Layout(InfoRentNumber), Layout(InfoEditRent), Layout(InfoCancelRent)
STATUS = Layout(InfoRentStatus)


@click.command()
@click.argument("number_id")
@click.option("--days", type=DAYS, required=True, help="Rental period in days.")
@click.option("--country", help="Country of the number, needed to look up its price.")
@click.option("--auto-renew", is_flag=True, help="Renew the rental, and pay for it again, at the end of each period.")
@click.option("--callback-url", metavar="URL", help="URL of the webhook for received SMS.")
@click.option("--registration-id", help="Registration ID, for a number that requires a registration.")
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
    """Rent a number (charged).

    NUMBER_ID is a number ID from `smscx available`.
    """
    period = _to_period(days)
    request = RentNumberRequest(
        number_id,
        period,
        auto_renew=auto_renew,
        callback_url=UNSET if callback_url is None else callback_url,
        registration_id=UNSET if registration_id is None else registration_id,
    )
    if country is None and not yes:
        raise click.UsageError("The price is looked up by country. Pass --country, or --yes to accept any price.")
    with connection.open() as api:
        if country is not None:
            confirm_cost(_describe_offer(api, number_id, country, period, auto_renew=auto_renew), yes=yes)
        row = unwrap(call_at_most_once(api, lambda: api.rent_number(request)), "info", RENTED)
        print_message(f"Number rented. Rental ID: {row.get('rentId') or 'unknown. Run `smscx rented`.'}")
        print_row(output, RENTED, row)


@click.command()
@click.argument("rent_id")
@click.option("--days", type=DAYS, help="New period in days. Default: the current period.")
@click.option("--auto-renew/--no-auto-renew", default=None, help="Whether the rental renews at its end (charged).")
@click.option("--callback-url", metavar="URL", help="URL of the webhook for received SMS.")
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
    """Renew a rental for another period (charged).

    RENT_ID is a rental ID from `smscx rented`. The rental keeps every setting that you do not pass.
    """
    with connection.open() as api:
        rental = required(api.get_rent_status(rent_id).info, "info")
        period: RentPeriod = required(rental.rent_period, "rentPeriod") if days is None else _to_period(days)
        renews = required(rental.auto_renew, "autoRenew") if auto_renew is None else auto_renew
        request = RenewRentRequest(
            rent_period=period,
            auto_renew=renews,
            callback_url=(rental.callback_url or UNSET) if callback_url is None else callback_url,
        )
        cost = describe_cost(renewal_price(rental, period), period, auto_renew=renews)
        ends = f"which ends {required(rental.rent_end, 'rentEnd'):%Y-%m-%d %H:%M} UTC"
        confirm_cost(f"Renewing the rental of {rental.phone_number or rent_id}, {ends}, for {cost}", yes=yes)
        response = call_at_most_once(api, lambda: api.renew_rent(rent_id, request), rent_end=rental.rent_end)
        print_row(output, RENTED, unwrap(response, "info", RENTED))


@click.command()
@click.argument("rent_id", required=False)
@click.option("--country", help="Country of the numbers, such as FR.")
@number_filter_options
@click.option("--active/--ended", default=None, help="Only active rentals, or only ended rentals.")
@output_option
@click.pass_obj
def rented(
    connection: Connection,
    rent_id: str | None,
    country: str | None,
    active: bool | None,
    output: Format | None,
    **filters: Unpack[NumberFilters],
) -> None:
    """List your rentals, or show the rental RENT_ID (free)."""
    with connection.open() as api:
        if rent_id is not None:
            print_row(output, STATUS, unwrap(api.get_rent_status(rent_id), "info", STATUS))
            return
        rentals = _rentals(api, country, active, **filters)
        with row_writer(output, LAYOUT) as rows:
            for rental in rentals:
                rows.write(to_row(rental))
        if not rentals:
            print_message("No rentals.")


@click.command()
@click.argument("rent_id")
@click.option("--auto-renew/--no-auto-renew", default=None, help="Whether the rental renews at its end (charged).")
@click.option("--callback-url", metavar="URL", help="URL of the webhook for received SMS.")
@click.option("--no-callback-url", is_flag=True, help="Remove the webhook.")
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
    """Change the auto-renewal or the webhook of a rental (free).

    RENT_ID is a rental ID from `smscx rented`. If you turn on auto-renewal, each renewal is charged when it happens.
    """
    if callback_url is not None and no_callback_url:
        raise click.UsageError("--callback-url and --no-callback-url contradict each other. Pass only one of them.")
    if auto_renew is None and callback_url is None and not no_callback_url:
        raise click.UsageError("Nothing to change. Pass --[no-]auto-renew, --callback-url or --no-callback-url.")
    request = EditRentRequest(
        auto_renew=UNSET if auto_renew is None else auto_renew,
        callback_url=callback_url if callback_url is not None or no_callback_url else UNSET,
    )
    with connection.open() as api:
        if auto_renew:
            confirm_cost(_describe_renewals(required(api.get_rent_status(rent_id).info, "info")), yes=yes)
        print_row(output, EDITED, unwrap(api.edit_rent_settings(rent_id, request), "info", EDITED))


@click.command()
@click.argument("rent_id")
@output_option
@click.pass_obj
def cancel(connection: Connection, rent_id: str, output: Format | None) -> None:
    """Cancel a rental within its first 30 minutes, for a refund.

    RENT_ID is a rental ID from `smscx rented`.
    """
    with connection.open() as api:
        response = call_at_most_once(api, lambda: api.cancel_rent(rent_id))
        print_row(output, CANCELLED, unwrap(response, "info", CANCELLED) or {"rentId": rent_id})


def newest_rental(api: NumbersApi) -> InfoRentStatus:
    """Return the rental of the account that started last.

    Raises:
        Failure: the account has no rentals.
    """
    rentals = _rentals(api)
    if not rentals:
        raise Failure(ExitCode.NOT_FOUND, "The account has no rentals. Rent a number with `smscx rent`.")
    return max(rentals, key=lambda rental: required(rental.rent_start, "rentStart"))


def _rentals(
    api: NumbersApi, country: str | None = None, active: bool | None = None, **filters: Unpack[NumberFilters]
) -> list[DataRentedNumbers]:
    """Return the rentals that match. Each list has only numbers with, or without, alphanumeric senders."""
    found: dict[object, DataRentedNumbers] = {}
    senders = filters.get("inbound_sms_sender")
    for accepts_names in (False, True) if senders is None else (senders,):
        filters["inbound_sms_sender"] = accepts_names
        response = api.get_rented_numbers(country_iso=country, active_rent=active, **filters)
        # API version 2022-10 has no such filter, so both of its lists have all rentals.
        found |= {rental.rent_id or id(rental): rental for rental in required(response.data, "data")}
    return list(found.values())


def _describe_renewals(rental: InfoRentStatus) -> str:
    period, end = required(rental.rent_period, "rentPeriod"), required(rental.rent_end, "rentEnd")
    price = format_price(renewal_price(rental, period))
    schedule = f"at its end, {end:%Y-%m-%d %H:%M} UTC, and then every {period} days"
    return f"The rental of {rental.phone_number} will renew {schedule}. Each renewal costs {price}."


def _to_period(days: Literal["1", "7", "30"]) -> RentPeriod:
    return cast("RentPeriod", int(days))


def _describe_offer(api: NumbersApi, number_id: str, country: str, period: int, *, auto_renew: bool) -> str:
    offers = required(api.get_available_numbers(country).data, "data")
    offer = next((offer for offer in offers if offer.number_id == number_id), None)
    if offer is None:
        message = (
            f"No available number in {country} has the ID {number_id}. Run `smscx available {country}` for a list."
        )
        raise Failure(ExitCode.NOT_FOUND, message)
    cost = describe_cost(rental_price(offer, period), period, auto_renew=auto_renew)
    return f"Renting {offer.phone_number or 'the number'} for {cost}"
