"""Part of :class:`EditRentResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import DateTime, Uuid


class InfoEditRent(Model):
    """A rental whose settings were changed. Added in API version 2023-02."""

    rent_id: Uuid
    """Rental ID, used by every later call about this rental."""
    datetime: DateTime
    """Date and time of the change, in UTC."""
