"""Part of :class:`DataNumberLookup`."""

from __future__ import annotations

from smscx_client.model_utils import Model, Nullable


class OriginalNetwork(Model):
    """The network that a number was first assigned to."""

    name: Nullable[str]
    """Name of the network."""
    mnc: Nullable[str]
    """Mobile network code."""
