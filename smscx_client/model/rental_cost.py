"""Part of answers of generation 2022-10."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost


class RentalCost(Model):
    """What a rent costs, by its days. Until 2023-02."""

    _1: Cost
    """For 1 day."""
    _7: Cost
    """For 7 days."""
    _30: Cost
    """For 30 days."""
