"""Body of the error answer 400."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model400InvalidParam(Model):
    """The answer to a request that makes no sense."""

    error: Error
