"""Calls that must not be made twice: their answers are waited for, and asked after where they are lost."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from threading import Event
from types import FrameType

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import Failure, failure_of, say, say_at_once
from smscx_client.exceptions import ApiException
from smscx_client.model_utils import Model
from smscx_client.sleeping import StoppedException, stopped_by

LOOK = "See `smscx rented` before you try again."
ASK = "Ask the support team before you try again."
MAY_BE_PAID = "The service may have carried it out, and charged what it costs."


def made_once(
    api: NumbersApi,
    call: Callable[[], Model],
    *,
    advice: str = LOOK,
    rent_end: datetime | None = None,
    grace: float = 30.0,
) -> Model:
    """Make a call that must not be made twice.

    Args:
        api: Tells what became of it, at no cost.
        call: Makes it.
        advice: What the user can do where nothing tells what became of it.
        rent_end: For a renewal: when the rent ended before.
        grace: Seconds that the service may take to carry it out; see ``find_outcome``.

    Returns:
        Its answer; where that was lost, the rent as the call has left it, which is empty where it has left none.

    Raises:
        Failure: it was not carried out, or what became of it is not known.
        ApiException: it was not carried out.
    """
    try:
        with _answer_first(advice):
            return call()
    except ApiException as exception:
        if not exception.outcome_unknown:
            raise
        return _found(api, exception, advice, rent_end, grace)


@contextmanager
def _answer_first(advice: str) -> Generator[None]:
    """Let the first Ctrl-C wait for the answer to what was sent. The second one gives up. A job in the background
    ignores Ctrl-C, and goes on doing so.
    """
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        yield
        return

    interrupted = Event()

    def wait(*_: int | FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        interrupted.set()
        say_at_once("waiting for the answer to what was sent; Ctrl-C again gives it up")

    signal.signal(signal.SIGINT, wait)
    try:
        with stopped_by(interrupted):
            yield
    except StoppedException:
        raise Failure(ExitCode.INTERRUPTED, "interrupted before anything was sent") from None
    except KeyboardInterrupt:
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"interrupted before the answer came. {MAY_BE_PAID} {advice}") from None
    finally:
        signal.signal(signal.SIGINT, before)


def _found(api: NumbersApi, exception: ApiException, advice: str, rent_end: datetime | None, grace: float) -> Model:
    from smscx_client.outcome import CannotBeTold, NotCarriedOut, find_outcome  # seldom needed

    lost = failure_of(exception).message
    say(f"{lost} Asking the service what became of it, for up to {grace:g} s")
    try:
        outcome = find_outcome(api, exception, rent_end=rent_end, grace=grace)
    except (ApiException, KeyboardInterrupt):
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{lost} {MAY_BE_PAID} {advice}") from None
    if isinstance(outcome, CannotBeTold):
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{lost} {MAY_BE_PAID} {outcome.reason.capitalize()}. {advice}")
    if isinstance(outcome, NotCarriedOut):
        raise Failure(ExitCode.NO_ANSWER, f"{lost} The service did not carry it out, and it cost nothing: try again.")
    say("the service has carried it out")
    return outcome.found or Model()
