"""Response of ``NumbersApi.get_bulk_lookup_status``."""

from __future__ import annotations

from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model.info_lookup_details import InfoLookupDetails
from smscx_client.model.paging import Paging
from smscx_client.model_utils import UNSET, Model, Since2023


class NumbersBulkLookupResult(Model):
    """The results of a bulk lookup, or a page of them."""

    info: InfoLookupDetails
    """Totals of the bulk lookup. API version 2022-10 sends the fields of ``InfoNumbersLookup``."""
    data: list[DataNumberLookup]
    """Results that are available so far."""
    paging: Since2023[Paging] = UNSET
    """Cursors of the adjacent pages. API version 2022-10 sends all results at once instead."""
