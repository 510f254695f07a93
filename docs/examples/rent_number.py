"""Rent a phone number for 7 days. On your account, this costs money."""

from pprint import pprint

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.models import RentNumberRequest
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    offer = api.get_available_numbers("FR", setup_time="instant").data[0]
    pprint(offer.rent_cost)
    try:
        pprint(api.rent_number(RentNumberRequest(offer.number_id, 7, auto_renew=False)))
    except ApiException as exception:
        print(exception)
