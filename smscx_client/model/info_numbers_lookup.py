"""Part of :class:`NumbersLookupResponse`."""

from __future__ import annotations

from smscx_client.model.phone_numbers_by_country import PhoneNumbersByCountry
from smscx_client.model_utils import UNSET, Model
from smscx_client.schema_types import Cost, Uuid


class InfoNumbersLookup(Model):
    """What was started, and what it costs."""

    lookup_bulk_id: Uuid
    """For ``get_bulk_lookup_status``."""
    total_phone_numbers: int
    total_valid: int
    total_invalid: int
    total_cost: Cost
    """In the account's currency."""
    invalid: list[str]
    """The numbers that are not valid."""
    phone_numbers_by_country: PhoneNumbersByCountry | None = UNSET
