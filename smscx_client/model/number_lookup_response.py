"""Answer of ``NumbersApi.lookup_number``."""

from __future__ import annotations

from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model_utils import Model


class NumberLookupResponse(Model):
    """A phone number that was looked up."""

    data: DataNumberLookup
