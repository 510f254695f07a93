"""Request body of ``NumbersApi.rent_number``."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model, Nullable, Since2023
from smscx_client.schema_types import RentPeriod, Url, Uuid


class RentNumberRequest(Model):
    """The number to rent, the rental period and the settings of the rental."""

    number_id: Uuid
    """Number ID, from ``get_available_numbers``."""
    rent_period: RentPeriod
    """Rental period in days."""
    auto_renew: bool | None = UNSET
    """Whether the service renews the rental, and charges you, when it ends. The service uses false if you omit it."""
    callback_url: Nullable[Url] = UNSET
    """URL that receives the number's SMS as webhooks."""
    registration_id: Since2023[Uuid] = UNSET
    """ID of your registration, if the number requires one."""
