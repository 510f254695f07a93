"""Rent a phone number for the shortest period. This costs money."""

from pprint import pprint

from service import confirm_cost, connect, rental_cost

import smscx_client
from smscx_client.model.rent_number_request import RentNumberRequest

with connect() as api:
    offer = api.get_available_numbers("FR", setup_time="instant", registration=False).data[0]
    shortest = min(offer.rent_cost or [], key=lambda cost: cost.days)
    request = RentNumberRequest(offer.number_id, shortest.days, auto_renew=False)
    confirm_cost(api, rental_cost(offer, shortest.days))
    try:
        pprint(api.rent_number(request))
    except smscx_client.ApiException as exception:
        print(exception)
