"""Body of a 429 response."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model429TooManyRequests(Model):
    """The response to a request that exceeds the rate limit."""

    error: Error
    """Details of the error."""
