"""Response of ``NumbersApi.get_available_numbers``."""

from __future__ import annotations

from smscx_client.model.data_available_numbers_rent import DataAvailableNumbersRent
from smscx_client.model_utils import Model


class RentNumbersResponse(Model):
    """The phone numbers that you can rent."""

    data: list[DataAvailableNumbersRent]
    """Available numbers."""
