"""Sandbox: a server on loopback that behaves like the service, in a thread of your process."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, cast

from werkzeug.http import http_date
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from smscx_client.configuration import Configuration
from smscx_client.sandbox import errors
from smscx_client.sandbox.account import Account
from smscx_client.sandbox.credentials import Application
from smscx_client.sandbox.errors import ServiceError
from smscx_client.sandbox.faults import Drop, Fault
from smscx_client.sandbox.ledger import LedgerEntry
from smscx_client.sandbox.rate_limit import RateLimit
from smscx_client.sandbox.requests import RecordedRequest
from smscx_client.sandbox.responses import ApiVersion
from smscx_client.sandbox.service import Service
from smscx_client.sandbox.webhooks import Delivery, Webhooks

if TYPE_CHECKING:
    from typing_extensions import Self

API_KEY = "sandbox-api-key"
APPLICATION_ID = "sandbox-application"
APPLICATION_SECRET = "sandbox-secret"  # noqa: S105
CREDIT = 100.0
RATE_LIMIT_WINDOW = 60
IDLE_TIMEOUT = 60
SLOW_BODY_CHUNKS = 10


class Sandbox:
    """A server that behaves like the service, with its own account. Use it in a ``with`` block, or :meth:`close` it.

    Args:
        api_version: API version: ``2022-10`` or ``2023-02``.
        host: Address to listen on. Keep it on loopback: anyone who can connect can control the sandbox.
        port: Port to listen on; 0 selects a free one.
        api_keys: Valid API keys; :meth:`configuration` uses the first one.
        applications: Applications that can get access tokens, by ID. The default is one application with
            :data:`APPLICATION_ID` and :data:`APPLICATION_SECRET`.
        credit: Starting credit, in the account's currency.
        seed: The same seed gives the same numbers to rent and the same IDs.
        rate_limit: Requests per minute.
        allow_external_callbacks: Whether to post webhooks to receivers that are not on loopback.
        log: Whether to write a line to standard error for each request.

    Attributes:
        url: URL that the sandbox listens on.
        api_key: First of the API keys.

    Raises:
        ValueError: The API version does not exist, or the port is not available.
    """

    def __init__(
        self,
        *,
        api_version: ApiVersion = "2023-02",
        host: str = "127.0.0.1",
        port: int = 0,
        api_keys: Iterable[str] = (API_KEY,),
        applications: Mapping[str, Application] | None = None,
        credit: float = CREDIT,
        seed: int = 0,
        rate_limit: int = 100_000,
        allow_external_callbacks: bool = False,
        log: bool = False,
    ) -> None:
        if api_version not in ("2022-10", "2023-02"):
            raise ValueError(f"api_version must be '2022-10' or '2023-02', not {api_version!r}")
        keys = list(api_keys)
        if applications is None:
            applications = {APPLICATION_ID: Application(APPLICATION_SECRET)}
        registered = dict(applications)
        self.api_key: str = keys[0]
        self._rate_limit = rate_limit
        self._new_account: Callable[[], Account] = lambda: Account(credit, keys, registered, seed)
        self._service = Service(self._new_account(), api_version, RateLimit(rate_limit, RATE_LIMIT_WINDOW))
        self._service.control = self._control
        self._server = _Server(host, port, self._service, _LoggingHandler if log else _Handler)
        self._webhooks = Webhooks(self._service.take_messages, allow_external_callbacks)
        name = f"[{host}]" if ":" in host else host
        self.url: str = f"http://{name}:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="smscx sandbox", daemon=True)
        self._thread.start()

    def configuration(self, **options: object) -> Configuration:
        """Return a configuration for this server; ``options`` are those of :class:`~smscx_client.Configuration`."""
        configuration = Configuration(self.url, self.api_key, proxy=False)
        if options.keys() & {"access_token", "username"}:
            configuration.api_key = None
        for name, value in options.items():
            setattr(configuration, name, value)
        return configuration

    @property
    def credit(self) -> float:
        """Credit of the account, in its currency. You can set it."""
        with self._service.lock:
            return self._service.account.ledger.credit

    @credit.setter
    def credit(self, credit: float) -> None:
        with self._service.lock:
            self._service.account.ledger.credit = float(credit)

    @property
    def requests(self) -> list[RecordedRequest]:
        """The last 1,000 requests, oldest first, with credentials masked."""
        with self._service.lock:
            return list(self._service.requests)

    @property
    def ledger(self) -> list[LedgerEntry]:
        """The last 100,000 charges and refunds, oldest first."""
        with self._service.lock:
            return list(self._service.account.ledger.entries)

    @property
    def deliveries(self) -> list[Delivery]:
        """The last 1,000 attempts to deliver a webhook, oldest first."""
        return list(self._webhooks.deliveries)

    def advance(self, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Advance the sandbox's clock without waiting: rentals end or renew, tokens expire, lookups finish."""
        with self._service.lock:
            self._service.account.clock.advance(timedelta(minutes=minutes, hours=hours, days=days))
        self._webhooks.wake()

    def receive_sms(self, rent_id: str, sender: str, text: str) -> str:
        """Make a rented number receive an SMS, and return its ``msg_id``."""
        with self._service.lock:
            msg_id = self._service.account.rentals.receive_sms(rent_id, sender, text).msg_id
        self._webhooks.wake()
        return msg_id

    def finish_lookups(self) -> None:
        """Make the results of all lookups available now."""
        with self._service.lock:
            self._service.account.lookups.finish()
        self._webhooks.wake()

    def fail_next(
        self,
        times: int = 1,
        *,
        status: int | None = None,
        delay: float = 0.0,
        drop: Drop | None = None,
        slow_body: float = 0.0,
    ) -> None:
        """Make the next requests fail.

        Args:
            times: Number of requests that fail.
            status: Respond with the error of this status, without processing the request: 400, 401, 403, 404, 405, 429
                or 500, which the service documents for any operation, or 502, 503 or 504, as from a gateway.
            delay: Seconds to wait before the response.
            drop: ``before``: reset the connection without processing the request; ``after``: process the request, then
                reset the connection; ``body``: process the request, then close the connection in the middle of the
                response body.
            slow_body: Seconds that sending the response body takes.

        Raises:
            ValueError: There is no such status or drop.
        """
        self._service.faults.add(Fault(status, delay, drop, slow_body), times)

    def rate_limit(self, limit: int, window: int = RATE_LIMIT_WINDOW) -> None:
        """Limit requests to ``limit`` per ``window`` seconds from now on."""
        with self._service.lock:
            self._service.rate_limit = RateLimit(limit, window)

    def flush_webhooks(self, timeout: float = 10.0) -> bool:
        """Wait until every pending webhook has been delivered or has used up its attempts.

        Args:
            timeout: Maximum number of seconds to wait.

        Returns:
            False if webhooks are still pending after the timeout.
        """
        return self._webhooks.flush(timeout)

    def reset(self) -> None:
        """Replace the account with a fresh one: starting credit, no rentals, no lookups, no faults."""
        with self._service.lock:
            self._service.start(self._new_account())
            self._service.rate_limit = RateLimit(self._rate_limit, RATE_LIMIT_WINDOW)
        self._webhooks.clear()

    def serve_forever(self) -> None:
        """Serve until the process is interrupted."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def close(self) -> None:
        """Stop the server and close all connections."""
        self._server.shutdown()
        self._server.drop_connections()
        self._server.server_close()
        self._thread.join()
        self._webhooks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _control(self, name: str, method: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Use a control over HTTP: ``GET`` reads a property, ``POST`` calls a method with JSON arguments."""
        if name in _PROPERTIES and method == "GET":
            return 200, {name: _PROPERTIES[name](self)}
        if name not in _METHODS:
            raise ServiceError(errors.METHOD_NOT_ALLOWED if name in _PROPERTIES else errors.ENDPOINT_NOT_FOUND)
        if method != "POST":
            raise ServiceError(errors.METHOD_NOT_ALLOWED)
        try:
            arguments = json.loads(body or b"{}")
            result = _METHODS[name](self, **arguments)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise ServiceError(errors.INVALID_BODY._replace(message=f"{name}: {error}")) from None
        return 200, {} if result is None else {name: result}


