"""Get the latest SMS that a rented number received."""

from pprint import pprint

from service import connect

import smscx_client

with connect() as api:
    rentals = api.get_rented_numbers().data
    rent_id = next(rental.rent_id for rental in rentals if rental.inbound_sms and rental.inbound_sms.total)
    try:
        pprint(api.get_inbound_sms(rent_id, limit=10))
    except smscx_client.ApiException as exception:
        print(exception)
