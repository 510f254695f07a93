"""Calls that a journal records: each intent is charged at most once, and its result is found again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, cast

from smscx_client import _clock
from smscx_client._argument_checks import check_seconds, is_number
from smscx_client._transport.call import recorded_by
from smscx_client._transport.cancellation import sleep
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import ApiException
from smscx_client.journal.intents import (
    Intent,
    IntentTakenError,
    JournalException,
    UnknownOutcomeException,
    lookup_resource,
)
from smscx_client.journal.sqlite import Journal, result_id_of
from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.model_utils import JsonObject, Model, info_of, items_of
from smscx_client.operation import Operation
from smscx_client.outcome import (
    NotProcessed,
    PartlyProcessed,
    Processed,
    Undetermined,
    UnknownRequest,
    find_missing_numbers,
    read_baseline,
    wait_for_outcome,
)

GRACE = 120.0
"""Settling time in seconds: how long a service, a proxy or a system may still work on a request without a sender."""
TIMEOUT = 900.0
"""Seconds to poll for an outcome, after the settling time."""
TAKEN_INTERVAL = 0.5
"""Seconds until a call that another worker makes is looked at again."""
ANCHOR_LIFETIME = 600.0
"""Seconds until the newest bulk lookup of the account is read again."""
MAX_AMOUNT = 1e12
"""Upper limit of plausible costs and counts. Higher ones are treated as malformed."""
NO_CREDIT = ((400, 1113), (400, 1114))
"""Status and code of the errors that a later attempt may not have. The request was not processed."""
NOTHING_TO_LOOK_UP = ((400, 1216), (403, 1214))
"""Status and code of the errors that say that no number of a lookup is valid and covered. They are not charged."""
MAY_BE_OURS = ((404, 1230), (403, 1231), (404, 1223))
"""Errors that an earlier attempt of the same call may be the reason for: a number that is taken, a cancelled rental."""

logger: logging.Logger = logging.getLogger("smscx_client.journal")


class Completed(NamedTuple):
    """An intent with its outcome."""

    intent: Intent
    response: Model | None = None
    """The response, if this call received it."""
    recovered: bool = False
    """Whether this call found the outcome of an earlier attempt."""


class RecordedCalls:
    """Makes calls that a journal records.

    Args:
        api: Makes the calls.
        journal: Records them.
        grace: Settling time in seconds.
    """

    def __init__(self, api: NumbersApi, journal: Journal, grace: float) -> None:
        self.api = api
        self.journal = journal
        self._grace = check_seconds("grace", grace)
        self._anchor: tuple[dict[str, Any], float] = {}, -ANCHOR_LIFETIME
        """State of the account before a lookup, and when it was read."""
        self._service_time: tuple[datetime, float] | None = None
        """The service's time, and when it was read."""

    def complete(
        self,
        operation: Operation[Any],
        planned: Intent,
        numbers: Sequence[str],
        send: Callable[[Sequence[str]], Model],
        *,
        disjoint: bool = False,
    ) -> list[Completed]:
        """Return the outcome of a call. Resolve the earlier attempt if there is one; send the request if there is none.

        Args:
            operation: The operation.
            planned: The call, as a new intent.
            numbers: The numbers of a lookup, in E.164 format. The journal does not store them.
            send: Makes the call. For a lookup it gets the numbers to send.
            disjoint: Whether no other batch of the journal has numbers of this one.

        Returns:
            One outcome; more if the numbers of a lookup were sent in parts.

        Raises:
            ApiValueError: the journal belongs to another account.
            UnknownOutcomeException: free calls cannot tell whether an earlier attempt was processed.
            JournalException: the journal cannot be used. If ``response`` is set, the call was processed.
            ApiException: the call failed. If ``in_journal`` is set, its outcome is unknown.
        """
        completed: list[Completed] = []
        with self.journal.hold(planned.resource):
            self.journal.bind(self.api.api_client)
            while True:
                try:
                    part = self._complete_part(operation, planned, numbers, send, disjoint)
                except IntentTakenError:
                    sleep(TAKEN_INTERVAL, operation.name)
                    continue
                except ApiException as failure:
                    if completed and (failure.status, failure.error_code) in NOTHING_TO_LOOK_UP:
                        return completed  # the earlier parts have every number that the service covers
                    raise
                completed.append(part)
                if not part.intent.missing:
                    return completed
                numbers = find_missing_numbers(self.api, str(part.intent.result_id), numbers)
                resource = lookup_resource(numbers)
                planned = planned._replace(part=planned.part + 1, request=resource, resource=resource)

    def _complete_part(
        self,
        operation: Operation[Any],
        planned: Intent,
        numbers: Sequence[str],
        send: Callable[[Sequence[str]], Model],
        disjoint: bool,
    ) -> Completed:
        found = self.journal.find(planned)
        with nullcontext() if found is None else self.journal.take(found) as taken:
            resolved = taken is not None and taken.state == "open"
            intent = self._resolve(taken, numbers, disjoint) if taken is not None and resolved else taken
            if intent is not None and intent.state in ("done", "refused"):
                return Completed(intent, recovered=resolved)
            other = self.journal.find_open(planned.resource)
            if other is not None:
                with self.journal.take(other) as current:
                    if current.state == "open":
                        self._resolve(current, numbers, disjoint)
            return self._send(operation, intent or planned, numbers, send)

    def _send(
        self, operation: Operation[Any], planned: Intent, numbers: Sequence[str], send: Callable[[Sequence[str]], Model]
    ) -> Completed:
        recorder = _Recorder(self.journal, planned._replace(known=self._known(planned)))
        try:
            with recorded_by(recorder):
                response = send(numbers)
            return self._record_response(recorder.intent, response)
        except ApiException as failure:
            if not recorder.sending:
                raise
            return self._record_failure(operation, recorder.intent, failure)
        finally:
            recorder.end()

    def _resolve(self, intent: Intent, numbers: Sequence[str], disjoint: bool, *, settled: bool = False) -> Intent:
        """Find the outcome of an open intent, record it, and return the intent.

        Raises:
            UnknownOutcomeException: it cannot be determined.
            ApiException: a free call failed. Nothing changed.
        """
        logger.warning("No response to %s; checking with free calls whether it was processed", intent.describe())

        def is_wanted(found: frozenset[str]) -> bool:
            other = self.journal.find_open(lookup_resource(found))
            return other is not None and other.id != intent.id

        request = UnknownRequest(
            intent.operation,
            intent.known,
            numbers,
            intent.size,
            # A cancellation may be repeated at once: the ID of a rental is never used again.
            0.0 if settled or intent.operation == "cancel_rent" else self.journal.settles_at(intent, self._grace),
            partial(self.journal.is_taken, by_other_than=intent),
            is_wanted,
            lambda: self.journal.others_in_flight(intent, disjoint=disjoint),
        )
        outcome = wait_for_outcome(self.api, request, timeout=self._grace + TIMEOUT)
        if isinstance(outcome, Undetermined):
            raise UnknownOutcomeException([intent], [outcome.reason])
        if isinstance(outcome, NotProcessed):
            return self.journal.record_found(intent._replace(state="unsent"))
        return self._record_outcome(intent, outcome)

    def _known(self, planned: Intent) -> dict[str, Any]:
        """Return what is known before a request: its arguments, the state of the account, and the service's time."""
        now = _clock.elapsed()
        state, read = self._anchor
        if planned.operation != "lookup_numbers" or now - read >= ANCHOR_LIFETIME:
            state, service_time = read_baseline(self.api, planned.operation, planned.known)
            now = _clock.elapsed()
            self._service_time = None if service_time is None else (service_time, now)
            if planned.operation == "lookup_numbers":
                self._anchor = state, now
        if self._service_time is None:
            return {**planned.known, **state}
        at, read = self._service_time
        return {**planned.known, **state, "service_time": (at + timedelta(seconds=now - read)).isoformat()}

    def _record_outcome(self, intent: Intent, outcome: Processed | PartlyProcessed) -> Intent:
        """Record an outcome that was found. It is delivered later, and can be corrected until then."""
        if isinstance(outcome, PartlyProcessed) or isinstance(outcome.found, DataLookupCampaigns):
            missing = len(outcome.missing) if isinstance(outcome, PartlyProcessed) else 0
            bulk = cast("DataLookupCampaigns", outcome.found)
            cost, price = cost_and_price(bulk._object())
            return self.journal.record_found(
                intent._replace(state="done", result_id=bulk.id, cost=cost, price=price, missing=missing)
            )
        rent_id = result_id_of(outcome) or intent.known.get("rent_id")
        found = outcome.found._object() if isinstance(outcome.found, Model) else {"rentId": rent_id}
        response = {"status": 200, "body": {"info": found}, "recovered": True}
        done = intent._replace(state="done", result_id=rent_id, cost=_cost(intent.operation, found))
        return self.journal.record_found(done, response)

    def _record_response(self, intent: Intent, response: Model) -> Completed:
        """Record a response, and return it. One without an ID proves nothing, so the outcome stays unknown.

        Raises:
            JournalException: it cannot be recorded; the exception has the response.
            ApiException: it is the response to a lookup, whose results cannot be read without its ID.
        """
        info, status = info_of(response), response.http_info.status
        result_id = info.get("lookupBulkId" if intent.operation == "lookup_numbers" else "rentId")
        if not isinstance(result_id, str):
            if intent.operation == "lookup_numbers":
                raise _unknown(
                    ApiException(status, "the response has no bulk lookup ID", body=response.to_json()), intent
                )
            logger.warning("The response to %s has no rental ID; its outcome stays unknown", intent.describe())
            return Completed(intent, response)
        cost, price = _cost(intent.operation, info), None
        if intent.operation == "lookup_numbers":
            cost, price = cost_and_price(info)
            costs = (item.get("cost") for item in items_of(response))
            distinct = {item_cost for item_cost in costs if isinstance(item_cost, (int, float))}
            price = max((found for found in map(amount, distinct) if found is not None), default=price)
        done = intent._replace(state="done", result_id=result_id, cost=cost, price=price, delivered=True)
        stored = {"status": status, "request_id": response.http_info.request_id, "body": response._object()}
        try:
            return Completed(self.journal.record(done, None if intent.key is None else stored), response)
        except JournalException as failure:
            error = JournalException(f"{failure}. {intent.describe()} was processed: {result_id}")
            error.response = response
            raise error from None

    def _record_failure(self, operation: Operation[Any], intent: Intent, failure: ApiException) -> Completed:
        """Record what a failure means. Return the outcome if an earlier attempt is the reason.

        Raises:
            ApiException: an earlier attempt is not the reason.
            UnknownOutcomeException: an earlier attempt may be the reason.
        """
        error = (failure.status, failure.error_code)
        if error not in {(known.status, known.code) for known in operation.errors}:
            raise _unknown(failure, intent)
        if error in NO_CREDIT or (intent.key is None and error not in NOTHING_TO_LOOK_UP):
            self.journal.record(intent._replace(state="unsent"))
            raise failure
        if error in MAY_BE_OURS and intent.attempts > 1:
            resolved = self._resolve(intent, (), False, settled=True)
            if resolved.state == "done":
                return Completed(resolved, recovered=True)
        refused = intent._replace(state="refused", cost=0.0)
        self.journal.record(refused, {"error": failure.args, "status": failure.status})
        raise failure


