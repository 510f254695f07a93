"""Part of :class:`GetInboundSMSResponse` and of the webhook of received SMS."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, CountryIso, DateTime, Uuid


class DataReceiveSms(Model):
    """One SMS that a rented number has received."""

    msg_id: Uuid
    """Tells one SMS from another."""
    _from: str
    """The sender: E.164, or a name."""
    country_iso: CountryIso
    """Of the sender."""
    to: str
    """The rented number."""
    text: str
    cost: Cost
    received_at: DateTime
