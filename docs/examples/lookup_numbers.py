"""Look up many phone numbers. On your account, this costs money."""

from pprint import pprint

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.models import NumbersLookupRequest
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    request = NumbersLookupRequest(["+33612246450", "+33612246451"])
    try:
        pprint(api.lookup_numbers(request))
    except ApiException as exception:
        print(exception)
