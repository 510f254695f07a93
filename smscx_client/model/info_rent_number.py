"""Part of :class:`RentNumberResponse`."""

from __future__ import annotations

from smscx_client.model.rental_cost import RentalCost
from smscx_client.model_utils import UNSET, Model, Nullable, Since2023, Until2023
from smscx_client.schema_types import Cost, CountryIso, DateTime, RentPeriod, SmsDirection, Uuid


class InfoRentNumber(Model):
    """The rent that was made, or renewed."""

    rent_id: Uuid
    """What every later call about the rent takes."""
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
    setup_cost: Cost | None = UNSET
    """Paid once."""
    network_operator: Until2023[str] = UNSET
    rent_period: Until2023[RentPeriod] = UNSET
    """Days."""
    sms: Until2023[list[SmsDirection]] = UNSET
    voice: Until2023[list[str]] = UNSET
    min_rent: Until2023[Nullable[str]] = UNSET
    """Shortest rent in days."""
    max_rent: Until2023[Nullable[str]] = UNSET
    """Longest rent in days."""
    rental_cost: Until2023[RentalCost] = UNSET
    """For each period."""
    inbound_sms_cost: Until2023[Cost] = UNSET
    """For each received SMS; mostly 0."""
    number_id: Since2023[Uuid] = UNSET
    approved: Since2023[bool] = UNSET
    """Whether a number that needs a registration has been approved."""
    datetime: Since2023[DateTime] = UNSET
