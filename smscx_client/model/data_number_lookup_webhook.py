"""Part of :class:`CallBackRequestNumberLookup`."""

from __future__ import annotations

from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model_utils import UNSET, Nullable


class DataNumberLookupWebhook(DataNumberLookup):
    """One result, and the bulk lookup that it belongs to."""

    lookup_bulk_id: Nullable[str] = UNSET
    """Null where the lookup was a single one."""
