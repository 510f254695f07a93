"""Part of :class:`CancelRentResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, CountryIso, Uuid


class InfoCancelRent(Model):
    """The rent that was cancelled, and the money that came back."""

    rent_id: Uuid
    """What every later call about the rent takes."""
    phone_number: str
    country_iso: CountryIso
    credit_returned: Cost
    """In the account's currency."""
