"""Part of :class:`GetInboundSMSResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import CountryIso


class InfoInboundSms(Model):
    """The rented number that received the SMS."""

    phone_number: str
    """Phone number in E.164 format."""
    country_iso: CountryIso
    """Country of the phone number, as an ISO 3166-1 alpha-2 code."""
