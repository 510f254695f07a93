"""Part of :class:`DataNumberLookup`."""

from __future__ import annotations

from smscx_client.model_utils import Model, Nullable


class RoamingNetwork(Model):
    """The network abroad that the number is in."""

    country_iso: Nullable[str]
    country_name: Nullable[str]
    mcc: Nullable[str]
    """Mobile country code (ITU-T E.212)."""
    mnc: Nullable[str]
    """Mobile network code."""
    name: Nullable[str]
