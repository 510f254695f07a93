"""The transport of a client: sends requests and retries them."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError

from smscx_client._transport.cancellation import sleep
from smscx_client._transport.errors import connection_exception
from smscx_client._transport.pool import PoolState, read_timeout
from smscx_client._transport.redaction import redact_urllib3_log
from smscx_client.configuration import Configuration

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

    from smscx_client.operation import Operation

logger: logging.Logger = logging.getLogger("smscx_client")
redact_urllib3_log()


class Transport:
    """Sends requests through one connection pool that threads share. A forked child gets a pool of its own.

    Args:
        configuration: Host, TLS, proxy, timeouts and retries. Changes apply from the next request on.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._state: PoolState | None = None

    def send(
        self,
        operation: Operation[Any],
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: object,
        preload: bool,
    ) -> tuple[BaseHTTPResponse, int]:
        """Send a request, retry it if that is safe and may help, and return the last response and the attempts made.

        Raises:
            ApiTimeoutException: there was no response in time.
            ApiConnectionException: there was no usable response.
            RateLimitExceededException: the client's own throttle would have to wait too long.
            CallCancelledException: your code cancelled a delay.
        """
        state = self._state
        if state is None or state.owner != (os.getpid(), self._configuration._revision):
            state = self._state = PoolState(self._configuration)
        limits = state.timeout if timeout is None else read_timeout("_request_timeout", timeout)
        attempt = 1
        while True:
            if state.rate_limiter is not None:
                state.rate_limiter.acquire(operation.name)
            started = time.perf_counter()
            try:
                response = state.pool.urlopen(
                    operation.method,
                    state.prefix + target,
                    body=body,
                    headers=headers,
                    retries=False,
                    redirect=False,
                    assert_same_host=False,
                    timeout=limits,
                    preload_content=preload,
                )
            except HTTPError as error:
                result = type(error).__name__
                _log_attempt(operation, result, attempt, started)
                delay = state.retry_policy.delay_after_error(operation, error, attempt)
                if delay is None:
                    raise connection_exception(operation, error, attempt, limits) from error
            else:
                if state.rate_limiter is not None:
                    state.rate_limiter.update(response.headers)
                result = str(response.status)
                _log_attempt(operation, result, attempt, started, response)
                delay = state.retry_policy.delay_after_response(operation, response, attempt)
                if delay is None:
                    return response, attempt
                response.drain_conn()
            sends = state.retry_policy.retries + 1
            logger.warning(
                "%s: attempt %d of %d: %s; retrying in %.2f s", operation.name, attempt, sends, result, delay
            )
            sleep(delay, operation.name, attempt)
            attempt += 1

    def close(self) -> None:
        """Close the connections that are not in use. A later request opens new ones."""
        if self._state is not None:
            self._state.pool.close()
            self._state = None


def _log_attempt(
    operation: Operation[Any], result: str, attempt: int, started: float, response: BaseHTTPResponse | None = None
) -> None:
    if not logger.isEnabledFor(logging.DEBUG):
        return
    logger.debug(
        "%s: %s %s: %s after %.1f ms, attempt %d, request ID %s",
        operation.name,
        operation.method,
        operation.path,
        result,
        (time.perf_counter() - started) * 1000,
        attempt,
        response.headers.get("X-Request-Id") if response is not None else None,
    )
