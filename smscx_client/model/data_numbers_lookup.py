"""Part of :class:`NumbersLookupResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, CountryIso, DateTime, Uuid


class DataNumbersLookup(Model):
    """A phone number that a bulk lookup accepted."""

    phone_number: str
    """Phone number in E.164 format."""
    country_iso: CountryIso
    """Country of the phone number, as an ISO 3166-1 alpha-2 code."""
    cost: Cost
    """Cost of the lookup in the account's currency."""
    lookup_id: Uuid
    """Lookup ID, for ``get_single_lookup_status``."""
    datetime: DateTime
    """Date and time at which the lookup was requested, in UTC."""
