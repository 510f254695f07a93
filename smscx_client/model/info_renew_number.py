"""Part of :class:`RenewNumberResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model, Nullable
from smscx_client.schema_types import Cost, CountryIso, DateTime, Uuid


class InfoRenewNumber(Model):
    """The rent that was renewed. Came with 2023-02."""

    rent_id: Uuid
    """What every later call about the rent takes."""
    number_id: Uuid
    phone_number: str
    country_iso: CountryIso
    rent_start: DateTime
    rent_end: DateTime
    rent_cost: Cost
    """For the chosen period."""
    auto_renew: bool
    """Whether the rent is renewed, and paid, at its end."""
    callback_url: Nullable[str]
    """Where received SMS are posted; null for nowhere."""
    datetime: DateTime
