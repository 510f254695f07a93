"""Response of ``NumbersApi.lookup_number``."""

from __future__ import annotations

from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model_utils import Model


class NumberLookupResponse(Model):
    """The result of looking up a phone number."""

    data: DataNumberLookup
    """Result of the lookup."""
