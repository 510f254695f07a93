"""List the latest bulk lookups of your account. This is free."""

from pprint import pprint

from smscx_client import ApiException, NumbersApi

try:
    pprint(NumbersApi().get_bulk_lookup_campaigns(limit=10))
except ApiException as exception:
    print(exception)
