"""Part of :class:`GetInboundSMSResponse` and :class:`CallBackRequestReceiveSms`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, CountryIso, DateTime, Uuid


class DataReceiveSms(Model):
    """An SMS that a rented number received."""

    msg_id: Uuid
    """Unique ID of the SMS. Use it to recognize an SMS that a webhook redelivers."""
    _from: str
    """Sender of the SMS: a number in E.164 format, or an alphanumeric sender."""
    country_iso: CountryIso
    """Country of the sender, as an ISO 3166-1 alpha-2 code."""
    to: str
    """Rented number that received the SMS, in E.164 format."""
    text: str
    """Text of the SMS."""
    cost: Cost
    """Cost of the SMS in the account's currency."""
    received_at: DateTime
    """Date and time at which the SMS was received, in UTC."""
