"""Body of the error answer 404."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model404NotFound(Model):
    """The answer to something that is not there."""

    error: Error
