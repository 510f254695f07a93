"""Body of a 404 response."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model404NotFound(Model):
    """The response to a request for something that does not exist."""

    error: Error
    """Details of the error."""
