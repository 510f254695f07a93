"""Renew a rental for another 7 days. This costs money."""

from pprint import pprint

from service import a_rent_id, confirm_cost, connect, renewal_cost

import smscx_client
from smscx_client.model.renew_rent_request import RenewRentRequest

with connect() as api:
    rent_id = a_rent_id(api)
    confirm_cost(api, renewal_cost(api, rent_id, 7))
    try:
        pprint(api.renew_rent(rent_id, RenewRentRequest(rent_period=7)))
    except smscx_client.ApiException as exception:
        print(exception)
