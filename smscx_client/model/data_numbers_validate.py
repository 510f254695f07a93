"""Part of :class:`NumbersValidateResponse`."""

from __future__ import annotations

from smscx_client.model_utils import UNSET, Model
from smscx_client.schema_types import CountryIso


class DataNumbersValidate(Model):
    """The result of validating one phone number of many."""

    phone_number: str
    """Phone number that was checked."""
    invalid: bool
    """True if the number is not valid. The fields below describe valid numbers only."""
    country_iso: CountryIso | None = UNSET
    """Country of the phone number, as an ISO 3166-1 alpha-2 code."""
    network_operator: str | None = UNSET
    """Network operator of the phone number."""
    timezone: str | None = UNSET
    """Time zone of the number's country, such as ``Europe/Paris``."""
