"""Body of a 401 response."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model401Unauthorized(Model):
    """The response to a request whose credential is missing or wrong."""

    error: Error
    """Details of the error."""
