"""Every declared operation, and a call of it."""

from __future__ import annotations

from typing import Any

from smscx_client.api import numbers_api, oauth_api
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.models import (
    EditRentRequest,
    NumbersLookupRequest,
    NumbersValidateRequest,
    RenewRentRequest,
    RentNumberRequest,
)
from smscx_client.operation import Operation

DECLARED: dict[str, Operation[Any]] = {
    value.name: value
    for module in (numbers_api, oauth_api)
    for value in vars(module).values()
    if isinstance(value, Operation)
}
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "validate_number": ("33612424105",),
    "validate_numbers": (NumbersValidateRequest(["+33612424105"]),),
    "lookup_number": ("33612424105",),
    "lookup_numbers": (NumbersLookupRequest(["+33612424105"]),),
    "get_bulk_lookup_campaigns": (),
    "get_single_lookup_status": ("id",),
    "get_bulk_lookup_status": ("id",),
    "export_number_lookup_report_to_csv": ("id",),
    "export_number_lookup_report_to_xlsx": ("id",),
    "get_available_numbers": ("FR",),
    "get_rented_numbers": (),
    "rent_number": (RentNumberRequest("id", 1),),
    "cancel_rent": ("id",),
    "renew_rent": ("id", RenewRentRequest()),
    "edit_rent_settings": ("id", EditRentRequest(auto_renew=True)),
    "get_rent_status": ("id",),
    "get_inbound_sms": ("id",),
    "get_access_token": (),
}


def call(name: str, api: NumbersApi) -> Any:
    """Call an operation with valid arguments."""
    owner: Any = OauthApi(api.api_client) if name == "get_access_token" else api
    return getattr(owner, name)(*ARGUMENTS[name])
