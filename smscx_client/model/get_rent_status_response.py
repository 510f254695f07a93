"""Response of ``NumbersApi.get_rent_status``."""

from __future__ import annotations

from smscx_client.model.info_rent_status import InfoRentStatus
from smscx_client.model_utils import Model


class GetRentStatusResponse(Model):
    """A rental."""

    info: InfoRentStatus
    """Details of the rental."""
