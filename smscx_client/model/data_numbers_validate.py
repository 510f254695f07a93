"""Part of :class:`NumbersValidateResponse`."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model
from smscx_client.schema_types import CountryIso


class DataNumbersValidate(Model):
    """One of the numbers that were checked."""

    phone_number: str
    invalid: bool
    """True where the number is not valid; the fields below are absent then."""
    country_iso: CountryIso | None = UNSET
    network_operator: str | None = UNSET
    timezone: str | None = UNSET
    """Of the number's country, such as ``Europe/Paris``."""
