"""Request body of ``NumbersApi.lookup_numbers``."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model
from smscx_client.schema_types import CountryIso, PhoneNumbers, Url


class NumbersLookupRequest(Model):
    """The phone numbers to look up."""

    phone_numbers: PhoneNumbers
    """Phone numbers in E.164 format, or in the national format of ``country_iso``."""
    country_iso: CountryIso | None = UNSET
    """Country of the numbers in national format, as an ISO 3166-1 alpha-2 code."""
    lookup_callback_url: Url | None = UNSET
    """URL that receives the results as webhooks, instead of the one in the account's settings."""
