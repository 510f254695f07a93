"""Get the latest SMS that a rented number received."""

from pprint import pprint

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.models import RentNumberRequest
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    offer = api.get_available_numbers("FR").data[0]
    rent_id = api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id
    sandbox.receive_sms(rent_id, "+33612246450", "Your code is 482913")
    try:
        pprint(api.get_inbound_sms(rent_id, limit=10))
    except ApiException as exception:
        print(exception)
