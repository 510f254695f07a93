"""Part of :class:`BulkLookupCampaignsResponse`."""

from __future__ import annotations

from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, DateTime, Uuid


class DataLookupCampaigns(Model):
    """One bulk lookup of the account. Came with 2023-02."""

    id: Uuid
    """For ``get_bulk_lookup_status``."""
    total_phone_numbers: int
    total_valid: int
    total_cost: Cost
    """In the account's currency."""
    datetime_added: DateTime
    """When the bulk lookup was started."""
