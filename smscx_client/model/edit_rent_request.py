"""Request of ``NumbersApi.edit_rent_settings``."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model, Nullable
from smscx_client.schema_types import Url


class EditRentRequest(Model, min_fields=1):
    """What to change in a rent: one of the two, or both. Came with 2023-02."""

    auto_renew: bool | None = UNSET
    """Whether the rent is renewed, and paid, at its end."""
    callback_url: Nullable[Url] = UNSET
    """Where the SMS that the number receives are posted; None removes the URL."""
