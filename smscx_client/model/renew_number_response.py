"""What a service of generation 2023-02 answers to ``NumbersApi.renew_rent``."""

from __future__ import annotations

from smscx_client.model.info_renew_number import InfoRenewNumber
from smscx_client.model_utils import Model


class RenewNumberResponse(Model):
    """A rent that was just renewed. Came with 2023-02."""

    info: InfoRenewNumber
