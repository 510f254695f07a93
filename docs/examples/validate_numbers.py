"""Validate many phone numbers. Those in national format must belong to one country. This is free."""

from pprint import pprint

from smscx_client import ApiException, NumbersApi
from smscx_client.models import NumbersValidateRequest

request = NumbersValidateRequest(["+33612246450", "06 12 24 64 51", "not a number"], country_iso="FR")
try:
    pprint(NumbersApi().validate_numbers(request))
except ApiException as exception:
    print(exception)
