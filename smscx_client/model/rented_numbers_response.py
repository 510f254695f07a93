"""Response of ``NumbersApi.get_rented_numbers``."""

from __future__ import annotations

from smscx_client.model.data_rented_numbers import DataRentedNumbers
from smscx_client.model_utils import Model


class RentedNumbersResponse(Model):
    """The rentals of the account."""

    data: list[DataRentedNumbers]
    """Rentals of the account."""
