"""Part of :class:`NumbersValidateResponse`."""

from __future__ import annotations

from smscx_client.model.phone_numbers_by_country import PhoneNumbersByCountry
from smscx_client.model_utils import UNSET, Model


class InfoNumbersValidate(Model):
    """The totals of a bulk validation."""

    total_phone_numbers: int
    """How many phone numbers the request contained."""
    total_valid: int
    """How many of them are valid."""
    total_invalid: int
    """How many of them are not valid."""
    phone_numbers_by_country: PhoneNumbersByCountry | None = UNSET
    """How many phone numbers belong to each country."""
