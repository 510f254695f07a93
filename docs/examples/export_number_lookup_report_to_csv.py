"""Export the results of a bulk lookup as CSV."""

from service import a_bulk_lookup_id, connect

import smscx_client

with connect() as api:
    bulk_id = a_bulk_lookup_id(api)
    try:
        print(api.export_number_lookup_report_to_csv(bulk_id))
    except smscx_client.ApiException as exception:
        print(exception)
