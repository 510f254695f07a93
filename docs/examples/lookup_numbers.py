"""Look up many phone numbers. This costs money."""

from pprint import pprint

from service import LOOKUP_COST, confirm_cost, connect

import smscx_client
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest

with connect() as api:
    request = NumbersLookupRequest(["+33612246450", "+33612246451"])
    confirm_cost(api, LOOKUP_COST)
    try:
        pprint(api.lookup_numbers(request))
    except smscx_client.ApiException as exception:
        print(exception)
