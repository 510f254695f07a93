"""Part of the answers about many numbers."""

from __future__ import annotations

from smscx_client.model_utils import Model


class PhoneNumbersByCountry(Model):
    """How the numbers spread over countries."""

    country_code: dict[str, int]
    """How many of the numbers each country has."""
