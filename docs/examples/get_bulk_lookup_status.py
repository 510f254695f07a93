"""Get the results of a bulk lookup."""

from pprint import pprint

from service import a_bulk_lookup_id, connect

import smscx_client

with connect() as api:
    bulk_id = a_bulk_lookup_id(api)
    try:
        pprint(api.get_bulk_lookup_status(bulk_id, limit=100))
    except smscx_client.ApiException as exception:
        print(exception)
