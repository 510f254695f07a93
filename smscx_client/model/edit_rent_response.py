"""Response of ``NumbersApi.edit_rent_settings``."""

from __future__ import annotations

from smscx_client.model.info_edit_rent import InfoEditRent
from smscx_client.model_utils import Model


class EditRentResponse(Model):
    """A rental whose settings were changed. Added in API version 2023-02."""

    info: InfoEditRent
    """Changed rental."""
