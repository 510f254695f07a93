"""Webhook payload: results of lookups."""

from __future__ import annotations

from typing import Annotated

from smscx_client.model.data_number_lookup_webhook import DataNumberLookupWebhook
from smscx_client.model_utils import Model, Size


class CallBackRequestNumberLookup(Model):
    """The webhook payload with results of lookups."""

    event: str
    """Name of the event. The service does not always send the same name; check the fields of ``data`` too."""
    data: Annotated[list[DataNumberLookupWebhook], Size(0, 200)]
    """Results of the lookups."""
