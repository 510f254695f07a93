"""Look up one phone number. On your account, this costs money."""

from pprint import pprint

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    try:
        pprint(api.lookup_number("+33612246450"))
    except ApiException as exception:
        print(exception)
