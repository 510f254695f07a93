"""Body of the webhook that brings received SMS."""

from __future__ import annotations

from typing import Annotated, Literal

from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.model_utils import Model, Size


class CallBackRequestReceiveSms(Model):
    """Received SMS, as posted to the callback URL of their rents."""

    event: Literal["receive_sms"]
    data: Annotated[list[DataReceiveSms], Size(0, 200)]
