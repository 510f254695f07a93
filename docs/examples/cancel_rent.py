"""Cancel a rental. This is possible within 30 minutes of its start, before it receives an SMS."""

from pprint import pprint

from service import a_rent_id, connect

import smscx_client

with connect() as api:
    rent_id = a_rent_id(api)
    try:
        pprint(api.cancel_rent(rent_id))
    except smscx_client.ApiException as exception:
        print(exception)
