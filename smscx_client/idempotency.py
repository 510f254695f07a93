"""Idempotency keys: a call with the same key is charged at most once, and its result is found again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from smscx_client._argument_checks import check_string, describe
from smscx_client._e164 import all_to_e164, to_e164
from smscx_client._request import identifying_arguments, response_class
from smscx_client._transport.errors import exception_class
from smscx_client._typing import Unpack
from smscx_client.api.numbers_api import CANCEL_RENT, LOOKUP_NUMBER, LOOKUP_NUMBERS, RENEW_RENT, RENT_NUMBER, NumbersApi
from smscx_client.api_client import CREDENTIAL_HEADERS, RequestOptions
from smscx_client.exceptions import ApiException, ApiTypeError, ApiValueError, NoCoverageException
from smscx_client.http_info import HttpInfo
from smscx_client.journal.calls import GRACE, NOTHING_TO_LOOK_UP, Completed, RecordedCalls
from smscx_client.journal.intents import Intent, digest_of, lookup_resource
from smscx_client.journal.sqlite import Journal
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model_utils import JsonObject, Model, info_of, view
from smscx_client.operation import Operation
from smscx_client.waiting import wait_for_lookup

if TYPE_CHECKING:
    from smscx_client import models
else:
    from smscx_client import _typing as models


M = TypeVar("M", bound=Model)

MAX_KEY_LENGTH = 255
REFUSED_OPTIONS = ("_request_auths", "_preload_content", "_return_http_data_only", "async_req")
"""Options that change who pays, or what a call returns."""


class IdempotentNumbersApi:
    """The methods of ``NumbersApi`` that cost money or must not be processed twice, with an idempotency key.

    A call with a key is charged at most once. The same key again returns the recorded response without a request, in
    this process or any later one (``http_info.replayed``). If an earlier attempt has no response, because it was lost
    or the process died, the method first finds out with free calls whether it was processed. Then it returns what was
    found (``http_info.recovered``), or sends the request. In two threads, the second one waits and gets the response of
    the first.

    Choose a key for what you want to happen once, such as the ID of an order, not a random one.

    Args:
        api: Makes the calls. Its account must be the one that the journal belongs to.
        journal: Records the calls.
        grace: Settling time in seconds: how long the service may still work on a request that has lost its sender.
            Until then an attempt does not count as not processed. Measured from when the journal was opened, or from
            when this process stopped waiting for the response.

    Every method raises, besides the exceptions of the same method of ``NumbersApi``:

    - ``ApiValueError``: the journal has the key with another request, or belongs to another account.
    - ``UnknownOutcomeException``: an earlier attempt may have been processed, and free calls cannot tell.
    - ``JournalException``: the journal cannot be used. If ``response`` is set, the call was processed.
    """

    def __init__(self, api: NumbersApi, journal: Journal, *, grace: float = GRACE) -> None:
        if not isinstance(api, NumbersApi):
            raise ApiTypeError(f"api must be a NumbersApi, not {describe(api)}")
        self._api = api
        self._journal = journal
        self._calls = RecordedCalls(api, journal, grace)

    def rent_number(
        self, rent_number_request: models.RentNumberRequest, *, idempotency_key: str, **options: Unpack[RequestOptions]
    ) -> models.RentNumberResponse:
        """Rent a phone number. This call costs money, at most once per key.

        Args:
            rent_number_request: The number to rent, the rental period and the settings of the rental.
            idempotency_key: Key of this rental, up to 255 characters.
            options: Per-call options that change neither who pays nor what is returned.

        Returns:
            The new rental.
        """
        return self._about_rental(RENT_NUMBER, idempotency_key, options, self._api.rent_number, rent_number_request)

    def renew_rent(
        self,
        rent_id: str,
        renew_rent_request: models.RenewRentRequest,
        *,
        idempotency_key: str,
        **options: Unpack[RequestOptions],
    ) -> models.RentNumberResponse:
        """Renew a rental. This call costs money, at most once per key.

        Args:
            rent_id: Rental ID.
            renew_rent_request: The rental period and the settings of the rental.
            idempotency_key: Key of this renewal, up to 255 characters.
            options: Per-call options that change neither who pays nor what is returned.

        Returns:
            The renewed rental.
        """
        arguments = rent_id, renew_rent_request
        return self._about_rental(RENEW_RENT, idempotency_key, options, self._api.renew_rent, *arguments)

    def cancel_rent(
        self, rent_id: str, *, idempotency_key: str, **options: Unpack[RequestOptions]
    ) -> models.CancelRentResponse:
        """Cancel a rental within its first 30 minutes. This call is free, and refunds the cost of the rental.

        Args:
            rent_id: Rental ID.
            idempotency_key: Key of this cancellation, up to 255 characters.
            options: Per-call options that change neither who pays nor what is returned.

        Returns:
            The cancelled rental. If the response was lost, only its ID is known.
        """
        return self._about_rental(CANCEL_RENT, idempotency_key, options, self._api.cancel_rent, rent_id)

    def lookup_number(
        self, phone_number: str, *, idempotency_key: str, **options: Unpack[RequestOptions]
    ) -> models.NumberLookupResponse:
        """Look up a number. This call costs money, at most once per key.

        It is sent as a bulk lookup of one number, the only kind that can be found again. That costs the same, but its
        result takes seconds.

        Args:
            phone_number: Phone number in E.164 format; the leading plus is optional.
            idempotency_key: Key of this lookup, up to 255 characters.
            options: Per-call options that change neither who pays nor what is returned.

        Returns:
            The result of the lookup.
        """
        if not isinstance(phone_number, str):
            raise ApiTypeError(f"phone_number must be str, not {describe(phone_number)}")
        number = f"+{phone_number.removeprefix('%2B').removeprefix('%2b').removeprefix('+')}"
        planned = _plan(LOOKUP_NUMBERS, idempotency_key, options, NumbersLookupRequest([number]))
        planned = planned._replace(request=digest_of("lookup_number", number))
        with self._journal.hold(f"key {idempotency_key}"):
            intent = self._finished(planned)
            done = Completed(intent) if intent is not None else self._look_up_one(planned, number, options)
            stored = self._journal.response_of(done.intent)
            if done.intent.state == "refused":
                raise _as_single_lookup(_rebuilt_exception(stored or {}))
            replayed = stored is not None and "info" not in stored["body"]
            if stored is None or not replayed:
                results = wait_for_lookup(self._api, str(done.intent.result_id))
                stored = {"status": 200, "body": {"data": results[0]._object()}, "recovered": done.recovered}
                self._journal.record(done.intent._replace(delivered=True), stored)
            return _rebuilt(LOOKUP_NUMBER, stored, replayed=replayed)

    def lookup_numbers(
        self, numbers_lookup_request: NumbersLookupRequest, *, idempotency_key: str, **options: Unpack[RequestOptions]
    ) -> models.NumbersLookupResponse:
        """Start a bulk lookup. This call costs money for each valid number, at most once per key.

        Each distinct number is sent once. To look up many numbers, use :func:`~smscx_client.bulk.lookup_all`.

        Args:
            numbers_lookup_request: The numbers, their country, and the callback URL.
            idempotency_key: Key of this bulk lookup, up to 255 characters.
            options: Per-call options that change neither who pays nor what is returned.

        Returns:
            The bulk lookup. If its numbers had to be sent in parts after a crash, the ID is that of the first part.
        """
        request = numbers_lookup_request
        planned = _plan(LOOKUP_NUMBERS, idempotency_key, options, request)
        with self._journal.hold(f"key {idempotency_key}"):
            intent = self._finished(planned)
            if intent is not None:
                return self._response(LOOKUP_NUMBERS, [Completed(intent)])
            request.validate()
            given = list(dict.fromkeys(request.phone_numbers))
            converted = all_to_e164(self._api, given, request.country_iso)
            numbers = list(dict.fromkeys(filter(None, converted)))
            invalid = [number for number, valid in zip(given, converted, strict=True) if not valid]

            def send(rest: Sequence[str]) -> Model:
                sent = [*rest, *(invalid if rest is numbers else ())]
                return self._api.lookup_numbers(_with_numbers(request, sent), **options)

            planned = planned._replace(resource=lookup_resource(numbers), size=len(numbers) + len(invalid))
            completed = self._calls.complete(LOOKUP_NUMBERS, planned, numbers, send)
            return self._response(LOOKUP_NUMBERS, completed)

    def _about_rental(
        self, operation: Operation[M], key: str, options: RequestOptions, call: Callable[..., M], *arguments: Any
    ) -> M:
        planned = _plan(operation, key, options, *arguments)
        with self._journal.hold(f"key {key}"):
            intent = self._finished(planned)
            if intent is not None:
                return self._response(operation, [Completed(intent)])
            completed = self._calls.complete(operation, planned, (), lambda _: call(*arguments, **options))
            return self._response(operation, completed)

    def _finished(self, planned: Intent) -> Intent | None:
        """Return the finished intent of a key; None if there is none.

        Raises:
            ApiValueError: the key belongs to another request, or the journal to another account.
        """
        self._journal.bind(self._api.api_client)
        intent = self._journal.find(planned)
        if intent is not None and intent.request != planned.request:
            raise ApiValueError(
                f"the idempotency key belongs to another request, {intent.describe()}; nothing was sent"
            )
        return intent if intent is not None and intent.finished else None

    def _response(self, operation: Operation[M], completed: list[Completed]) -> M:
        """Return the response of a call: as received, as recorded, or as the service tells it now.

        Raises:
            ApiException: the outcome is an error.
        """
        first, *rest = completed
        if first.response is not None:
            return cast("M", first.response)
        stored = self._journal.response_of(first.intent)
        if first.intent.state == "refused":
            raise _rebuilt_exception(stored or {})
        replayed = stored is not None and not first.recovered
        if stored is None:
            ids = [part.intent.result_id for part in completed if part.intent.state == "done"]
            stored = {"status": 200, "body": self._read_again(first.intent.operation, ids), "recovered": True}
            self._journal.record(first.intent._replace(missing=0, delivered=True), stored)
        self._journal.mark_delivered([part.intent for part in (first, *rest)])
        return _rebuilt(operation, stored, replayed=replayed)

    def _read_again(self, operation: str, ids: Sequence[str | None]) -> JsonObject:
        """Return the response to a call, from what the service tells about its result. This is free."""
        first = str(ids[0])
        if operation == "cancel_rent":
            return {"info": {"rentId": first}}
        if operation != "lookup_numbers":
            return self._api.get_rent_status(first)._object()
        results = [result._object() for bulk_id in ids for result in wait_for_lookup(self._api, str(bulk_id))]
        kept = ("phoneNumber", "countryIso", "cost", "lookupId", "datetime")
        data = [{name: row[name] for name in kept if name in row} for row in results]
        return {"info": info_of(self._api.get_bulk_lookup_status(first, limit=1)), "data": data}

    def _look_up_one(self, planned: Intent, number: str, options: RequestOptions) -> Completed:
        """Send a bulk lookup of one number.

        Raises:
            ApiException: the number is not valid or not covered, or another exception of a single lookup.
        """
        try:
            numbers = [to_e164(self._api.validate_number(number).data.phone_number)]
            request = NumbersLookupRequest(numbers)
            planned = planned._replace(resource=lookup_resource(numbers))
            return self._calls.complete(
                LOOKUP_NUMBERS, planned, numbers, lambda _: self._api.lookup_numbers(request, **options)
            )[0]
        except ApiException as failure:
            raise _as_single_lookup(failure) from None


def _plan(operation: Operation[Any], key: str, options: Mapping[str, Any], *arguments: Any) -> Intent:
    """Return the intent of a call with a key.

    Raises:
        ApiTypeError: the key, an argument or an option is of the wrong type.
        ApiValueError: the key is empty or too long.
    """
    _check_options(options)
    if not check_string("idempotency_key", key) or len(key) > MAX_KEY_LENGTH:
        raise ApiValueError(f"idempotency_key must have 1 to {MAX_KEY_LENGTH} characters")
    *ids, body = arguments if operation.body else (*arguments, None)
    if not isinstance(body, (Model, type(None))) or not all(isinstance(value, str) for value in ids):
        raise ApiTypeError(f"{operation.name} takes IDs and a model, not {describe(body)}")
    known = {name: _canonical(value) for name, value in identifying_arguments(operation, (*ids,), body).items()}
    fields = {} if body is None else {name: _canonical(value) for name, value in body._object().items()}
    resource = f"number {known['number_id']}" if "number_id" in known else f"rental {known.get('rent_id')}"
    return Intent(operation.name, key, None, 1, digest_of(operation.name, known, fields), resource, known)


def _canonical(value: object) -> object:
    """Return an argument as the service compares it: the case of IDs does not matter."""
    return value.lower() if isinstance(value, str) and len(value) == 36 and value.count("-") == 4 else value


def _check_options(options: Mapping[str, Any]) -> None:
    """Check the per-call options.

    Raises:
        ApiTypeError: an option would change who pays, or what the call returns.
    """
    headers = cast("Mapping[str, str]", options.get("_headers") or {})
    given = [name for name in REFUSED_OPTIONS if options.get(name) is not None]
    if isinstance(headers, Mapping) and not CREDENTIAL_HEADERS.isdisjoint(str(name).lower() for name in headers):
        given.append("_headers with a credential")
    if given:
        raise ApiTypeError(f"a call with an idempotency key does not accept {given[0]}; nothing was sent")


def _rebuilt(operation: Operation[M], stored: Mapping[str, Any], *, replayed: bool) -> M:
    """Return a recorded response."""
    request_id = stored.get("request_id")
    headers: dict[str, str] = {"X-Request-Id": request_id} if request_id else {}
    info = HttpInfo(stored["status"], headers, replayed, stored.get("recovered", False))
    response_type: type[M] = response_class(operation)
    return view(response_type, stored["body"], info)


def _rebuilt_exception(stored: Mapping[str, Any]) -> ApiException:
    """Return the exception of a call that the service refused."""
    status, reason, details = cast("tuple[int, str, dict[str, Any]]", stored.get("error", (0, "not recorded", {})))
    return exception_class(status, details.get("error_type"), details.get("error_code"))(status, reason, details)


def _as_single_lookup(failure: ApiException) -> ApiException:
    """Return the exception that a single lookup raises for the failure of a bulk lookup of one valid number."""
    failure.operation, failure.paid = "lookup_number", True
    if (failure.status, failure.error_code) not in NOTHING_TO_LOOK_UP:
        return failure
    return NoCoverageException(403, "Forbidden", error_code=1214, operation="lookup_number", paid=True)


def _with_numbers(request: NumbersLookupRequest, numbers: list[str]) -> NumbersLookupRequest:
    """Return a request with these numbers in E.164 format instead of its own."""
    fields = {name: value for name, value in request._object().items() if name != "countryIso"}
    return NumbersLookupRequest.from_dict({**fields, "phoneNumbers": numbers})
