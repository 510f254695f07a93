"""Part of :class:`DataNumberLookup`."""

from __future__ import annotations

from smscx_client.model_utils import Model, Nullable


class PortedNetwork(Model):
    """The network that the number was ported to."""

    name: Nullable[str]
    mnc: Nullable[str]
    """Mobile network code."""
