"""Part of :class:`NumberValidateResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import CountryIso


class DataNumberValidate(Model):
    """The details of a valid phone number."""

    phone_number: str
    """Phone number in E.164 format."""
    country_iso: CountryIso
    """Country of the phone number, as an ISO 3166-1 alpha-2 code."""
    network_operator: str
    """Network operator of the phone number."""
    timezone: str
    """Time zone of the number's country, such as ``Europe/Paris``."""
