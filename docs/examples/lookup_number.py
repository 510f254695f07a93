"""Look up one phone number. This costs money."""

from pprint import pprint

from service import LOOKUP_COST, confirm_cost, connect

import smscx_client

with connect() as api:
    confirm_cost(api, LOOKUP_COST)
    try:
        pprint(api.lookup_number("+33612246450"))
    except smscx_client.ApiException as exception:
        print(exception)
