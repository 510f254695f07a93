"""Body of a 405 response."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model405MethodNotAllowed(Model):
    """The response to an HTTP method that the path does not support."""

    error: Error
    """Details of the error."""
