"""Validate and look up phone numbers, rent one, and read the SMS that it receives.

By default, this runs in a local sandbox and is free. If you set SMSCX_API_KEY, it calls the service, and the lookup and
the rentals cost money.
"""

import os
from contextlib import ExitStack
from pprint import pprint

import smscx_client
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.model.numbers_validate_request import NumbersValidateRequest
from smscx_client.model.renew_rent_request import RenewRentRequest
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.sandbox import Sandbox


def main() -> None:
    with ExitStack() as stack:
        sandbox = None if os.environ.get("SMSCX_API_KEY") else stack.enter_context(Sandbox())
        configuration = sandbox.configuration() if sandbox else smscx_client.Configuration()
        api = NumbersApi(stack.enter_context(smscx_client.ApiClient(configuration)))

        print("Validate a number:")
        pprint(api.validate_number("+33612246450"))

        print("\nValidate a list of numbers:")
        request = NumbersValidateRequest(["+33612246450", "06 12 24 64 51", "+3361", "not a number"], country_iso="FR")
        pprint(api.validate_numbers(request))

        print("\nLook up a number:")
        pprint(api.lookup_number("+33612246450"))

        print("\nFirst available French number:")
        offers = api.get_available_numbers("FR", features=1, setup_time="instant").data
        pprint(offers[0])

        print("\nRent it for 7 days:")
        rental = api.rent_number(RentNumberRequest(offers[0].number_id, 7, auto_renew=False))
        pprint(rental)

        print("\nRead its SMS:")
        if sandbox:
            sandbox.receive_sms(rental.info.rent_id, "+33612246451", "Your code is 482913")
        pprint(api.get_inbound_sms(rental.info.rent_id))

        print("\nRenew it for another 7 days:")
        pprint(api.renew_rent(rental.info.rent_id, RenewRentRequest(rent_period=7)))

        print("\nTry to cancel it. This fails after the first SMS:")
        try:
            pprint(api.cancel_rent(rental.info.rent_id))
        except smscx_client.AccessDeniedException as exception:
            print(f"{type(exception).__name__}, code {exception.error_code}\n{exception}")

        print("\nRent another number, and cancel it at once:")
        other = api.rent_number(RentNumberRequest(offers[1].number_id, 7))
        pprint(api.cancel_rent(other.info.rent_id))


if __name__ == "__main__":
    main()
