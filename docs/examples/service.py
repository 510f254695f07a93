"""Where the examples make their calls: a sandbox of their own, or the service itself.

With SMSCX_API_KEY or SMSCX_ACCESS_TOKEN in the environment they call the service, and what costs money costs money.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager

import smscx_client
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.sandbox import Sandbox

ON_THE_SERVICE = bool(os.environ.get("SMSCX_API_KEY") or os.environ.get("SMSCX_ACCESS_TOKEN"))


@contextmanager
def connect() -> Generator[NumbersApi, None, None]:
    """The calls, on a connection that is closed at the end."""
    if ON_THE_SERVICE:
        with smscx_client.ApiClient() as client:
            yield NumbersApi(client)
        return
    with Sandbox() as sandbox, smscx_client.ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        prepare(sandbox, api)
        yield api


def prepare(sandbox: Sandbox, api: NumbersApi) -> None:
    """Give the sandbox's account a rent that has received an SMS, a newer one, and the results of a bulk lookup."""
    first, second, *_ = api.get_available_numbers("FR").data
    rent = api.rent_number(RentNumberRequest(first.number_id, 7))
    sandbox.receive_sms(rent.info.rent_id, "+33612246450", "Your code is 482913")
    api.lookup_numbers(NumbersLookupRequest(["+33612246450", "+33612246451"]))
    sandbox.advance(minutes=1)
    api.rent_number(RentNumberRequest(second.number_id, 7))


def a_rent_id(api: NumbersApi) -> str:
    """The account's newest rent."""
    rents = api.get_rented_numbers().data
    if not rents:
        raise SystemExit("the account rents no number: see rent_number.py")
    return max(rents, key=lambda rent: rent.rent_start).rent_id


def a_bulk_lookup_id(api: NumbersApi) -> str:
    """The account's newest bulk lookup."""
    bulk_lookups = api.get_bulk_lookup_campaigns(limit=1).data
    if not bulk_lookups:
        raise SystemExit("the account has no bulk lookup: see lookup_numbers.py")
    return bulk_lookups[0].id
