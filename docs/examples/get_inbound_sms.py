"""Read the newest SMS that a rented number has received."""

from pprint import pprint

from service import connect

import smscx_client

with connect() as api:
    rents = api.get_rented_numbers().data
    rent_id = next(rent.rent_id for rent in rents if rent.inbound_sms and rent.inbound_sms.total)
    try:
        pprint(api.get_inbound_sms(rent_id, limit=10))
    except smscx_client.ApiException as exception:
        print(exception)
