"""Response of ``NumbersApi.get_bulk_lookup_campaigns``."""

from __future__ import annotations

from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.model.paging import Paging
from smscx_client.model_utils import Model


class BulkLookupCampaignsResponse(Model):
    """A page of the account's bulk lookups. Added in API version 2023-02."""

    data: list[DataLookupCampaigns]
    """Bulk lookups of this page."""
    paging: Paging
    """Cursors of the adjacent pages."""
