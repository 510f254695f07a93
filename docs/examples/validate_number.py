"""Validate one phone number."""

from pprint import pprint

from service import connect

import smscx_client

with connect() as api:
    try:
        pprint(api.validate_number("+33612246450"))
    except smscx_client.ApiException as exception:
        print(exception)