def _set_credit(sandbox: Sandbox, *, credit: float) -> None:
    sandbox.credit = credit


_PROPERTIES: Mapping[str, Callable[[Sandbox], object]] = {
    "credit": lambda sandbox: sandbox.credit,
    "requests": lambda sandbox: [request.to_dict() for request in sandbox.requests],
    "ledger": lambda sandbox: [{**entry._asdict(), "time": str(entry.time)} for entry in sandbox.ledger],
    "deliveries": lambda sandbox: [delivery._asdict() for delivery in sandbox.deliveries],
}
_METHODS: Mapping[str, Callable[..., object]] = {
    "credit": _set_credit,
    "advance": Sandbox.advance,
    "receive_sms": Sandbox.receive_sms,
    "finish_lookups": Sandbox.finish_lookups,
    "fail_next": Sandbox.fail_next,
    "rate_limit": Sandbox.rate_limit,
    "flush_webhooks": Sandbox.flush_webhooks,
    "reset": Sandbox.reset,
}


class _Server(ThreadedWSGIServer):
    """A WSGI server that can reset and close its connections."""

    daemon_threads = True

    def __init__(self, host: str, port: int, app: Service, handler: type[WSGIRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        self._resetting: set[socket.socket] = set()
        self.closing = Event()
        super().__init__(host, port, cast("Any", app), handler)

    def server_bind(self) -> None:
        try:
            super().server_bind()
        except OSError as error:
            self.server_close()
            # Werkzeug prints an OSError and exits the process.
            raise ValueError(f"cannot listen on port {self.server_address[1]}: {error.strerror or error}") from None

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        if request in self._resetting:
            self._resetting.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def reset(self, connection: socket.socket) -> None:
        """Reset a connection, instead of closing it, when its handler returns."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._resetting.add(connection)

    def drop_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the client has closed it already
        self.closing.set()


class _LoggingHandler(WSGIRequestHandler):
    """A handler that keeps connections open between requests, and injects faults."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = IDLE_TIMEOUT

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the date of a response, by the sandbox's clock."""
        return http_date(cast("Service", self.server.app).account.clock.now())

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:  # the client has disconnected, so the rest of the response cannot be sent
            self.rfile.close()

    def run_wsgi(self) -> None:
        response, fault = cast("Service", self.server.app).respond(self.make_environ())
        server = cast("_Server", self.server)
        server.closing.wait(fault.delay)
        if fault.drop in ("before", "after"):
            self.close_connection = True
            server.reset(self.connection)
            return
        self.close_connection = self.close_connection or response.status_code == errors.BODY_TOO_LARGE.status
        self.send_response(response.status_code)
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        body = response.get_data()
        if fault.drop == "body":
            body = body[: len(body) // 2]
            self.close_connection = True
        self._write_body(body, fault.slow_body)

    def _write_body(self, body: bytes, seconds: float) -> None:
        chunks = SLOW_BODY_CHUNKS if seconds else 1
        size = max(1, len(body) // chunks)
        for start in range(0, len(body), size):
            self.wfile.write(body[start : start + size])
            if seconds:
                self.wfile.flush()
                cast("_Server", self.server).closing.wait(seconds / chunks)


class _Handler(_LoggingHandler):
    """The same handler, without logging."""

    def log(self, type: str, message: str, *args: Any) -> None:
        return
