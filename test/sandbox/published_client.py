"""Call every operation of a published ``smscx_client``, and print the names of those whose responses it accepts.

Run it with the published package as the only ``smscx_client`` on the path: ``published_client.py URL API_KEY``. It uses
the sandbox's controls over HTTP.
"""

from __future__ import annotations

import json
import sys
import traceback
import urllib.request
from typing import Any

import smscx_client
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model.numbers_validate_request import NumbersValidateRequest
from smscx_client.model.renew_rent_request import RenewRentRequest
from smscx_client.model.rent_number_request import RentNumberRequest

URL, API_KEY = sys.argv[1:]
FRENCH = "+33612246450"


def control(name: str, **arguments: object) -> None:
    headers = {"Content-Type": "application/json", "X-API-KEY": API_KEY}
    body = json.dumps(arguments).encode()
    urllib.request.urlopen(urllib.request.Request(f"{URL}/_sandbox/{name}", body, headers)).close()


def calls(api: Any) -> Any:
    """Yield the name of each operation with a call of it."""
    yield "validate_number", lambda: api.validate_number(FRENCH)
    yield "validate_numbers", lambda: api.validate_numbers(NumbersValidateRequest([FRENCH, "x"]))
    looked_up = api.lookup_number(FRENCH)
    yield "lookup_number", lambda: looked_up
    bulk = api.lookup_numbers(NumbersLookupRequest([FRENCH, "x"]))
    yield "lookup_numbers", lambda: bulk
    control("finish_lookups")
    yield "get_single_lookup_status", lambda: api.get_single_lookup_status(looked_up.data.lookup_id)
    yield "get_bulk_lookup_status", lambda: api.get_bulk_lookup_status(bulk.info.lookup_bulk_id)
    available = api.get_available_numbers("FR")
    yield "get_available_numbers", lambda: available
    rented = api.rent_number(RentNumberRequest(number_id=available.data[0].number_id, rent_period=7))
    rent_id = rented.info.rent_id
    yield "rent_number", lambda: rented
    yield "get_rented_numbers", api.get_rented_numbers
    yield "get_rent_status", lambda: api.get_rent_status(rent_id)
    yield "renew_rent", lambda: api.renew_rent(rent_id, RenewRentRequest(rent_period=7))
    if hasattr(api, "edit_rent_settings"):
        # edit_rent_settings cannot be called: version 0.1.13 was published without the model of its response.
        yield "get_bulk_lookup_campaigns", api.get_bulk_lookup_campaigns
        for kind in ("csv", "xlsx"):
            export = getattr(api, f"export_number_lookup_report_to_{kind}")
            yield export.__name__, lambda export=export: export(bulk.info.lookup_bulk_id)
    other = api.rent_number(RentNumberRequest(number_id=available.data[1].number_id, rent_period=7)).info.rent_id
    control("receive_sms", rent_id=rent_id, sender=FRENCH, text="Your code is 482913")
    yield "get_inbound_sms", lambda: api.get_inbound_sms(rent_id)
    yield "cancel_rent", lambda: api.cancel_rent(other)


def main() -> None:
    with smscx_client.ApiClient(smscx_client.Configuration(host=URL, api_key=API_KEY)) as client:
        for name, call in calls(NumbersApi(client)):
            try:
                call()
            except Exception:  # noqa: BLE001 - whatever the published models raise
                traceback.print_exc()
            else:
                print(name)  # noqa: T201
    login = smscx_client.Configuration(host=URL, username="sandbox-application", password="sandbox-secret")
    with smscx_client.ApiClient(login) as client:
        OauthApi(client).get_access_token(grant_type="client_credentials")
        print("get_access_token")  # noqa: T201


main()
