"""Part of :class:`RenewNumberResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model, Nullable
from smscx_client.schema_types import Cost, CountryIso, DateTime, Uuid


class InfoRenewNumber(Model):
    """A renewed rental. Added in API version 2023-02."""

    rent_id: Uuid
    """Rental ID, used by every later call about this rental."""
    number_id: Uuid
    """Number ID, as in ``get_available_numbers``."""
    phone_number: str
    """Phone number in E.164 format."""
    country_iso: CountryIso
    """Country of the phone number, as an ISO 3166-1 alpha-2 code."""
    rent_start: DateTime
    """Start of the rental, in UTC."""
    rent_end: DateTime
    """End of the rental, in UTC."""
    rent_cost: Cost
    """Cost of the chosen rental period, in the account's currency."""
    auto_renew: bool
    """Whether the service renews the rental, and charges you, when it ends."""
    callback_url: Nullable[str]
    """URL that receives the number's SMS as webhooks. Null if there is none."""
    datetime: DateTime
    """Date and time in UTC. The service does not document what it marks."""
