"""Get the details of a rental."""

from pprint import pprint

from service import a_rent_id, connect

import smscx_client

with connect() as api:
    rent_id = a_rent_id(api)
    try:
        pprint(api.get_rent_status(rent_id))
    except smscx_client.ApiException as exception:
        print(exception)
