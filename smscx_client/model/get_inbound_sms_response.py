"""Answer of ``NumbersApi.get_inbound_sms``."""

from __future__ import annotations

from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.model.info_inbound_sms import InfoInboundSms
from smscx_client.model.paging import Paging
from smscx_client.model_utils import Model


class GetInboundSMSResponse(Model):
    """A page of the SMS that a rented number has received."""

    info: InfoInboundSms
    data: list[DataReceiveSms]
    """The newest first."""
    paging: Paging
