"""Part of :class:`GetRentStatusResponse`."""

from __future__ import annotations

from smscx_client.model.inbound_sms import InboundSms
from smscx_client.model.outbound_sms import OutboundSms
from smscx_client.model.renew_cost import RenewCost
from smscx_client.model.rental_cost import RentalCost
from smscx_client.model_utils import UNSET, Model, Nullable, Since2023, Until2023
from smscx_client.schema_types import Cost, CountryIso, DateTime, NumberType, RentPeriod, SmsDirection, Uuid


class InfoRentStatus(Model):
    """A rent: number, period, costs and settings."""

    rent_id: Uuid
    """What every later call about the rent takes."""
    phone_number: str
    country_iso: CountryIso
    network_operator: str
    rent_cost: Cost
    """For the current period."""
    setup_cost: Cost
    """Paid once."""
    rent_period: RentPeriod
    """Days."""
    rent_start: DateTime
    rent_end: DateTime
    inbound_sms_cost: Cost
    """For each received SMS; mostly 0."""
    min_rent: Nullable[str | int]
    """Shortest rent in days: a text or null in 2022-10, a number in 2023-02."""
    callback_url: Nullable[str]
    """Where received SMS are posted; null for nowhere."""
    auto_renew: bool
    """Whether the rent is renewed, and paid, at its end."""
    sms: Until2023[list[SmsDirection]] = UNSET
    voice: Until2023[list[str]] = UNSET
    max_rent: Until2023[Nullable[str]] = UNSET
    """Longest rent in days."""
    rental_cost: Until2023[RentalCost] = UNSET
    """For each period."""
    number_id: Since2023[Uuid] = UNSET
    features: Since2023[int] = UNSET
    """Sum of 1 for receiving SMS, 2 for sending SMS and 4 for calls."""
    number_type: Since2023[NumberType] = UNSET
    outbound_sms_cost: Since2023[Nullable[Cost]] = UNSET
    """For each SMS that is sent."""
    renew_cost: Since2023[list[RenewCost]] = UNSET
    """For each period."""
    inbound_sms: Since2023[InboundSms] = UNSET
    """How many, and what they cost."""
    outbound_sms: Since2023[OutboundSms] = UNSET
    """How many, and what they cost."""
    active_rent: Since2023[bool] = UNSET
    """False once the rent has ended."""
    approved: Since2023[bool] = UNSET
    """Whether a number that needs a registration has been approved."""
    datetime: Since2023[DateTime] = UNSET
    inbound_sms_sender: Since2023[bool] = UNSET
    """Whether the number receives SMS from senders with a name in place of a number."""
