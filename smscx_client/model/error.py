"""Part of every error answer."""

from __future__ import annotations

from smscx_client.model_utils import Model


class Error(Model):
    """What went wrong, in the service's words."""

    type: str
    """Such as ``insufficient_credit``; new ones may come."""
    message: str
    uri: str
    """Where the documentation explains it."""
    code: int
    """Such as 1113."""
