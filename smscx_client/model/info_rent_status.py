"""Part of :class:`GetRentStatusResponse`."""

from __future__ import annotations

from smscx_client.model.inbound_sms import InboundSms
from smscx_client.model.outbound_sms import OutboundSms
from smscx_client.model.renew_cost import RenewCost
from smscx_client.model.rental_cost import RentalCost
from smscx_client.model_utils import UNSET, Model, Nullable, Since2023, Until2023
from smscx_client.schema_types import Cost, CountryIso, DateTime, NumberType, RentPeriod, SmsDirection, Uuid


class InfoRentStatus(Model):
    """The number, period, costs and settings of a rental."""

    rent_id: Uuid
    """Rental ID, used by every later call about this rental."""
    phone_number: str
    """Phone number in E.164 format."""
    country_iso: CountryIso
    """Country of the phone number, as an ISO 3166-1 alpha-2 code."""
    network_operator: str
    """Network operator of the phone number."""
    rent_cost: Cost
    """Cost of the current rental period, in the account's currency."""
    setup_cost: Cost
    """One-time setup cost in the account's currency. ``cancel_rent`` does not refund it."""
    rent_period: RentPeriod
    """Length of the rental period in days."""
    rent_start: DateTime
    """Start of the rental, in UTC."""
    rent_end: DateTime
    """End of the rental, in UTC."""
    inbound_sms_cost: Cost
    """Cost of each received SMS in the account's currency, usually 0."""
    min_rent: Nullable[str | int]
    """Shortest rental period in days: a string or null in API version 2022-10, an integer in 2023-02."""
    callback_url: Nullable[str]
    """URL that receives the number's SMS as webhooks. Null if there is none."""
    auto_renew: bool
    """Whether the service renews the rental, and charges you, when it ends."""
    sms: Until2023[list[SmsDirection]] = UNSET
    """Directions in which the number exchanges SMS."""
    voice: Until2023[list[str]] = UNSET
    """Voice features of the number, in the service's words."""
    max_rent: Until2023[Nullable[str]] = UNSET
    """Longest rental period in days."""
    rental_cost: Until2023[RentalCost] = UNSET
    """Cost of each rental period."""
    number_id: Since2023[Uuid] = UNSET
    """Number ID, as in ``get_available_numbers``."""
    features: Since2023[int] = UNSET
    """Sum of the number's features: 1 (receives SMS), 2 (sends SMS) and 4 (voice calls)."""
    number_type: Since2023[NumberType] = UNSET
    """Type of the number."""
    outbound_sms_cost: Since2023[Nullable[Cost]] = UNSET
    """Cost of each sent SMS in the account's currency."""
    renew_cost: Since2023[list[RenewCost]] = UNSET
    """Cost of a renewal, by period."""
    inbound_sms: Since2023[InboundSms] = UNSET
    """Number and cost of the received SMS."""
    outbound_sms: Since2023[OutboundSms] = UNSET
    """Number and cost of the sent SMS."""
    active_rent: Since2023[bool] = UNSET
    """Whether the rental is active."""
    approved: Since2023[bool] = UNSET
    """Whether a number that requires a registration has been approved."""
    datetime: Since2023[DateTime] = UNSET
    """Date and time in UTC. The service does not document what it marks."""
    inbound_sms_sender: Since2023[bool] = UNSET
    """Whether the number receives SMS from alphanumeric senders."""
