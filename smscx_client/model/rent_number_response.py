"""Response of ``NumbersApi.rent_number`` and ``NumbersApi.renew_rent``."""

from __future__ import annotations

from smscx_client.model.info_rent_number import InfoRentNumber
from smscx_client.model_utils import Model


class RentNumberResponse(Model):
    """A new or renewed rental."""

    info: InfoRentNumber
    """New or renewed rental."""
