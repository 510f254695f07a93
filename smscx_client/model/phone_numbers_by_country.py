"""Part of the responses about many phone numbers."""

from __future__ import annotations

from smscx_client.model_utils import Model


class PhoneNumbersByCountry(Model):
    """How many phone numbers belong to each country."""

    country_code: dict[str, int]
    """How many of the phone numbers belong to each country, by ISO 3166-1 alpha-2 code."""
