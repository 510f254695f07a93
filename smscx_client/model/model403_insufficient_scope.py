"""Body of the error answer 403."""

from __future__ import annotations

from smscx_client.model.error import Error
from smscx_client.model_utils import Model


class Model403InsufficientScope(Model):
    """The answer to a call that the account may not make."""

    error: Error
