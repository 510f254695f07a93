"""Part of the responses about many phone numbers."""

from __future__ import annotations

from smscx_client.model_utils import Model


class PhoneNumbersByCountry(Model):
    """How many phone numbers belong to each country."""

    country_code: dict[str, int]
    """How many of the phone numbers each country code has."""
