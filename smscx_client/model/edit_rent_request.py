"""Request body of ``NumbersApi.edit_rent_settings``."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model, Nullable
from smscx_client.schema_types import Url


class EditRentRequest(Model, min_fields=1):
    """The settings of a rental to change. Set at least one. Added in API version 2023-02."""

    auto_renew: bool | None = UNSET
    """Whether the service renews the rental, and charges you, when it ends. Omit it to keep the setting."""
    callback_url: Nullable[Url] = UNSET
    """URL that receives the number's SMS as webhooks. None removes it. Omit it to keep the setting."""
