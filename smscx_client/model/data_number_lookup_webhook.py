"""Part of :class:`CallBackRequestNumberLookup`."""

from __future__ import annotations

from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model_utils import UNSET, Nullable


class DataNumberLookupWebhook(DataNumberLookup):
    """The result of one lookup in a webhook, with the ID of its bulk lookup."""

    lookup_bulk_id: Nullable[str] = UNSET
    """Bulk lookup ID. Null for a single lookup."""
