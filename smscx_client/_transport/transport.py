"""The transport of a client: sends requests and retries them."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping

from urllib3.exceptions import ConnectTimeoutError, HTTPError
from urllib3.util import Timeout

from smscx_client._transport.call import Call, active_call
from smscx_client._transport.cancellation import sleep
from smscx_client._transport.errors import connection_exception
from smscx_client._transport.pool import PoolState
from smscx_client._transport.redaction import redact_urllib3_logs
from smscx_client._transport.response import Failure, Response, failure_of, read_response
from smscx_client._transport.retry import RATE_LIMITED
from smscx_client.configuration import Configuration
from smscx_client.exceptions import printable
from smscx_client.http_info import Attempt, read_rate_limit

logger: logging.Logger = logging.getLogger("smscx_client")
redact_urllib3_logs()


class Transport:
    """Sends requests through one connection pool that threads share. A forked child gets a pool of its own.

    Args:
        configuration: Host, TLS, proxy and retries. Changes apply from the next request on.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._state: PoolState | None = None

    def send(self, call: Call, headers: Mapping[str, str], body: bytes | None) -> Response:
        """Send a request, retry it if that is safe and may help, and return the last response.

        Raises:
            ApiTimeoutException: there was no response before a timeout.
            ApiConnectionException: there was no usable response.
            RateLimitExceededException: ``throttle`` would have to wait longer than ``max_retry_delay``.
            CallCancelledException: your code cancelled a delay.
        """
        state = self._current_state()
        if call.timeouts is None:
            call.timeouts = state.timeouts
        attempt = 0
        while True:
            attempt += 1
            if state.rate_limiter is not None:
                state.rate_limiter.acquire(call)
            started = time.perf_counter()
            result = _attempt(state, call, headers, body, attempt)
            if call.recorder is not None and _certainly_not_processed(result):
                call.recorder.not_processed()
            delay = state.retry_policy.delay(call, result)
            if delay is not None or state.on_attempt is not None or logger.isEnabledFor(logging.DEBUG):
                _report(state, call, result, time.perf_counter() - started, delay)
            if delay is None:
                return _response(call, result)
            sleep(delay, call.operation.name, attempt)

    def _current_state(self) -> PoolState:
        state = self._state
        if state is None or state.owner != (os.getpid(), self._configuration._revision):
            state = self._state = PoolState(self._configuration)
        return state

    def close(self) -> None:
        """Close the connections that are not in use. A later request opens new ones."""
        if self._state is not None:
            self._state.pool.close()
            self._state = None


def _attempt(
    state: PoolState, call: Call, headers: Mapping[str, str], body: bytes | None, attempt: int
) -> Response | Failure:
    token = active_call.set(call)
    try:
        raw = state.pool.urlopen(
            call.operation.method,
            state.prefix + call.target,
            body=body,
            headers={name: str(value) for name, value in headers.items()},  # vcrpy cannot record a Secret
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=_timeout(state, call),
            preload_content=False,
        )
        response = read_response(call, raw, state.max_response_size, attempt)
    except HTTPError as error:
        return failure_of(call, error, attempt)
    except TimeoutError:  # the deadline passed before the request was sent
        return failure_of(call, ConnectTimeoutError(), attempt)
    except BaseException as interrupt:  # noqa: BLE001 - raised again
        # Its traceback leads to frames of http.client that hold the credential; error trackers show their variables.
        interrupt.__context__ = interrupt.__cause__ = None
        raise interrupt.with_traceback(None) from None
    finally:
        active_call.reset(token)
    if state.rate_limiter is not None:
        state.rate_limiter.update(response.headers)
    return response


def _certainly_not_processed(result: Response | Failure) -> bool:
    return result.never_sent if isinstance(result, Failure) else result.status == RATE_LIMITED


def _response(call: Call, result: Response | Failure) -> Response:
    if isinstance(result, Failure):
        raise connection_exception(call.operation, result)
    return result


def _timeout(state: PoolState, call: Call) -> Timeout:
    """Return urllib3's form of the timeouts of one attempt.

    Raises:
        TimeoutError: no time is left.
    """
    if call.timeouts is state.timeouts and call.remaining() > state.longest_timeout:
        return state.timeout
    connect, read = call.timeouts or state.timeouts
    return Timeout(connect=call.limit(connect), read=call.limit(read))


def _report(state: PoolState, call: Call, result: Response | Failure, seconds: float, delay: float | None) -> None:
    """Log an attempt, and pass it to the configured ``on_attempt``."""
    operation = call.operation
    headers: Mapping[str, str] = result.headers if isinstance(result, Response) else {}
    attempt = Attempt(
        operation=operation.name,
        number=result.attempt,
        status=result.status if isinstance(result, Response) else None,
        error=result.kind if isinstance(result, Failure) else None,
        seconds=seconds,
        delay=delay,
        request_id=printable(headers["X-Request-Id"]) if "X-Request-Id" in headers else None,
        rate_limit=read_rate_limit(headers),
        paid=operation.paid,
    )
    logger.debug(
        "%s: %s %s: %s after %.1f ms, attempt %d, request ID %s",
        operation.name,
        operation.method,
        operation.path,
        attempt.status or attempt.error,
        seconds * 1000,
        attempt.number,
        attempt.request_id,
    )
    if delay is not None:
        logger.warning(
            "%s: attempt %d of %d: %s; retrying in %.2f s",
            operation.name,
            attempt.number,
            call.retries + 1,
            attempt.status or attempt.error,
            delay,
        )
    if state.on_attempt is not None:
        _notify(state.on_attempt, attempt)


def _notify(on_attempt: Callable[[Attempt], object], attempt: Attempt) -> None:
    """Call ``on_attempt``. The log record of a failure has this frame, so the response must not be in it."""
    try:
        on_attempt(attempt)
    except Exception:
        logger.exception("%s: on_attempt raised; the call continues", attempt.operation)
