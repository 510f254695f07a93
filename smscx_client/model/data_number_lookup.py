"""Response of ``NumbersApi.get_single_lookup_status``, and part of other responses."""

from __future__ import annotations

from smscx_client.model.original_network import OriginalNetwork
from smscx_client.model.ported_network import PortedNetwork
from smscx_client.model.roaming_network import RoamingNetwork
from smscx_client.model_utils import Model
from smscx_client.schema_types import Cost, CountryIso, DateTime, LookupStatus, Uuid


class DataNumberLookup(Model):
    """The result of looking up one phone number."""

    phone_number: str
    """Phone number in E.164 format."""
    lookup_id: Uuid
    """Lookup ID, for ``get_single_lookup_status``."""
    cost: Cost
    """Cost of the lookup in the account's currency."""
    mcc: str
    """Mobile country code (ITU-T E.212)."""
    mccmnc: str
    """Mobile country code and mobile network code, joined."""
    country_iso: CountryIso
    """Country of the phone number, as an ISO 3166-1 alpha-2 code."""
    country_name: str
    """Name of the country."""
    country_name_locale: str
    """Name of the country in its own language."""
    status: LookupStatus
    """``ACTIVE`` (reachable), ``ABSENT`` (not reachable), ``BARRED`` (blocked by its operator), ``UNKNOWN`` (unknown
    subscriber) or ``FAILED`` (the lookup failed).
    """
    status_description: str
    """Description of the status."""
    ported: bool
    """Whether the number was ported to another network."""
    roaming: bool
    """Whether the number is connected to a network abroad."""
    original_network: OriginalNetwork
    """Network that the number was first assigned to."""
    ported_network: PortedNetwork
    """Network that the number was ported to."""
    roaming_network: RoamingNetwork
    """Network abroad that the number is connected to."""
    datetime: DateTime
    """Date and time at which the lookup was requested, in UTC."""
