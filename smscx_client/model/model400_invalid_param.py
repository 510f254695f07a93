"""Body of a 400 response."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model400InvalidParam(Model):
    """The response to a request that is not valid."""

    error: Error
    """Details of the error."""
