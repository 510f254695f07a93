"""Request of ``NumbersApi.rent_number``."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model, Nullable, Since2023
from smscx_client.schema_types import RentPeriod, Url, Uuid


class RentNumberRequest(Model):
    """Which number to rent, and for how long."""

    number_id: Uuid
    """From the list of available numbers."""
    rent_period: RentPeriod
    """Days."""
    auto_renew: bool | None = UNSET
    """Whether the rent is renewed, and paid, at its end; false where absent."""
    callback_url: Nullable[Url] = UNSET
    """Where the SMS that the number receives are posted."""
    registration_id: Since2023[Uuid] = UNSET
    """For a number that needs a registration."""
