"""Methods and paths of the API's operations."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from werkzeug.routing import Map, MapAdapter, Rule

from smscx_client.sandbox import endpoints
from smscx_client.sandbox.responses import ApiVersion


class Route(NamedTuple):
    """An operation: its method, its path, and the handler that it is named after."""

    method: str
    path: str
    handler: Callable[..., Any]
    since: ApiVersion = "2022-10"
    """First API version that has the operation."""

    @property
    def operation(self) -> str:
        return self.handler.__name__


_BULK_LOOKUP = "/numbers/lookup/lookupBulkId/<lookup_bulk_id>"
_ROUTES = (
    Route("GET", "/numbers/validate/<phone_number>", endpoints.validate_number),
    Route("POST", "/numbers/validate", endpoints.validate_numbers),
    Route("GET", "/numbers/lookup/<phone_number>", endpoints.lookup_number),
    Route("POST", "/numbers/lookup", endpoints.lookup_numbers),
    Route("GET", "/numbers/lookup", endpoints.get_bulk_lookup_campaigns, "2023-02"),
    Route("GET", "/numbers/lookup/lookupId/<lookup_id>", endpoints.get_single_lookup_status),
    Route("GET", _BULK_LOOKUP, endpoints.get_bulk_lookup_status),
    Route("GET", f"{_BULK_LOOKUP}/csv", endpoints.export_number_lookup_report_to_csv, "2023-02"),
    Route("GET", f"{_BULK_LOOKUP}/xlsx", endpoints.export_number_lookup_report_to_xlsx, "2023-02"),
    Route("GET", "/numbers/rent/available/<country_iso>", endpoints.get_available_numbers),
    Route("GET", "/numbers/rent", endpoints.get_rented_numbers),
    Route("POST", "/numbers/rent", endpoints.rent_number),
    Route("GET", "/numbers/rent/<rent_id>", endpoints.get_rent_status),
    Route("PATCH", "/numbers/rent/<rent_id>", endpoints.renew_rent),
    Route("DELETE", "/numbers/rent/<rent_id>", endpoints.cancel_rent),
    Route("PATCH", "/numbers/rent/<rent_id>/edit", endpoints.edit_rent_settings, "2023-02"),
    Route("GET", "/numbers/rent/<rent_id>/inbound", endpoints.get_inbound_sms),
    Route("POST", "/oauth/token", endpoints.get_access_token),
)


@cache
def routes_of(api_version: ApiVersion) -> MapAdapter:
    """Return the URL map of an API version, whose endpoints are routes."""
    rules = [
        Rule(route.path, endpoint=route, methods=[route.method]) for route in _ROUTES if route.since <= api_version
    ]
    for rule in rules:
        rule.methods = (rule.methods or set()) - {"HEAD"}  # the service documents no HEAD
    return Map(rules, merge_slashes=False, strict_slashes=False).bind("")


def operations_of(api_version: ApiVersion) -> list[str]:
    """Return the names of the operations of an API version."""
    return [route.operation for route in _ROUTES if route.since <= api_version]
