"""Part of :class:`DataNumberLookup`."""

from __future__ import annotations

from smscx_client.model_utils import Model, Nullable


class OriginalNetwork(Model):
    """The network that the number was first given to."""

    name: Nullable[str]
    mnc: Nullable[str]
    """Mobile network code."""
