"""List French mobile numbers that can receive SMS and are ready at once."""

from pprint import pprint

from service import connect

import smscx_client

with connect() as api:
    try:
        pprint(api.get_available_numbers("FR", features=1, number_type="mobile", setup_time="instant"))
    except smscx_client.ApiException as exception:
        print(exception)
