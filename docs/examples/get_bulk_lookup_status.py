"""Get the results of a bulk lookup."""

from pprint import pprint

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.models import NumbersLookupRequest
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    request = NumbersLookupRequest(["+33612246450", "+33612246451"])
    bulk_id = api.lookup_numbers(request).info.lookup_bulk_id
    sandbox.finish_lookups()
    try:
        pprint(api.get_bulk_lookup_status(bulk_id, limit=100))
    except ApiException as exception:
        print(exception)
