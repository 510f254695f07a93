"""Prices of rentals, in both API versions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import click

from smscx_client.cli.messages import required
from smscx_client.model.data_available_numbers_rent import DataAvailableNumbersRent
from smscx_client.model.info_rent_status import InfoRentStatus
from smscx_client.model.renew_cost import RenewCost
from smscx_client.model.rent_cost import RentCost
from smscx_client.model.rental_cost import RentalCost


def rental_price(offer: DataAvailableNumbersRent, days: int) -> float:
    """Return the price of the first period, including the setup cost.

    Raises:
        click.UsageError: the number cannot be rented for that period.
    """
    return _price(offer.rent_cost, offer.rental_cost, days, offer.setup_cost or 0.0)


def renewal_price(rental: InfoRentStatus, days: int) -> float:
    """Return the price of another period.

    Raises:
        click.UsageError: the number cannot be rented for that period.
    """
    return _price(rental.renew_cost, rental.rental_cost, days)


def describe_cost(price: float, days: int, *, auto_renew: bool) -> str:
    """Return the end of a sentence about what a period costs, and a sentence about later periods."""
    period = "1 day" if days == 1 else f"{days} days"
    renewal = " The rental renews automatically, and each renewal is charged." if auto_renew else ""
    return f"{period} costs {format_price(price)}.{renewal}"


def format_price(price: float) -> str:
    """Return a price for a message. The API does not name the currency of the account."""
    return f"{_decimals(price)} in the account's currency"


def _decimals(price: float) -> str:
    """Return a price with as many decimals as it needs, and at least two."""
    whole, _, decimals = f"{price:.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


def _price(
    costs: Sequence[RentCost | RenewCost] | None, old: RentalCost | None, days: int, setup: float = 0.0
) -> float:
    by_days: dict[int, float] = {required(cost.days, "days"): cost.cost for cost in costs or ()}
    if old is not None:
        by_days |= {1: old._1, 7: old._7, 30: old._30}
    if days not in by_days:
        valid = ", ".join(map(str, sorted(by_days))) or "none"
        raise click.UsageError(f"The number cannot be rented for {days} days; valid periods in days: {valid}")
    cost = required(by_days[days], "cost") + setup
    return round(required(cost if 0 <= cost < math.inf else None, "cost"), 4)
