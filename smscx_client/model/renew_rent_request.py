"""Request body of ``NumbersApi.renew_rent``."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model, Nullable
from smscx_client.schema_types import RentPeriod, Url


class RenewRentRequest(Model):
    """The period and settings of a renewal."""

    rent_period: RentPeriod | None = UNSET
    """Rental period in days. The service uses the current period if you omit it."""
    auto_renew: bool | None = UNSET
    """Whether the service renews the rental, and charges you, when it ends. The service uses false if you omit it."""
    callback_url: Nullable[Url] = UNSET
    """URL that receives the number's SMS as webhooks."""
