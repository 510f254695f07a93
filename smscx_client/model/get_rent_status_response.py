"""Answer of ``NumbersApi.get_rent_status``."""

from __future__ import annotations

from smscx_client.model.info_rent_status import InfoRentStatus
from smscx_client.model_utils import Model


class GetRentStatusResponse(Model):
    """All about one rent."""

    info: InfoRentStatus
