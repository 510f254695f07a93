"""Part of :class:`RentNumbersResponse`."""

from __future__ import annotations

from smscx_client.model.rent_cost import RentCost
from smscx_client.model.rental_cost import RentalCost
from smscx_client.model_utils import UNSET, Model, Nullable, Since2023, Until2023
from smscx_client.schema_types import Cost, CountryIso, DateTime, NumberType, RentDays, SetupTime, SmsDirection, Uuid


class DataAvailableNumbersRent(Model):
    """One phone number that can be rented."""

    number_id: Uuid
    """For ``RentNumberRequest``."""
    phone_number: Nullable[str]
    """Null where the number is drawn from a pool when it is rented."""
    country_iso: CountryIso
    network_operator: str
    setup_cost: Cost
    """Paid once."""
    inbound_sms_cost: Cost
    """For each received SMS; mostly 0."""
    min_rent: Nullable[str | int]
    """Shortest rent in days: a text or null in 2022-10, a number in 2023-02."""
    max_rent: Until2023[Nullable[RentDays]] = UNSET
    """Longest rent in days."""
    rental_cost: Until2023[RentalCost] = UNSET
    """For each period."""
    sms: Until2023[list[SmsDirection]] = UNSET
    voice: Until2023[list[str]] = UNSET
    features: Since2023[int] = UNSET
    """Sum of 1 for receiving SMS, 2 for sending SMS and 4 for calls."""
    number_type: Since2023[NumberType] = UNSET
    outbound_sms_cost: Since2023[Nullable[Cost]] = UNSET
    """For each SMS that is sent."""
    rent_cost: Since2023[list[RentCost]] = UNSET
    """For each period."""
    setup_time: Since2023[SetupTime] = UNSET
    registration: Since2023[bool] = UNSET
    """Whether the number needs one."""
    inbound_sms_sender: Since2023[bool] = UNSET
    """Whether the number receives SMS from senders with a name in place of a number."""
    datetime: Since2023[DateTime] = UNSET
