"""Part of :class:`GetInboundSMSResponse`."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model, Since2023
from smscx_client.schema_types import CountryIso, Uuid


class InfoInboundSms(Model):
    """The rented number that received the SMS."""

    phone_number: str
    """Phone number in E.164 format."""
    country_iso: CountryIso
    """Country of the phone number, as an ISO 3166-1 alpha-2 code."""
    rent_id: Since2023[Uuid] = UNSET
    """Rental ID, used by every later call about this rental."""
