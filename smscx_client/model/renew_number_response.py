"""Response of ``NumbersApi.renew_rent`` in API version 2023-02."""

from __future__ import annotations

from smscx_client.model.info_renew_number import InfoRenewNumber
from smscx_client.model_utils import Model


class RenewNumberResponse(Model):
    """A renewed rental. Added in API version 2023-02."""

    info: InfoRenewNumber
    """Renewed rental."""
