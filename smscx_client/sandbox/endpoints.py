"""Handlers of the API's operations, which are named after them.

A handler takes a :class:`Call` and the path parameters. It returns a JSON object, or a response with a file. It holds
the account's lock only to read or change the account: parsing comes before, and building the response after.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

from werkzeug import Response

from smscx_client.sandbox import errors
from smscx_client.sandbox.lookups import BulkLookup, Lookup, split_by_coverage
from smscx_client.sandbox.numbering import Number, is_country, parse
from smscx_client.sandbox.pagination import newest_first, oldest_first
from smscx_client.sandbox.parameters import Call, check_id
from smscx_client.sandbox.rentals import Rental
from smscx_client.sandbox.responses import Json

CSV, XLSX = "application/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    "phoneNumber", "lookupId", "status", "statusDescription", "cost", "countryIso", "countryName", "mcc", "mccmnc",
    "ported", "roaming", "datetime",
)  # fmt: skip  # one column per line would not be clearer


# ---- validation


def validate_number(call: Call, phone_number: str) -> Json:
    """Validate one phone number."""
    return call.serializer.validated_number(_check_phone_number(phone_number))


def validate_numbers(call: Call) -> Json:
    """Validate many phone numbers, in the order of the request."""
    phone_numbers, country = call.phone_numbers()
    return call.serializer.validated_numbers([(given, parse(given, country)) for given in phone_numbers])


def _check_phone_number(phone_number: str) -> Number:
    """Return the number of a path parameter.

    Raises:
        ServiceError: The phone number is not valid.
    """
    number = parse(phone_number)
    if number is None:
        raise errors.ServiceError(errors.INVALID_PHONE_NUMBER)
    return number


# ---- lookups


def lookup_number(call: Call, phone_number: str) -> Json:
    """Look up one number."""
    number = _check_phone_number(phone_number)
    with call.locked() as account:
        lookup = account.lookups.look_up(number)
    return {"data": call.serializer.lookup(lookup)}


def lookup_numbers(call: Call) -> Json:
    """Start a bulk lookup."""
    phone_numbers, country = call.phone_numbers()
    callback_url = call.callback_url("lookupCallbackUrl", errors.INVALID_LOOKUP_CALLBACK_URL)
    numbers, invalid = split_by_coverage(phone_numbers, country)
    with call.locked() as account:
        bulk = account.lookups.start_bulk(numbers, invalid, callback_url)
    return call.serializer.started_bulk_lookup(bulk)


def get_bulk_lookup_campaigns(call: Call) -> Json:
    """List bulk lookups, newest first."""
    call.lenient()
    with call.locked() as account:
        bulk_lookups = list(account.lookups.bulk.values())
    return call.serializer.bulk_lookups(newest_first(bulk_lookups, call.limit(), call.cursor()))


def get_single_lookup_status(call: Call, lookup_id: str) -> Json:
    """Return the result of a lookup."""
    lookup_id = check_id(lookup_id, errors.INVALID_LOOKUP_ID)
    with call.locked() as account:
        lookup = account.lookups.find_finished(lookup_id)
    return call.serializer.lookup(lookup)


def get_bulk_lookup_status(call: Call, lookup_bulk_id: str) -> Json:
    """List the results of a bulk lookup; API version 2022-10 has no pagination."""
    bulk, results = _bulk_lookup(call, lookup_bulk_id)
    return call.serializer.bulk_lookup_results(bulk, oldest_first(results, *_position(call, results)))


def _position(call: Call, items: Sequence[Any]) -> tuple[int, str | None]:
    """Return the size and the cursor of a page; in API version 2022-10 it has all items."""
    return (max(len(items), 1), None) if call.serializer.legacy else (call.limit(), call.cursor())


def export_number_lookup_report_to_csv(call: Call, lookup_bulk_id: str) -> Response:
    """Return the results of a bulk lookup as CSV."""
    file = StringIO()
    csv.writer(file).writerows(_result_rows(call, lookup_bulk_id))
    return Response(file.getvalue(), content_type=CSV)


def export_number_lookup_report_to_xlsx(call: Call, lookup_bulk_id: str) -> Response:
    """Return the results of a bulk lookup as an Excel workbook."""
    return Response(to_xlsx(_result_rows(call, lookup_bulk_id)), content_type=XLSX)


def to_xlsx(rows: list[Sequence[Any]]) -> bytes:
    """Return a workbook of one sheet."""
    from openpyxl import Workbook  # takes 0.1 s to import, and only exports need it

    workbook, file = Workbook(write_only=True), BytesIO()
    sheet = workbook.create_sheet("Lookups")
    for row in rows:
        sheet.append(row)
    workbook.save(file)
    return file.getvalue()


def _result_rows(call: Call, lookup_bulk_id: str) -> list[Sequence[Any]]:
    """Return the columns of a file, and a row per result of a bulk lookup."""
    _, results = _bulk_lookup(call, lookup_bulk_id)
    fields = map(call.serializer.lookup, results)
    return [COLUMNS, *([result[column] for column in COLUMNS] for result in fields)]


def _bulk_lookup(call: Call, lookup_bulk_id: str) -> tuple[BulkLookup, Sequence[Lookup]]:
    """Return a bulk lookup, and its results that are available."""
    lookup_bulk_id = check_id(lookup_bulk_id, errors.INVALID_BULK_LOOKUP_ID)
    with call.locked() as account:
        bulk = account.lookups.find_bulk(lookup_bulk_id)
        return bulk, bulk.results(account.clock.exact())


# ---- rentals


def get_available_numbers(call: Call, country_iso: str) -> Json:
    """List the numbers of a country that are available for rent."""
    if not is_country(country_iso):
        raise errors.ServiceError(errors.INVALID_COUNTRY)
    with call.locked() as account:
        offers = account.rentals.offers(country_iso.upper())
    if call.serializer.legacy:
        return call.serializer.offers(offers)
    matches = call.offer_filter()
    setup_time = call.choice("setup_time", "instant", "delayed")
    registration = call.boolean("registration", default=False)
    return call.serializer.offers(
        offer
        for offer in offers
        if matches(offer) and setup_time in (None, offer.setup_time) and registration == offer.registration
    )


def get_rented_numbers(call: Call) -> Json:
    """List rentals; in API version 2022-10 only active ones."""
    with call.locked() as account:
        rentals = [rental.copy() for rental in account.rentals.values()]
    if call.serializer.legacy:
        return call.serializer.rentals(rental for rental in rentals if rental.active)
    call.lenient()
    matches, active, country = call.offer_filter(), call.boolean("active_rent"), call.country()
    return call.serializer.rentals(
        rental
        for rental in rentals
        if matches(rental.offer) and active in (None, rental.active) and country in (None, rental.offer.country_iso)
    )


def rent_number(call: Call) -> Json:
    """Rent a number."""
    number_id = check_id(call.body.get("numberId"), errors.INVALID_NUMBER_ID)
    period = call.rent_period()
    if period is None:
        raise errors.ServiceError(errors.INVALID_RENT_PERIOD)
    registration_id = None if call.serializer.legacy else call.body.get("registrationId")
    if registration_id is not None:
        registration_id = check_id(registration_id, errors.INVALID_REGISTRATION_ID)
    callback_url, auto_renew = call.callback_url(), call.auto_renew()
    with call.locked() as account:
        rental = account.rentals.rent(number_id, period, auto_renew, callback_url, registration_id).copy()
    return call.serializer.new_rental(rental)


def get_rent_status(call: Call, rent_id: str) -> Json:
    """Return a rental."""
    return call.serializer.rental_status(_rental(call, rent_id))


def renew_rent(call: Call, rent_id: str) -> Json:
    """Renew a rental."""
    rent_id = _rental(call, rent_id).rent_id
    period, auto_renew, settings = call.rent_period(), call.auto_renew(), _settings(call)
    with call.locked() as account:
        rental = account.rentals.renew(rent_id, period)
        vars(rental).update(settings, auto_renew=auto_renew)
        rental = rental.copy()
    return call.serializer.renewed_rental(rental)


def cancel_rent(call: Call, rent_id: str) -> Json:
    """Cancel a rental."""
    rent_id = check_id(rent_id, errors.INVALID_RENTAL_ID)
    with call.locked() as account:
        rental = account.rentals.cancel(rent_id)
    return call.serializer.cancelled_rental(rental)


def edit_rent_settings(call: Call, rent_id: str) -> Json:
    """Change the settings of a rental that the body names."""
    rent_id = _rental(call, rent_id).rent_id
    settings = _settings(call)
    if not settings:
        raise errors.ServiceError(errors.NO_SETTINGS_TO_EDIT)
    with call.locked() as account:
        rental = account.rentals.find(rent_id)
        vars(rental).update(settings)
    return call.serializer.edited_rental(rental)


def get_inbound_sms(call: Call, rent_id: str) -> Json:
    """List the SMS that a rented number has received, newest first; API version 2022-10 has no pagination."""
    rental = _rental(call, rent_id)
    page = newest_first(rental.received, *_position(call, rental.received))
    return call.serializer.inbound_sms(rental, page)


def _rental(call: Call, rent_id: str) -> Rental:
    """Return a copy of a rental."""
    rent_id = check_id(rent_id, errors.INVALID_RENTAL_ID)
    with call.locked() as account:
        return account.rentals.find(rent_id).copy()


def _settings(call: Call) -> Json:
    """Return the settings that the request body contains."""
    settings = Json()
    if "autoRenew" in call.body:
        settings["auto_renew"] = call.auto_renew()
    if "callbackUrl" in call.body:
        settings["callback_url"] = call.callback_url()
    return settings


# ---- access tokens


def get_access_token(call: Call) -> Json:
    """Issue an access token to the application whose ID and secret are the request's credentials."""
    request = call.request
    login, form = request.authorization, request.form
    if login is None or login.type != "basic":
        raise errors.ServiceError(errors.INVALID_CLIENT)
    if not form.get("grant_type"):
        raise errors.ServiceError(errors.GRANT_TYPE_MISSING)
    if form["grant_type"] != "client_credentials":
        raise errors.ServiceError(errors.UNSUPPORTED_GRANT_TYPE)
    with call.locked() as account:
        token = account.credentials.issue_token(login.username or "", login.password or "", form.get("scope"))
    return call.serializer.token(token)
