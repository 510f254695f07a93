"""Request of ``NumbersApi.renew_rent``."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model, Nullable
from smscx_client.schema_types import RentPeriod, Url


class RenewRentRequest(Model):
    """For how long to renew a rent, and what to change in it."""

    rent_period: RentPeriod | None = UNSET
    """Days; the current period again where absent."""
    auto_renew: bool | None = UNSET
    """Whether the rent is renewed, and paid, at its end; false where absent."""
    callback_url: Nullable[Url] = UNSET
    """Where the SMS that the number receives are posted."""
