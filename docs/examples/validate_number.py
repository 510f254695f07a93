"""Validate one phone number. This is free."""

from pprint import pprint

from smscx_client import ApiException, NumbersApi

try:
    pprint(NumbersApi().validate_number("+33612246450"))
except ApiException as exception:
    print(exception)
