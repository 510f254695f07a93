"""Body of the error answer 429."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model429TooManyRequests(Model):
    """The answer to too many requests."""

    error: Error
