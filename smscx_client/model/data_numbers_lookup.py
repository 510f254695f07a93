"""Part of :class:`NumbersLookupResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, CountryIso, DateTime, Uuid


class DataNumbersLookup(Model):
    """One number that will be looked up."""

    phone_number: str
    country_iso: CountryIso
    cost: Cost
    """In the account's currency."""
    lookup_id: Uuid
    """For ``get_single_lookup_status``."""
    datetime: DateTime
