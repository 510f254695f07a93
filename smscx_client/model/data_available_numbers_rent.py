"""Part of :class:`RentNumbersResponse`."""

from __future__ import annotations

from smscx_client.model.rent_cost import RentCost
from smscx_client.model.rental_cost import RentalCost
from smscx_client.model_utils import UNSET, Model, Nullable, Since2023, Until2023
from smscx_client.schema_types import Cost, CountryIso, DateTime, NumberType, RentDays, SetupTime, SmsDirection, Uuid


class DataAvailableNumbersRent(Model):
    """A phone number that you can rent."""

    number_id: Uuid
    """Number ID, to pass to ``rent_number``."""
    phone_number: Nullable[str]
    """Phone number in E.164 format. Null if the service assigns one from a pool when you rent it."""
    country_iso: CountryIso
    """Country of the phone number, as an ISO 3166-1 alpha-2 code."""
    network_operator: str
    """Network operator of the phone number."""
    setup_cost: Cost
    """One-time setup cost in the account's currency. ``cancel_rent`` does not refund it."""
    inbound_sms_cost: Cost
    """Cost of each received SMS in the account's currency, usually 0."""
    min_rent: Nullable[str | int]
    """Shortest rental period in days: a string or null in API version 2022-10, an integer in 2023-02."""
    max_rent: Until2023[Nullable[RentDays]] = UNSET
    """Longest rental period in days."""
    rental_cost: Until2023[RentalCost] = UNSET
    """Cost of each rental period."""
    sms: Until2023[list[SmsDirection]] = UNSET
    """Directions in which the number exchanges SMS."""
    voice: Until2023[list[str]] = UNSET
    """Voice features of the number, in the service's words."""
    features: Since2023[int] = UNSET
    """Sum of the number's features: 1 (receives SMS), 2 (sends SMS) and 4 (voice calls)."""
    number_type: Since2023[NumberType] = UNSET
    """Type of the number."""
    outbound_sms_cost: Since2023[Nullable[Cost]] = UNSET
    """Cost of each sent SMS in the account's currency."""
    rent_cost: Since2023[list[RentCost]] = UNSET
    """Cost of each rental period."""
    setup_time: Since2023[SetupTime] = UNSET
    """``instant`` if the number is ready at once, ``delayed`` otherwise."""
    registration: Since2023[bool] = UNSET
    """Whether the number requires a registration."""
    inbound_sms_sender: Since2023[bool] = UNSET
    """Whether the number receives SMS from alphanumeric senders."""
    datetime: Since2023[DateTime] = UNSET
    """Date and time in UTC. The service does not document what it marks."""
