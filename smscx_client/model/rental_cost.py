"""Part of responses of API version 2022-10."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost


class RentalCost(Model):
    """The cost of each rental period. Removed in API version 2023-02."""

    _1: Cost
    """Cost of 1 day in the account's currency."""
    _7: Cost
    """Cost of 7 days in the account's currency."""
    _30: Cost
    """Cost of 30 days in the account's currency."""
