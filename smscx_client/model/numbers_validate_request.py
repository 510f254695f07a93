"""Request of ``NumbersApi.validate_numbers``."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model
from smscx_client.schema_types import CountryIso, PhoneNumbers


class NumbersValidateRequest(Model):
    """Which numbers to check."""

    phone_numbers: PhoneNumbers
    """E.164, or in the national format of ``country_iso``."""
    country_iso: CountryIso | None = UNSET
    """Country of the numbers in national format."""
