"""Body of the error answer 500."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model500ServerError(Model):
    """The answer to a failure of the service."""

    error: Error
