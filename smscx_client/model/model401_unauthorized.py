"""Body of the error answer 401."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model401Unauthorized(Model):
    """The answer to a missing or wrong credential."""

    error: Error
