"""Part of :class:`NumbersValidateResponse`."""

from __future__ import annotations

from smscx_client.model.phone_numbers_by_country import PhoneNumbersByCountry
from smscx_client.model_utils import UNSET, Model


class InfoNumbersValidate(Model):
    """How many numbers were checked, and what came of it."""

    total_phone_numbers: int
    total_valid: int
    total_invalid: int
    phone_numbers_by_country: PhoneNumbersByCountry | None = UNSET
