"""Part of :class:`BulkLookupCampaignsResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, DateTime, Uuid


class DataLookupCampaigns(Model):
    """A bulk lookup of the account. Added in API version 2023-02."""

    id: Uuid
    """Bulk lookup ID, for ``get_bulk_lookup_status``."""
    total_phone_numbers: int
    """How many phone numbers the request contained."""
    total_valid: int
    """How many of them are valid."""
    total_cost: Cost
    """Total cost in the account's currency."""
    datetime_added: DateTime
    """Date and time at which the bulk lookup was added, in UTC."""
