"""Part of :class:`InfoRentStatus`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, RentPeriod


class RenewCost(Model):
    """The cost of a renewal for one period. Added in API version 2023-02."""

    days: RentPeriod
    """Rental period in days."""
    cost: Cost
    """Cost of a renewal for this period, in the account's currency."""
