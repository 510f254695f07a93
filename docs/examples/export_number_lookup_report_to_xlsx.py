"""Export the results of a bulk lookup as an Excel workbook."""

from service import a_bulk_lookup_id, connect

import smscx_client

with connect() as api:
    bulk_id = a_bulk_lookup_id(api)
    try:
        workbook = api.export_number_lookup_report_to_xlsx(bulk_id)
        print(f"The workbook has {len(workbook):,} bytes.")
    except smscx_client.ApiException as exception:
        print(exception)
