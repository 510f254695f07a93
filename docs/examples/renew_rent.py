"""Renew a rental for another 7 days. On your account, this costs money."""

from pprint import pprint

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.models import RenewRentRequest, RentNumberRequest
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    offer = api.get_available_numbers("FR").data[0]
    rent_id = api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id
    try:
        pprint(api.renew_rent(rent_id, RenewRentRequest(rent_period=7)))
    except ApiException as exception:
        print(exception)
