"""Part of :class:`InfoRentStatus`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost


class InboundSms(Model):
    """The SMS that a rented number has received. Came with 2023-02."""

    total: int
    cost: Cost
    """Of all of them together."""
