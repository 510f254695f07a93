"""Answer of ``NumbersApi.get_bulk_lookup_campaigns``."""

from __future__ import annotations

from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.model.paging import Paging
from smscx_client.model_utils import Model


class BulkLookupCampaignsResponse(Model):
    """A page of the account's bulk lookups. Came with 2023-02."""

    data: list[DataLookupCampaigns]
    paging: Paging
