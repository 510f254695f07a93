"""Response of ``NumbersApi.validate_numbers``."""

from __future__ import annotations

from smscx_client.model.data_numbers_validate import DataNumbersValidate
from smscx_client.model.info_numbers_validate import InfoNumbersValidate
from smscx_client.model_utils import Model


class NumbersValidateResponse(Model):
    """The results of validating many phone numbers."""

    info: InfoNumbersValidate
    """Totals of the request."""
    data: list[DataNumbersValidate]
    """Results in the order of the request, including the numbers that are not valid."""
