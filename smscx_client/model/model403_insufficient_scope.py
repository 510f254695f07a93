"""Body of a 403 response."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model403InsufficientScope(Model):
    """The response to a request that the account or token may not make."""

    error: Error
    """Details of the error."""
