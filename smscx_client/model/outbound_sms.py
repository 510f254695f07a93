"""Part of :class:`InfoRentStatus`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost


class OutboundSms(Model):
    """The number and cost of the SMS that a rented number sent. Added in API version 2023-02."""

    total: int
    """How many SMS the number sent."""
    cost: Cost
    """Total cost of these SMS in the account's currency."""
