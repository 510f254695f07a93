"""Every step from a phone number to a rented number that receives an SMS, in a sandbox that costs nothing.

With SMSCX_API_KEY in the environment it calls the service, and then the lookup and the rent cost money.
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

        print("A number, validated:")
        pprint(api.validate_number("+33612246450"))

        print("\nA list with numbers that are not valid:")
        request = NumbersValidateRequest(["+33612246450", "06 12 24 64 51", "+3361", "no number"], country_iso="FR")
        pprint(api.validate_numbers(request))

        print("\nA number, looked up:")
        pprint(api.lookup_number("+33612246450"))

        print("\nThe first of the French numbers to rent:")
        offers = api.get_available_numbers("FR", features=1, setup_time="instant").data
        pprint(offers[0])

        print("\nIt is rented for 7 days:")
        rent = api.rent_number(RentNumberRequest(offers[0].number_id, 7, auto_renew=False))
        pprint(rent)

        print("\nThe SMS that it has received:")
        if sandbox:
            sandbox.receive_sms(rent.info.rent_id, "+33612246451", "Your code is 482913")
        pprint(api.get_inbound_sms(rent.info.rent_id))

        print("\nIt is renewed for another 7 days:")
        pprint(api.renew_rent(rent.info.rent_id, RenewRentRequest(rent_period=7)))

        print("\nIt cannot be cancelled after an SMS:")
        try:
            pprint(api.cancel_rent(rent.info.rent_id))
        except smscx_client.AccessDeniedException as exception:
            print(f"{type(exception).__name__}, code {exception.error_code}\n{exception}")

        print("\nAnother one is rented, and cancelled at once:")
        other = api.rent_number(RentNumberRequest(offers[1].number_id, 7))
        pprint(api.cancel_rent(other.info.rent_id))


if __name__ == "__main__":
    main()
