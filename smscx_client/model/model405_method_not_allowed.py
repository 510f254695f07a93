"""Body of the error answer 405."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model405MethodNotAllowed(Model):
    """The answer to a method that the path does not take."""

    error: Error
