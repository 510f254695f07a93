"""Export the results of a bulk lookup as CSV."""

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.models import NumbersLookupRequest
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    request = NumbersLookupRequest(["+33612246450", "+33612246451"])
    bulk_id = api.lookup_numbers(request).info.lookup_bulk_id
    sandbox.finish_lookups()
    try:
        print(api.export_number_lookup_report_to_csv(bulk_id))
    except ApiException as exception:
        print(exception)
