"""Request body of ``NumbersApi.validate_numbers``."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model
from smscx_client.schema_types import CountryIso, PhoneNumbers


class NumbersValidateRequest(Model):
    """The phone numbers to validate."""

    phone_numbers: PhoneNumbers
    """Phone numbers in E.164 format, or in the national format of ``country_iso``."""
    country_iso: CountryIso | None = UNSET
    """Country of the numbers in national format, as an ISO 3166-1 alpha-2 code."""
