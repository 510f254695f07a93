"""Body of a 500 response."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model500ServerError(Model):
    """The response to a request that failed inside the service."""

    error: Error
    """Details of the error."""
