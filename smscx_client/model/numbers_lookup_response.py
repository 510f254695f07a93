"""Response of ``NumbersApi.lookup_numbers``."""

from __future__ import annotations

from smscx_client.model.data_numbers_lookup import DataNumbersLookup
from smscx_client.model.info_numbers_lookup import InfoNumbersLookup
from smscx_client.model_utils import Model


class NumbersLookupResponse(Model):
    """A bulk lookup that the service accepted."""

    info: InfoNumbersLookup
    """Bulk lookup ID, totals and cost."""
    data: list[DataNumbersLookup]
    """Phone numbers that the service accepted."""
