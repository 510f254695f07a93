"""Part of :class:`NumberValidateResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import CountryIso


class DataNumberValidate(Model):
    """What the numbering plan tells about a phone number."""

    phone_number: str
    country_iso: CountryIso
    network_operator: str
    timezone: str
    """Of the number's country, such as ``Europe/Paris``."""
