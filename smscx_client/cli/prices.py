"""What a rent costs, as the answers of both generations of the service tell it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from smscx_client.model.data_available_numbers_rent import DataAvailableNumbersRent
from smscx_client.model.info_rent_status import InfoRentStatus
from smscx_client.model.renew_cost import RenewCost
from smscx_client.model.rent_cost import RentCost
from smscx_client.model.rental_cost import RentalCost


def price_of_rent(offer: DataAvailableNumbersRent, days: int) -> float:
    """What the first period costs, with what is paid once.

    Raises:
        click.UsageError: the number is not let for that period.
    """
    return round(_price(offer.rent_cost, offer.rental_cost, days) + (offer.setup_cost or 0.0), 4)


def price_of_renewal(rent: InfoRentStatus, days: int) -> float:
    """What another period costs.

    Raises:
        click.UsageError: the number is not let for that period.
    """
    return _price(rent.renew_cost, rent.rental_cost, days)


def _price(costs: Sequence[RentCost | RenewCost] | None, old_costs: RentalCost | None, days: int) -> float:
    by_days: dict[int, float] = {cost.days: cost.cost for cost in costs or ()}
    if old_costs is not None:
        by_days |= {1: old_costs._1, 7: old_costs._7, 30: old_costs._30}
    if days not in by_days:
        offered = ", ".join(map(str, sorted(by_days)))
        raise click.UsageError(f"the number is not let for {days} days, but for {offered or 'no period'}")
    return by_days[days]
