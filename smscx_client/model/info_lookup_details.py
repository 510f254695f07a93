"""Part of :class:`NumbersBulkLookupResult`."""

from __future__ import annotations

from smscx_client.model.phone_numbers_by_country import PhoneNumbersByCountry
from smscx_client.model_utils import UNSET, Model
from smscx_client.schema_types import Cost, Uuid


class InfoLookupDetails(Model):
    """The totals and cost of a bulk lookup."""

    lookup_bulk_id: Uuid
    """Bulk lookup ID, for ``get_bulk_lookup_status``."""
    total_phone_numbers: int
    """How many phone numbers the request contained."""
    total_valid: int
    """How many of them are valid."""
    total_cost: Cost
    """Total cost in the account's currency."""
    total_invalid: int | None = UNSET
    """How many of them are not valid. Only sent in API version 2022-10."""
    phone_numbers_by_country: PhoneNumbersByCountry | None = UNSET
    """How many phone numbers belong to each country."""
    invalid: list[str] | None = UNSET
    """Phone numbers that are not valid. Only sent in API version 2022-10."""
