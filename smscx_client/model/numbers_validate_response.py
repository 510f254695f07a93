"""Answer of ``NumbersApi.validate_numbers``."""

from __future__ import annotations

from smscx_client.model.data_numbers_validate import DataNumbersValidate
from smscx_client.model.info_numbers_validate import InfoNumbersValidate
from smscx_client.model_utils import Model


class NumbersValidateResponse(Model):
    """The numbers that were checked."""

    info: InfoNumbersValidate
    data: list[DataNumbersValidate]
    """In the order of the request, with those that are not valid."""
