"""Get the result of a lookup again. The lookup costs money; getting its result is free."""

from pprint import pprint

from service import LOOKUP_COST, confirm_cost, connect

import smscx_client

with connect() as api:
    confirm_cost(api, LOOKUP_COST)
    lookup_id = api.lookup_number("+33612246450").data.lookup_id
    try:
        pprint(api.get_single_lookup_status(lookup_id))
    except smscx_client.ApiException as exception:
        print(exception)
