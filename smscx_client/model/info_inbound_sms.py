"""Part of :class:`GetInboundSMSResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import CountryIso


class InfoInboundSms(Model):
    """The number that received the SMS."""

    phone_number: str
    country_iso: CountryIso
