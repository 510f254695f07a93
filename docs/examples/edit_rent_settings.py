"""Turn off the renewal of a rental, and remove its callback URL."""

from pprint import pprint

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.models import EditRentRequest, RentNumberRequest
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    offer = api.get_available_numbers("FR").data[0]
    rent_id = api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id
    request = EditRentRequest(auto_renew=False, callback_url=None)
    try:
        pprint(api.edit_rent_settings(rent_id, request))
    except ApiException as exception:
        print(exception)
