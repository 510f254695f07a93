"""Response of ``NumbersApi.cancel_rent``."""

from __future__ import annotations

from smscx_client.model.info_cancel_rent import InfoCancelRent
from smscx_client.model_utils import Model


class CancelRentResponse(Model):
    """A cancelled rental."""

    info: InfoCancelRent
    """Cancelled rental and the refunded amount."""
