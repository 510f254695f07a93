"""Part of :class:`NumbersBulkLookupResult`."""

from __future__ import annotations

from smscx_client.model.phone_numbers_by_country import PhoneNumbersByCountry
from smscx_client.model_utils import UNSET, Model
from smscx_client.schema_types import Cost, Uuid


class InfoLookupDetails(Model):
    """What the bulk lookup was, and what it cost."""

    lookup_bulk_id: Uuid
    """For ``get_bulk_lookup_status``."""
    total_phone_numbers: int
    total_valid: int
    total_cost: Cost
    """In the account's currency."""
    total_invalid: int | None = UNSET
    phone_numbers_by_country: PhoneNumbersByCountry | None = UNSET
    invalid: list[str] | None = UNSET
    """The numbers that were not valid."""
