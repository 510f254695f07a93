"""List the active rentals of your account. This is free."""

from pprint import pprint

from smscx_client import ApiException, NumbersApi

try:
    pprint(NumbersApi().get_rented_numbers(active_rent=True))
except ApiException as exception:
    print(exception)
