"""Get an access token for an application."""

from pprint import pprint

from service import connect_application

import smscx_client

with connect_application() as api:
    try:
        pprint(api.get_access_token(scope="numbers"))
    except smscx_client.ApiException as exception:
        print(exception)
