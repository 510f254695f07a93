"""Answer of ``NumbersApi.get_single_lookup_status``, and part of other answers."""

from __future__ import annotations

from smscx_client.model.original_network import OriginalNetwork
from smscx_client.model.ported_network import PortedNetwork
from smscx_client.model.roaming_network import RoamingNetwork
from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, CountryIso, DateTime, LookupStatus, Uuid


class DataNumberLookup(Model):
    """What its network tells about a phone number."""

    phone_number: str
    lookup_id: Uuid
    """For ``get_single_lookup_status``."""
    cost: Cost
    """In the account's currency."""
    mcc: str
    """Mobile country code (ITU-T E.212)."""
    mccmnc: str
    """Mobile country code and mobile network code, joined."""
    country_iso: CountryIso
    country_name: str
    country_name_locale: str
    """The country's name in its own language."""
    status: LookupStatus
    """Reachable, not reachable, blocked by its operator, no such subscriber, or the lookup failed."""
    status_description: str
    """The status in words."""
    ported: bool
    """Whether the number was taken to another network."""
    roaming: bool
    """Whether the number is in a network abroad."""
    original_network: OriginalNetwork
    ported_network: PortedNetwork
    roaming_network: RoamingNetwork
    datetime: DateTime
    """When the lookup was asked for."""
