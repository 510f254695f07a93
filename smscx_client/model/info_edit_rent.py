"""Part of :class:`EditRentResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import DateTime, Uuid


class InfoEditRent(Model):
    """The rent that was changed. Came with 2023-02."""

    rent_id: Uuid
    """What every later call about the rent takes."""
    datetime: DateTime
