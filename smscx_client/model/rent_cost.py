"""Part of :class:`DataAvailableNumbersRent`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, RentPeriod


class RentCost(Model):
    """The cost of one rental period. Added in API version 2023-02."""

    days: RentPeriod
    """Rental period in days."""
    cost: Cost
    """Cost of this period in the account's currency."""
