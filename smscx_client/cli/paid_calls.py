"""Calls that must not be made twice: they wait for the response, and resolve an unknown outcome."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from threading import Event

from smscx_client._transport.cancellation import cancelled_by
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.interrupts import handle_interrupts
from smscx_client.cli.messages import MALFORMED, Failure, failure_from, print_from_signal_handler, print_message
from smscx_client.exceptions import ApiException, CallCancelledException
from smscx_client.model_utils import Model

CHECK_RENTALS = "Run `smscx rented` before you retry."
CONTACT_SUPPORT = "Contact SMS.CX support before you retry."
MAY_BE_CHARGED = "The request may have been processed and charged."


def call_at_most_once(
    api: NumbersApi,
    call: Callable[[], Model],
    *,
    advice: str = CHECK_RENTALS,
    rent_end: datetime | None = None,
    grace: float = 120.0,
) -> Model | None:
    """Make a call that must not be made twice.

    Args:
        api: Makes the free calls that resolve an unknown outcome.
        call: Makes the call.
        advice: What the user can do if the outcome stays unknown.
        rent_end: For a renewal, the end of the rental before the call.
        grace: Seconds that the service may take to process the request; see ``find_outcome``.

    Returns:
        The response. If it was lost, what ``find_outcome`` found instead; None if it found nothing to return.

    Raises:
        Failure: the request was not processed, or its outcome is unknown.
        ApiException: the request was not processed.
    """
    try:
        with _wait_for_response(advice):
            return call()
    except ApiException as exception:
        if not exception.outcome_unknown:
            raise
        return _resolve_outcome(api, exception, advice, rent_end, grace)


@contextmanager
def _wait_for_response(advice: str) -> Generator[None]:
    """Continue to wait for the response after the first Ctrl-C, and stop waiting after the second one."""
    interrupted = Event()

    def cancel_delays() -> None:
        interrupted.set()
        print_from_signal_handler("Waiting for the response to the request. Press Ctrl-C again to stop waiting.")

    try:
        with handle_interrupts(cancel_delays, signal.default_int_handler), cancelled_by(interrupted):
            yield
    except CallCancelledException:
        message = "Interrupted. The request was not processed, and you were not charged."
        raise Failure(ExitCode.INTERRUPTED, message) from None
    except KeyboardInterrupt:
        message = f"Interrupted before the response arrived. {MAY_BE_CHARGED} {advice}"
        raise Failure(ExitCode.OUTCOME_UNKNOWN, message) from None


def _resolve_outcome(
    api: NumbersApi, exception: ApiException, advice: str, rent_end: datetime | None, grace: float
) -> Model | None:
    from smscx_client.outcome import NotProcessed, Undetermined, find_outcome  # rarely needed

    failed = failure_from(exception).message
    print_message(f"{failed} Checking for up to {grace:g} s whether the request was processed.")
    try:
        outcome = find_outcome(api, exception, previous_rent_end=rent_end, grace=grace, timeout=grace + 60.0)
    except (ApiException, *MALFORMED, KeyboardInterrupt):
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{failed} {MAY_BE_CHARGED} {advice}") from None
    if isinstance(outcome, Undetermined):
        reason = f"{outcome.reason[:1].upper()}{outcome.reason[1:].rstrip('.')}."
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{failed} {MAY_BE_CHARGED} {reason} {advice}")
    if isinstance(outcome, NotProcessed):
        message = f"{failed} The request was not processed, and you were not charged. Try again."
        raise Failure(ExitCode.NO_RESPONSE, message)
    print_message("The request was processed.")
    return outcome.found if isinstance(outcome.found, Model) else None
