"""Part of :class:`InfoRentStatus`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, RentPeriod


class RenewCost(Model):
    """What a renewal for some days costs. Came with 2023-02."""

    days: RentPeriod
    """Days."""
    cost: Cost
