"""Answer of ``NumbersApi.lookup_numbers``."""

from __future__ import annotations

from smscx_client.model.data_numbers_lookup import DataNumbersLookup
from smscx_client.model.info_numbers_lookup import InfoNumbersLookup
from smscx_client.model_utils import Model


class NumbersLookupResponse(Model):
    """A bulk lookup that was started."""

    info: InfoNumbersLookup
    data: list[DataNumbersLookup]
