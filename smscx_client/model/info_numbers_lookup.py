"""Part of :class:`NumbersLookupResponse`."""

from __future__ import annotations

from smscx_client.model.phone_numbers_by_country import PhoneNumbersByCountry
from smscx_client.model_utils import UNSET, Model
from smscx_client.schema_types import Cost, Uuid


class InfoNumbersLookup(Model):
    """The ID, totals and cost of a new bulk lookup."""

    lookup_bulk_id: Uuid
    """Bulk lookup ID, for ``get_bulk_lookup_status``."""
    total_phone_numbers: int
    """How many phone numbers the request contained."""
    total_valid: int
    """How many of them are valid."""
    total_invalid: int
    """How many of them are not valid."""
    total_cost: Cost
    """Total cost in the account's currency."""
    invalid: list[str]
    """Phone numbers that are not valid."""
    phone_numbers_by_country: PhoneNumbersByCountry | None = UNSET
    """How many phone numbers belong to each country."""
