"""Part of every error response."""

from __future__ import annotations

from smscx_client.model_utils import Model


class Error(Model):
    """The details that the service sends with an error."""

    type: str
    """Type of the error, such as ``insufficient_credit``. The service may add types."""
    message: str
    """Description of the error."""
    uri: str
    """URI of the documentation of the error."""
    code: int
    """Error code, such as 1113 (insufficient credit)."""
