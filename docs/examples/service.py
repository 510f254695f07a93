"""Connect the examples to a sandbox, or to the service.

By default, each example runs in its own sandbox and is free. If you set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN, the
examples call the service, and paid calls cost money.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager

import smscx_client
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.sandbox import Sandbox

USE_SERVICE = bool(os.environ.get("SMSCX_API_KEY") or os.environ.get("SMSCX_ACCESS_TOKEN"))


@contextmanager
def connect() -> Generator[NumbersApi, None, None]:
    """Return the API, and close its connections at the end."""
    if USE_SERVICE:
        with smscx_client.ApiClient() as client:
            yield NumbersApi(client)
        return
    with Sandbox() as sandbox, smscx_client.ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        prepare(sandbox, api)
        yield api


def prepare(sandbox: Sandbox, api: NumbersApi) -> None:
    """Create a rental that has received an SMS, a newer rental, and a finished bulk lookup."""
    first, second, *_ = api.get_available_numbers("FR").data
    rental = api.rent_number(RentNumberRequest(first.number_id, 7))
    sandbox.receive_sms(rental.info.rent_id, "+33612246450", "Your code is 482913")
    api.lookup_numbers(NumbersLookupRequest(["+33612246450", "+33612246451"]))
    sandbox.advance(minutes=1)
    api.rent_number(RentNumberRequest(second.number_id, 7))


def a_rent_id(api: NumbersApi) -> str:
    """Return the ID of the account's newest rental."""
    rentals = api.get_rented_numbers().data
    if not rentals:
        raise SystemExit("The account has no rental. Run rent_number.py first.")
    return max(rentals, key=lambda rental: rental.rent_start).rent_id


def a_bulk_lookup_id(api: NumbersApi) -> str:
    """Return the ID of the account's newest bulk lookup."""
    bulk_lookups = api.get_bulk_lookup_campaigns(limit=1).data
    if not bulk_lookups:
        raise SystemExit("The account has no bulk lookup. Run lookup_numbers.py first.")
    return bulk_lookups[0].id
