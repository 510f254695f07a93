"""Get the result of a lookup that you made before."""

from pprint import pprint

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    lookup_id = api.lookup_number("+33612246450").data.lookup_id
    try:
        pprint(api.get_single_lookup_status(lookup_id))
    except ApiException as exception:
        print(exception)