class _Recorder:
    """Records the attempts of one call."""

    def __init__(self, journal: Journal, intent: Intent) -> None:
        self.intent = intent
        self.sending = False
        """Whether an attempt may be processed whose outcome is not recorded."""
        self._journal = journal

    def before_send(self) -> None:
        self.intent = self._journal.begin(self.intent)
        self.sending = True

    def not_processed(self) -> None:
        if self.sending:
            self.intent = self._journal.record(self.intent._replace(state="unsent"))
            self._journal.release(self.intent)
            self.sending = False

    def end(self) -> None:
        if self.intent.id is not None:
            self._journal.release(self.intent)
            self._journal.give_back(self.intent)


def _unknown(failure: ApiException, intent: Intent) -> ApiException:
    """Return an exception that says that the outcome of an intent is unknown."""
    failure.operation, failure.paid = intent.operation, intent.operation != "cancel_rent"
    failure.outcome_unknown = failure.in_journal = True
    return failure


def _cost(operation: str, info: Mapping[str, object]) -> float | None:
    """Return what a response says that a call about a rental cost; negative for a refund."""
    if operation == "cancel_rent":
        refund = amount(info.get("creditReturned"))
        return None if refund is None else -refund
    cost, setup = amount(info.get("rentCost")), amount(info.get("setupCost"))
    return cost if cost is None or operation != "rent_number" else cost + (setup or 0.0)


def cost_and_price(info: JsonObject) -> tuple[float | None, float | None]:
    """Return the cost of a bulk lookup, and the average price of its numbers; None if it does not say."""
    cost = amount(info.get("totalCost"))
    return cost, None if cost is None else cost / max(1.0, amount(info.get("totalValid")) or 0.0)


def amount(value: object) -> float | None:
    """Return an amount or count; None if the value is anything else, such as NaN or a negative number."""
    if not is_number(value) or not 0 <= cast("float", value) < MAX_AMOUNT:
        return None
    return float(cast("float", value))
