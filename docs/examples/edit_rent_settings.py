"""Turn off the renewal of a rental, and remove its callback URL."""

from pprint import pprint

from service import a_rent_id, connect

import smscx_client
from smscx_client.model.edit_rent_request import EditRentRequest

with connect() as api:
    rent_id = a_rent_id(api)
    try:
        pprint(api.edit_rent_settings(rent_id, EditRentRequest(auto_renew=False, callback_url=None)))
    except smscx_client.ApiException as exception:
        print(exception)
