"""Connect the examples to a sandbox, or with ``--live`` to your account.

Each example runs in its own sandbox: it is free, and ignores the SMSCX_* variables of the environment. With ``--live``,
it calls the account of your credential instead, and uses the newest rental and bulk lookup there. Before each call that
costs money, it then shows the cost and asks for confirmation. In a script, pass ``--yes`` to accept the cost.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.model.data_available_numbers_rent import DataAvailableNumbersRent
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model.renew_cost import RenewCost
from smscx_client.model.rent_cost import RentCost
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.server import APPLICATION_ID, APPLICATION_SECRET

_parser = ArgumentParser(description="Run an example in a local sandbox, which is free.")
_parser.add_argument("--live", action="store_true", help="call your account; paid calls ask for confirmation")
_parser.add_argument("--yes", action="store_true", help="with --live: accept the cost without a confirmation prompt")
OPTIONS = _parser.parse_args()

if not OPTIONS.live:
    for variable in [name for name in os.environ if name.startswith("SMSCX_")]:
        del os.environ[variable]


# ---- connect


@contextmanager
def open_api() -> Generator[tuple[NumbersApi, Sandbox | None], None, None]:
    """Return the API, and its sandbox unless it calls your account. Close the connections at the end."""
    if OPTIONS.live:
        with ApiClient(_live_configuration()) as client:
            yield NumbersApi(client), None
    else:
        with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
            yield NumbersApi(client), sandbox


@contextmanager
def connect() -> Generator[NumbersApi, None, None]:
    """Return the API. Its sandbox has a rental that received an SMS, a newer rental, and a finished bulk lookup."""
    with open_api() as (api, sandbox):
        if sandbox:
            first, second, *_ = api.get_available_numbers("FR").data
            rental = api.rent_number(RentNumberRequest(first.number_id, 7))
            sandbox.receive_sms(rental.info.rent_id, "+33612246450", "Your code is 482913")
            api.lookup_numbers(NumbersLookupRequest(["+33612246450", "+33612246451"]))
            sandbox.advance(minutes=1)
            api.rent_number(RentNumberRequest(second.number_id, 7))
        yield api


@contextmanager
def connect_application() -> Generator[OauthApi, None, None]:
    """Return the API that issues access tokens, with the ID and secret of an application."""
    if OPTIONS.live:
        application_id, secret = os.environ.get("SMSCX_APPLICATION_ID"), os.environ.get("SMSCX_APPLICATION_SECRET")
        if not (application_id and secret):
            sys.exit("--live needs an application. Set SMSCX_APPLICATION_ID and SMSCX_APPLICATION_SECRET.")
        with ApiClient(Configuration(username=application_id, password=secret)) as client:
            yield OauthApi(client)
    else:
        with Sandbox() as sandbox:
            configuration = sandbox.configuration(username=APPLICATION_ID, password=APPLICATION_SECRET)
            with ApiClient(configuration) as client:
                yield OauthApi(client)


def _live_configuration() -> Configuration:
    """Return the configuration of your account. Paid calls raise until ``confirm_cost`` allows them."""
    configuration = Configuration()
    if not (configuration.api_key or configuration.access_token):
        sys.exit("--live needs a credential. Set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN.")
    configuration.allow_paid_calls = False
    return configuration


# ---- confirm what a call costs

LOOKUP_COST = "Each valid number costs money; the price is not known beforehand."


def confirm_cost(api: NumbersApi, cost: str) -> None:
    """Show what the next call costs your account, and exit unless you accept it. In the sandbox, the call is free."""
    if not OPTIONS.live:
        return
    configuration = api.api_client.configuration
    configuration.allow_paid_calls = False
    if not Configuration().allow_paid_calls:
        sys.exit(f"{cost} SMSCX_ALLOW_PAID_CALLS does not allow this. The call was not sent.")
    if not OPTIONS.yes and not (sys.stdin and sys.stdin.isatty()):
        sys.exit(
            f"{cost} Cannot ask for confirmation: standard input is not a terminal. The call was not sent. Pass --yes."
        )
    print(cost, file=sys.stderr)
    if not OPTIONS.yes:
        print("Continue? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            sys.exit("Aborted. The call was not sent.")
    configuration.allow_paid_calls = True


def rental_cost(offer: DataAvailableNumbersRent, days: int) -> str:
    """Return what renting a number costs, as a sentence for ``confirm_cost``."""
    price = _price(offer.rent_cost, days) + (offer.setup_cost or 0.0)
    return f"Renting {offer.phone_number or 'the number'} for {days} days costs {price:g} in the account's currency."


def renewal_cost(api: NumbersApi, rent_id: str, days: int) -> str:
    """Return what renewing a rental costs, as a sentence for ``confirm_cost``."""
    rental = api.get_rent_status(rent_id).info
    price = _price(rental.renew_cost, days)
    return f"Renewing {rental.phone_number} for {days} days costs {price:g} in the account's currency."


def _price(costs: Sequence[RentCost | RenewCost] | None, days: int) -> float:
    prices = {cost.days: cost.cost for cost in costs or ()}
    if days not in prices:
        sys.exit(f"The number has no price for {days} days. Nothing was charged.")
    return prices[days]


# ---- what the examples use


def a_rent_id(api: NumbersApi, *, with_sms: bool = False) -> str:
    """Return the ID of the account's newest rental, or of the newest one that received an SMS."""
    rentals = api.get_rented_numbers().data
    found = [rental for rental in rentals if not with_sms or (rental.inbound_sms and rental.inbound_sms.total)]
    if not found:
        sys.exit("The account has no such rental. Run rent_number.py first.")
    return max(found, key=lambda rental: rental.rent_start).rent_id


def a_bulk_lookup_id(api: NumbersApi) -> str:
    """Return the ID of the account's newest bulk lookup."""
    bulk_lookups = api.get_bulk_lookup_campaigns(limit=1).data
    if not bulk_lookups:
        sys.exit("The account has no bulk lookup. Run lookup_numbers.py first.")
    return bulk_lookups[0].id
