"""Get the latest SMS that a rented number received."""

from pprint import pprint

from service import a_rent_id, connect

import smscx_client

with connect() as api:
    rent_id = a_rent_id(api, with_sms=True)
    try:
        pprint(api.get_inbound_sms(rent_id, limit=10))
    except smscx_client.ApiException as exception:
        print(exception)
