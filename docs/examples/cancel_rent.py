"""Cancel a rental. This is possible within 30 minutes of its start, before it receives an SMS."""

from pprint import pprint

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.models import RentNumberRequest
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    offer = api.get_available_numbers("FR").data[0]
    rent_id = api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id
    try:
        pprint(api.cancel_rent(rent_id))
    except ApiException as exception:
        print(exception)
