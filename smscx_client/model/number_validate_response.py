"""Response of ``NumbersApi.validate_number``."""

from __future__ import annotations

from smscx_client.model.data_number_validate import DataNumberValidate
from smscx_client.model_utils import Model


class NumberValidateResponse(Model):
    """A valid phone number."""

    data: DataNumberValidate
    """Details of the valid number."""
