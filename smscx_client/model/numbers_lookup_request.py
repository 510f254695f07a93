"""Request of ``NumbersApi.lookup_numbers``."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model
from smscx_client.schema_types import CountryIso, PhoneNumbers, Url


class NumbersLookupRequest(Model):
    """Which numbers to look up, and where the results go."""

    phone_numbers: PhoneNumbers
    """E.164, or in the national format of ``country_iso``."""
    country_iso: CountryIso | None = UNSET
    """Country of the numbers in national format."""
    lookup_callback_url: Url | None = UNSET
    """Where the results are posted, in place of the account's own URL."""
