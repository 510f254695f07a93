"""Part of :class:`CancelRentResponse`."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model, Since2023
from smscx_client.schema_types import Cost, CountryIso, Uuid


class InfoCancelRent(Model):
    """A cancelled rental and the refunded amount."""

    rent_id: Uuid
    """Rental ID, used by every later call about this rental."""
    phone_number: str
    """Phone number in E.164 format."""
    country_iso: CountryIso
    """Country of the phone number, as an ISO 3166-1 alpha-2 code."""
    credit_returned: Cost
    """Amount refunded, in the account's currency: the cost of the rental, without the one-time setup cost."""
    number_id: Since2023[Uuid] = UNSET
    """Number ID, as in the list of available numbers."""
