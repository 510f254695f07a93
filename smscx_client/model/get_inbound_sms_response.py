"""Response of ``NumbersApi.get_inbound_sms``."""

from __future__ import annotations

from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.model.info_inbound_sms import InfoInboundSms
from smscx_client.model.paging import Paging
from smscx_client.model_utils import Model


class GetInboundSMSResponse(Model):
    """A page of the SMS that a rented number received."""

    info: InfoInboundSms
    """Rented number that received the SMS."""
    data: list[DataReceiveSms]
    """Received SMS, newest first."""
    paging: Paging
    """Cursors of the adjacent pages."""
