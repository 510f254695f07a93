"""Part of :class:`RentNumberResponse`."""

from __future__ import annotations

from smscx_client.model.rental_cost import RentalCost
from smscx_client.model_utils import UNSET, Model, Nullable, Since2023, Until2023
from smscx_client.schema_types import Cost, CountryIso, DateTime, RentPeriod, SmsDirection, Uuid


class InfoRentNumber(Model):
    """A new or renewed rental."""

    rent_id: Uuid
    """Rental ID, used by every later call about this rental."""
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
    setup_cost: Cost | None = UNSET
    """One-time setup cost in the account's currency. ``cancel_rent`` does not refund it."""
    network_operator: Until2023[str] = UNSET
    """Network operator of the phone number."""
    rent_period: Until2023[RentPeriod] = UNSET
    """Length of the rental period in days."""
    sms: Until2023[list[SmsDirection]] = UNSET
    """Directions in which the number exchanges SMS."""
    voice: Until2023[list[str]] = UNSET
    """Voice features of the number, in the service's words."""
    min_rent: Until2023[Nullable[str]] = UNSET
    """Shortest rental period in days."""
    max_rent: Until2023[Nullable[str]] = UNSET
    """Longest rental period in days."""
    rental_cost: Until2023[RentalCost] = UNSET
    """Cost of each rental period."""
    inbound_sms_cost: Until2023[Cost] = UNSET
    """Cost of each received SMS in the account's currency, usually 0."""
    number_id: Since2023[Uuid] = UNSET
    """Number ID, as in ``get_available_numbers``."""
    approved: Since2023[bool] = UNSET
    """Whether a number that requires a registration has been approved."""
    datetime: Since2023[DateTime] = UNSET
    """Date and time in UTC. The service does not document what it marks."""
