"""Webhook payload: received SMS."""

from __future__ import annotations

from typing import Annotated, Literal

from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.model_utils import Model, Size


class CallBackRequestReceiveSms(Model):
    """The webhook payload with received SMS."""

    event: Literal["receive_sms"]
    """Name of the event."""
    data: Annotated[list[DataReceiveSms], Size(0, 200)]
    """Received SMS."""
