"""Validate many phone numbers. Those in national format must belong to one country."""

from pprint import pprint

from service import connect

import smscx_client
from smscx_client.model.numbers_validate_request import NumbersValidateRequest

with connect() as api:
    request = NumbersValidateRequest(["+33612246450", "06 12 24 64 51", "not a number"], country_iso="FR")
    try:
        pprint(api.validate_numbers(request))
    except smscx_client.ApiException as exception:
        print(exception)
