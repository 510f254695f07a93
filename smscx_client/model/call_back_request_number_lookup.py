"""Body of the webhook that brings the results of lookups."""

from __future__ import annotations

from typing import Annotated

from smscx_client.model.data_number_lookup_webhook import DataNumberLookupWebhook
from smscx_client.model_utils import Model, Size


class CallBackRequestNumberLookup(Model):
    """Results of lookups, as posted to the callback URL."""

    event: str
    """Not always the same word: tell the event by the shape of ``data`` too."""
    data: Annotated[list[DataNumberLookupWebhook], Size(0, 200)]
