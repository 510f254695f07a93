"""Lookups and bulk lookups."""

from __future__ import annotations

from werkzeug import Response

from smscx_client.sandbox import errors
from smscx_client.sandbox.endpoints import Call
from smscx_client.sandbox.endpoints.validation import check_phone_number
from smscx_client.sandbox.exports import to_csv, to_xlsx
from smscx_client.sandbox.lookups import BulkLookup
from smscx_client.sandbox.pagination import newest_first, oldest_first
from smscx_client.sandbox.parameters import check_id
from smscx_client.sandbox.responses import Json

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def lookup_number(call: Call, phone_number: str) -> Json:
    """Look up one number."""
    number = check_phone_number(phone_number)
    return {"data": call.serializer.lookup(call.account.lookups.look_up(number))}


def lookup_numbers(call: Call) -> Json:
    """Start a bulk lookup."""
    phone_numbers, country = call.parameters.phone_numbers()
    callback_url = call.parameters.lookup_callback_url()
    return call.serializer.started_bulk_lookup(call.account.lookups.start_bulk(phone_numbers, country, callback_url))


def get_bulk_lookup_campaigns(call: Call) -> Json:
    """List bulk lookups, newest first."""
    parameters = call.parameters.lenient()
    page = newest_first(call.account.bulk_list, parameters.limit(), parameters.cursor())
    return call.serializer.bulk_lookups(page)


def get_single_lookup_status(call: Call, lookup_id: str) -> Json:
    """Return the result of a lookup."""
    lookup_id = check_id(lookup_id, errors.INVALID_LOOKUP_ID)
    return call.serializer.lookup(call.account.lookups.find_finished(lookup_id))


def get_bulk_lookup_status(call: Call, lookup_bulk_id: str) -> Json:
    """List the results of a bulk lookup; API version 2022-10 has no pagination."""
    bulk = _bulk_lookup(call, lookup_bulk_id)
    results = bulk.results(call.account.clock.now())
    if call.serializer.legacy:
        page = oldest_first(results, max(len(results), 1), None)
    else:
        page = oldest_first(results, call.parameters.limit(), call.parameters.cursor())
    return call.serializer.bulk_lookup_results(bulk, page)


def export_number_lookup_report_to_csv(call: Call, lookup_bulk_id: str) -> Response:
    """Return the results of a bulk lookup as CSV."""
    return Response(to_csv(_results(call, lookup_bulk_id)), content_type="application/csv; charset=utf-8")


def export_number_lookup_report_to_xlsx(call: Call, lookup_bulk_id: str) -> Response:
    """Return the results of a bulk lookup as an Excel workbook."""
    return Response(to_xlsx(_results(call, lookup_bulk_id)), content_type=XLSX)


def _results(call: Call, lookup_bulk_id: str) -> list[Json]:
    bulk = _bulk_lookup(call, lookup_bulk_id)
    return [call.serializer.lookup(lookup) for lookup in bulk.results(call.account.clock.now())]


def _bulk_lookup(call: Call, lookup_bulk_id: str) -> BulkLookup:
    return call.account.lookups.find_bulk(check_id(lookup_bulk_id, errors.INVALID_BULK_LOOKUP_ID))
