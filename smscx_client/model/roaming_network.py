"""Part of :class:`DataNumberLookup`."""

from __future__ import annotations

from smscx_client.model_utils import Model, Nullable


class RoamingNetwork(Model):
    """The network abroad that a number is connected to."""

    country_iso: Nullable[str]
    """Country of the network, as an ISO 3166-1 alpha-2 code."""
    country_name: Nullable[str]
    """Name of the network's country."""
    mcc: Nullable[str]
    """Mobile country code (ITU-T E.212)."""
    mnc: Nullable[str]
    """Mobile network code."""
    name: Nullable[str]
    """Name of the network."""
