"""Sandbox: the service as a server on loopback, inside one's own process."""

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
from smscx_client.sandbox.account import Account, Application, Booking
from smscx_client.sandbox.answers import Generation
from smscx_client.sandbox.errors import INVALID_BODY, NO_SUCH_PATH, TOO_LARGE, WRONG_METHOD, Refused
from smscx_client.sandbox.faults import DROPS, Drop, Fault
from smscx_client.sandbox.rate_limit import RateLimit
from smscx_client.sandbox.requests import Arrived
from smscx_client.sandbox.service import Service
from smscx_client.sandbox.webhooks import Delivery, Webhooks

if TYPE_CHECKING:
    from typing_extensions import Self

API_KEY = "sandbox-api-key"
APPLICATION_ID = "sandbox-application"
APPLICATION_SECRET = "sandbox-secret"  # noqa: S105
CREDIT = 100.0
IDLE_SECONDS = 60
SLOW_STEPS = 10


class Sandbox:
    """A server that behaves like the service, with an account of its own. Use it in a ``with`` block, or
    :meth:`close` it.

    Args:
        generation: Which generation of the API it speaks: ``2022-10`` or ``2023-02``.
        host: Address to listen on; leave it on loopback, for whoever reaches it can use it.
        port: Port to listen on; 0 takes a free one.
        api_keys: What it accepts as API key; the first one goes into :meth:`configuration`.
        applications: Applications that it issues access tokens to, by id; one with :data:`APPLICATION_ID` and
            :data:`APPLICATION_SECRET` where None.
        credit: What the account has, in its currency.
        seed: The same seed gives the same numbers to rent, and the same identifiers.
        rate_limit: Requests that it answers in a minute.
        allow_any_callback: Whether webhooks go to receivers that are not on loopback.
        log: Whether a line for each request goes to standard error.

    Attributes:
        url: Where it listens.
        api_key: The first of the API keys.
    """

    def __init__(
        self,
        *,
        generation: Generation = "2023-02",
        host: str = "127.0.0.1",
        port: int = 0,
        api_keys: Iterable[str] = (API_KEY,),
        applications: Mapping[str, Application] | None = None,
        credit: float = CREDIT,
        seed: int = 0,
        rate_limit: int = 100_000,
        allow_any_callback: bool = False,
        log: bool = False,
    ) -> None:
        if generation not in ("2022-10", "2023-02"):
            raise ValueError(f"generation must be '2022-10' or '2023-02', not {generation!r}")
        keys = list(api_keys)
        default = {APPLICATION_ID: Application(APPLICATION_SECRET)}
        known = dict(default if applications is None else applications)
        self.api_key: str = keys[0]
        self._rate_limit = rate_limit
        self._new_account: Callable[[], Account] = lambda: Account(credit, keys, known, seed)
        self._service = Service(self._new_account(), generation, RateLimit(rate_limit, 60))
        self._service.control = self._control
        self._server = _Server(host, port, self._service, _LoggingHandler if log else _Handler)
        self._webhooks = Webhooks(self._service.due_messages, allow_any_callback)
        name = f"[{host}]" if ":" in host else host
        self.url: str = f"http://{name}:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="smscx sandbox", daemon=True)
        self._thread.start()

    def configuration(self, **options: object) -> Configuration:
        """A configuration for this server; ``options`` are those of :class:`~smscx_client.Configuration`."""
        configuration = Configuration(self.url, self.api_key, proxy=False)
        if options.keys() & {"access_token", "username"}:
            configuration.api_key = None
        for name, value in options.items():
            setattr(configuration, name, value)
        return configuration

    @property
    def credit(self) -> float:
        """What the account has left, in its currency; it can be set."""
        with self._service.lock:
            return self._service.account.credit

    @credit.setter
    def credit(self, credit: float) -> None:
        with self._service.lock:
            self._service.account.credit = float(credit)

    @property
    def requests(self) -> list[Arrived]:
        """The last 1,000 requests, the oldest first, without what is secret in them."""
        with self._service.lock:
            return list(self._service.requests)

    @property
    def ledger(self) -> list[Booking]:
        """What was carried out that cost money, or gave it back, the oldest first; the last 100,000 bookings."""
        with self._service.lock:
            return list(self._service.account.ledger)

    @property
    def deliveries(self) -> list[Delivery]:
        """The last 1,000 tries to deliver a webhook, the oldest first."""
        return list(self._webhooks.deliveries)

    def advance(self, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Put the sandbox's clock forward: rents end or are renewed, tokens expire, lookups finish. Nothing sleeps."""
        with self._service.lock:
            self._service.account.clock.advance(timedelta(minutes=minutes, hours=hours, days=days))
        self._webhooks.wake()

    def receive_sms(self, rent_id: str, sender: str, text: str) -> str:
        """Have a rented number receive an SMS; returns its ``msg_id``."""
        with self._service.lock:
            msg_id = self._service.account.receive_sms(rent_id, sender, text).msg_id
        self._webhooks.wake()
        return msg_id

    def finish_lookups(self) -> None:
        """Have the results of all lookups at once."""
        with self._service.lock:
            self._service.account.finish_lookups()
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
        """Have the next requests fail.

        Args:
            times: How many of them.
            status: Answer with the documented error of this status, and do not carry the request out.
            delay: Seconds that pass before the answer.
            drop: ``before``: reset the connection, and do not carry the request out; ``after``: carry it out, then
                reset the connection; ``body``: carry it out, then close the connection in the middle of the answer.
            slow_body: Seconds over which the body of the answer is spread.
        """
        if drop is not None and drop not in DROPS:
            raise ValueError(f"drop must be one of {', '.join(DROPS)}, not {drop!r}")
        if status is not None and not 400 <= status <= 599:
            raise ValueError(f"status must be 400 to 599, not {status}")
        self._service.faults.add(Fault(status, delay, drop, slow_body), times)

    def rate_limit(self, limit: int, window: int = 60) -> None:
        """Answer ``limit`` requests in each ``window`` seconds from now on."""
        with self._service.lock:
            self._service.rate_limit = RateLimit(limit, window)

    def settle_webhooks(self, timeout: float = 10.0) -> bool:
        """Wait until every webhook that is due has been delivered, or given up; False where that takes longer than
        ``timeout`` seconds.
        """
        return self._webhooks.settle(timeout)

    def reset(self) -> None:
        """Start again with a fresh account: nothing rented, nothing looked up, no fault to come, the first credit."""
        with self._service.lock:
            self._service.start(self._new_account())
            self._service.rate_limit = RateLimit(self._rate_limit, 60)
        self._webhooks.forget()

    def wait(self) -> None:
        """Serve until the process is interrupted."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def close(self) -> None:
        """Stop listening, and close all connections."""
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
        """The same controls for programs in other languages: ``POST /_sandbox/<name>`` with the arguments as a JSON
        object, ``GET /_sandbox/<name>`` for what can be read.
        """
        if name in _READABLE and method == "GET":
            return 200, {name: _READABLE[name](self)}
        if name not in _CALLABLE:
            raise Refused(WRONG_METHOD if name in _READABLE else NO_SUCH_PATH)
        if method != "POST":
            raise Refused(WRONG_METHOD)
        try:
            arguments = json.loads(body or b"{}")
            result = _CALLABLE[name](self, **arguments)
        except (TypeError, ValueError, OverflowError, RecursionError) as wrong:
            raise Refused(INVALID_BODY._replace(message=f"{name}: {wrong}")) from None
        return 200, {} if result is None else {name: result}


def _set_credit(sandbox: Sandbox, *, credit: float) -> None:
    sandbox.credit = credit


_READABLE: Mapping[str, Callable[[Sandbox], object]] = {
    "credit": lambda sandbox: sandbox.credit,
    "requests": lambda sandbox: [arrived.to_dict() for arrived in sandbox.requests],
    "ledger": lambda sandbox: [{**entry._asdict(), "time": str(entry.time)} for entry in sandbox.ledger],
    "deliveries": lambda sandbox: [delivery._asdict() for delivery in sandbox.deliveries],
}
_CALLABLE: Mapping[str, Callable[..., object]] = {
    "credit": _set_credit,
    "advance": Sandbox.advance,
    "receive_sms": Sandbox.receive_sms,
    "finish_lookups": Sandbox.finish_lookups,
    "fail_next": Sandbox.fail_next,
    "rate_limit": Sandbox.rate_limit,
    "settle_webhooks": Sandbox.settle_webhooks,
    "reset": Sandbox.reset,
}


class _Server(ThreadedWSGIServer):
    """Keeps its connections in view, so that it can close them."""

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
            # Werkzeug would print an OSError and end the process.
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
        """Have a connection end with a reset, in place of an orderly end, when its handler is done."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._resetting.add(connection)

    def drop_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the client was faster
        self.closing.set()


class _LoggingHandler(WSGIRequestHandler):
    """Keeps connections open between requests, which Werkzeug's own handler does not, and lets them fail on purpose."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = IDLE_SECONDS

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The date of an answer, by the sandbox's own clock."""
        return http_date(cast("Service", self.server.app).account.clock.now())

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:  # the client has gone, so what was left for it stays
            self.rfile.close()

    def run_wsgi(self) -> None:
        response, fault = cast("Service", self.server.app).respond(self.make_environ())
        server = cast("_Server", self.server)
        server.closing.wait(fault.delay)
        if fault.drop in ("before", "after"):
            self.close_connection = True
            server.reset(self.connection)
            return
        self.close_connection = self.close_connection or response.status_code == TOO_LARGE.status
        self.send_response(response.status_code)
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        body = response.get_data()
        if fault.drop == "body":
            body = body[: len(body) // 2]
            self.close_connection = True
        step = max(1, len(body) // SLOW_STEPS) if fault.slow_body else max(1, len(body))
        for first in range(0, len(body), step):
            self.wfile.write(body[first : first + step])
            if fault.slow_body:
                self.wfile.flush()
                server.closing.wait(fault.slow_body / SLOW_STEPS)


class _Handler(_LoggingHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        return
