"""Export the results of a bulk lookup as an Excel workbook."""

from smscx_client import ApiClient, ApiException, NumbersApi
from smscx_client.models import NumbersLookupRequest
from smscx_client.sandbox import Sandbox

with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
    api = NumbersApi(client)
    request = NumbersLookupRequest(["+33612246450", "+33612246451"])
    bulk_id = api.lookup_numbers(request).info.lookup_bulk_id
    sandbox.finish_lookups()
    try:
        workbook = api.export_number_lookup_report_to_xlsx(bulk_id)
        print(f"The workbook has {len(workbook):,} bytes.")
    except ApiException as exception:
        print(exception)
