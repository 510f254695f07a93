"""Answer of ``NumbersApi.edit_rent_settings``."""

from __future__ import annotations

from smscx_client.model.info_edit_rent import InfoEditRent
from smscx_client.model_utils import Model


class EditRentResponse(Model):
    """A rent whose settings were changed. Came with 2023-02."""

    info: InfoEditRent
