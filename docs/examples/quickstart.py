"""Validate and look up phone numbers, rent one, and read the SMS that it receives.

This runs in a local sandbox, is free, and ignores the SMSCX_* variables of the environment. Pass --live to call your
account: the lookup and the rentals then cost money, and the script shows each cost and asks for confirmation.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pprint import pprint

from smscx_client import AccessDeniedException, ApiClient, Configuration, NumbersApi
from smscx_client.models import NumbersValidateRequest, RenewCost, RenewRentRequest, RentCost, RentNumberRequest
from smscx_client.sandbox import Sandbox

_parser = ArgumentParser(description="Run the quickstart in a local sandbox, which is free.")
_parser.add_argument("--live", action="store_true", help="call your account; paid calls ask for confirmation")
_parser.add_argument("--yes", action="store_true", help="with --live: accept the cost without a confirmation prompt")
OPTIONS = _parser.parse_args()
LOOKUP_COST = "Each valid number costs money; the price is not known beforehand."


def quickstart(api: NumbersApi, sandbox: Sandbox | None) -> None:
    print("Validate a number:")
    pprint(api.validate_number("+33612246450"))

    print("\nValidate a list of numbers:")
    request = NumbersValidateRequest(["+33612246450", "06 12 24 64 51", "+3361", "not a number"], country_iso="FR")
    pprint(api.validate_numbers(request))

    print("\nLook up a number:")
    confirm(LOOKUP_COST)
    pprint(api.lookup_number("+33612246450"))

    print("\nFirst available French number:")
    offers = api.get_available_numbers("FR", features=1, setup_time="instant").data
    pprint(offers[0])

    print("\nRent it for 7 days:")
    confirm(cost_of("Renting", offers[0].rent_cost, offers[0].setup_cost))
    rental = api.rent_number(RentNumberRequest(offers[0].number_id, 7, auto_renew=False)).info
    pprint(rental)

    print("\nRead its SMS:")
    if sandbox:
        sandbox.receive_sms(rental.rent_id, "+33612246451", "Your code is 482913")
    pprint(api.get_inbound_sms(rental.rent_id))

    print("\nRenew it for another 7 days:")
    confirm(cost_of("Renewing", api.get_rent_status(rental.rent_id).info.renew_cost))
    pprint(api.renew_rent(rental.rent_id, RenewRentRequest(rent_period=7)))

    print("\nTry to cancel it. This fails after the first SMS:")
    try:
        pprint(api.cancel_rent(rental.rent_id))
    except AccessDeniedException as exception:
        print(f"{type(exception).__name__}, code {exception.error_code}\n{exception}")

    print("\nRent another number, and cancel it at once:")
    confirm(cost_of("Renting", offers[1].rent_cost, offers[1].setup_cost))
    other = api.rent_number(RentNumberRequest(offers[1].number_id, 7, auto_renew=False)).info
    pprint(api.cancel_rent(other.rent_id))


def cost_of(what: str, prices: Sequence[RentCost | RenewCost] | None, setup_cost: float | None = 0.0) -> str:
    """Return what 7 days cost, as a sentence."""
    price = next((price.cost for price in prices or () if price.days == 7), None)
    if price is None:
        sys.exit("The number has no price for 7 days. The call was not sent.")
    return f"{what} the number for 7 days costs {price + (setup_cost or 0.0):g} in the account's currency."


def confirm(cost: str) -> None:
    """With ``--live``, show what the next call costs, and exit unless you accept it."""
    if not OPTIONS.live:
        return
    if OPTIONS.yes:
        print(cost, file=sys.stderr)
        return
    if not (sys.stdin and sys.stdin.isatty()):
        sys.exit(
            f"{cost} Cannot ask for confirmation: standard input is not a terminal. The call was not sent. Pass --yes."
        )
    print(f"{cost} Continue? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        sys.exit("Aborted. The call was not sent.")


def main() -> None:
    if not OPTIONS.live:
        with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
            quickstart(NumbersApi(client), sandbox)
        return
    configuration = Configuration()
    if not (configuration.api_key or configuration.access_token):
        sys.exit("--live needs a credential. Set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN.")
    if not configuration.allow_paid_calls:
        sys.exit("This script makes paid calls, which SMSCX_ALLOW_PAID_CALLS does not allow. Nothing was sent.")
    with ApiClient(configuration) as client:
        quickstart(NumbersApi(client), None)


if __name__ == "__main__":
    main()
