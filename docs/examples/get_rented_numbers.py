"""List the active rentals of the account."""

from pprint import pprint

from service import connect

import smscx_client

with connect() as api:
    try:
        pprint(api.get_rented_numbers(active_rent=True))
    except smscx_client.ApiException as exception:
        print(exception)
