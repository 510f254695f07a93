"""Mistakes that an editor shows before the program runs; each line says what mypy calls it, and nothing runs it."""

from __future__ import annotations

import smscx_client
from smscx_client import models
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk import lookup_all
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.journal import Journal
from smscx_client.model.edit_rent_request import EditRentRequest
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.outcome import NotProcessed, find_outcome
from smscx_client.pagination import paginate


def mistakes(api: NumbersApi, rent: models.RentNumberResponse) -> None:
    api.validate_number(33612246450)  # E: call-overload
    api.validate_number()  # E: call-overload
    api.validate_number("+33612246450", _request_timout=5)  # E: call-overload
    api.validate_number("+33612246450", _request_timeout="5")  # E: call-overload
    api.rent_number("an id")  # E: call-overload
    api.get_inbound_sms("an id", 100)  # E: call-overload
    api.get_available_numbers("FR", number_type="fax")  # E: call-overload
    api.get_rented_numbers(features=7)  # E: call-overload
    api.rent_numbers()  # E: attr-defined
    RentNumberRequest("an id", 8)  # E: arg-type
    RentNumberRequest("an id")  # E: call-arg
    RentNumberRequest("an id", 7, autorenew=True)  # E: call-arg
    EditRentRequest(auto_renew="yes")  # E: arg-type
    print(rent.info.rent_identifier)  # E: attr-defined
    rent.info.auto_renew = "yes"  # E: assignment
    print(rent.info.rent_start + 1)  # E: operator
    print(rent.http_info.rate_limit.remaining > 5)  # E: operator
    api.lookup_number("+33612246450", _preload_content=False).data.data.status  # E: attr-defined
    paginate(api.get_rent_status, "an id")  # E: arg-type
    print(next(paginate(api.get_inbound_sms, "an id")).txt)  # E: attr-defined
    smscx_client.Configuration(retry=3)  # E: call-arg
    smscx_client.Configuration().retrys = 3  # E: attr-defined
    smscx_client.ApiClient("a key")  # E: arg-type


def mistakes_with_a_journal(
    api: NumbersApi, journal: Journal, calls: IdempotentNumbersApi, lost: smscx_client.ApiException
) -> None:
    calls.rent_number(RentNumberRequest("an id", 7))  # E: call-arg
    calls.cancel_rent("an id", idempotency_key=5)  # E: arg-type
    calls.get_rented_numbers()  # E: attr-defined
    IdempotentNumbersApi(api)  # E: call-arg
    journal.resolve("an intent", NotProcessed())  # E: arg-type
    journal.resolve(journal.entries()[0], None)  # E: arg-type
    journal.prune(older_than=30)  # E: arg-type
    find_outcome(api, lost, phone_numbers=5)  # E: arg-type
    lookup_all(api, [5])  # E: list-item
    lookup_all(api, [], repeat_window=24)  # E: arg-type
