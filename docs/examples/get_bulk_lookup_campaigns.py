"""List the bulk lookups of the account, 10 per page."""

from pprint import pprint

from service import connect

import smscx_client

with connect() as api:
    try:
        pprint(api.get_bulk_lookup_campaigns(limit=10))
    except smscx_client.ApiException as exception:
        print(exception)
