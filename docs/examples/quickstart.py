"""Validate and look up phone numbers, rent one, and read the SMS that it receives.

This runs in a local sandbox and is free. Pass --live to call your account: the lookup and the rentals then cost money,
and the script shows each cost and asks for confirmation.
"""

from pprint import pprint

from service import LOOKUP_COST, confirm_cost, open_api, renewal_cost, rental_cost

import smscx_client
from smscx_client.model.numbers_validate_request import NumbersValidateRequest
from smscx_client.model.renew_rent_request import RenewRentRequest
from smscx_client.model.rent_number_request import RentNumberRequest


def main() -> None:
    with open_api() as (api, sandbox):
        print("Validate a number:")
        pprint(api.validate_number("+33612246450"))

        print("\nValidate a list of numbers:")
        request = NumbersValidateRequest(["+33612246450", "06 12 24 64 51", "+3361", "not a number"], country_iso="FR")
        pprint(api.validate_numbers(request))

        print("\nLook up a number:")
        confirm_cost(api, LOOKUP_COST)
        pprint(api.lookup_number("+33612246450"))

        print("\nFirst available French number:")
        offers = api.get_available_numbers("FR", features=1, setup_time="instant").data
        pprint(offers[0])

        print("\nRent it for 7 days:")
        confirm_cost(api, rental_cost(offers[0], 7))
        rental = api.rent_number(RentNumberRequest(offers[0].number_id, 7, auto_renew=False))
        pprint(rental)

        print("\nRead its SMS:")
        if sandbox:
            sandbox.receive_sms(rental.info.rent_id, "+33612246451", "Your code is 482913")
        pprint(api.get_inbound_sms(rental.info.rent_id))

        print("\nRenew it for another 7 days:")
        confirm_cost(api, renewal_cost(api, rental.info.rent_id, 7))
        pprint(api.renew_rent(rental.info.rent_id, RenewRentRequest(rent_period=7)))

        print("\nTry to cancel it. This fails after the first SMS:")
        try:
            pprint(api.cancel_rent(rental.info.rent_id))
        except smscx_client.AccessDeniedException as exception:
            print(f"{type(exception).__name__}, code {exception.error_code}\n{exception}")

        print("\nRent another number, and cancel it at once:")
        confirm_cost(api, rental_cost(offers[1], 7))
        other = api.rent_number(RentNumberRequest(offers[1].number_id, 7, auto_renew=False))
        pprint(api.cancel_rent(other.info.rent_id))


if __name__ == "__main__":
    main()
