"""Sandbox: the service as a server on loopback, inside one's own process."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from smscx_client.configuration import Configuration
from smscx_client.sandbox.account import Account, Application
from smscx_client.sandbox.answers import Generation
from smscx_client.sandbox.errors import TOO_LARGE
from smscx_client.sandbox.rate_limit import RateLimit
from smscx_client.sandbox.service import Arrived, Service

if TYPE_CHECKING:
    from typing_extensions import Self

API_KEY = "sandbox-api-key"
APPLICATION_ID = "sandbox-application"
APPLICATION_SECRET = "sandbox-secret"
CREDIT = 100.0


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
        log: Whether a line for each request goes to standard error.

    Attributes:
        url: Where it listens.
        account: The account, as it is.
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
        log: bool = False,
    ) -> None:
        if generation not in ("2022-10", "2023-02"):
            raise ValueError(f"generation must be '2022-10' or '2023-02', not {generation!r}")
        keys = list(api_keys)
        self.api_key = keys[0]
        default = {APPLICATION_ID: Application(APPLICATION_SECRET)}
        self.account = Account(credit, keys, dict(default if applications is None else applications), seed)
        self._service = Service(self.account, generation, RateLimit(rate_limit, 60))
        self._server = _Server(host, port, self._service, _LoggingHandler if log else _Handler)
        name = f"[{host}]" if ":" in host else host
        self.url = f"http://{name}:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="smscx sandbox", daemon=True)
        self._thread.start()

    def configuration(self, **options: Any) -> Configuration:
        """A configuration for this server; ``options`` are those of :class:`~smscx_client.Configuration`."""
        credential = {} if options.keys() & {"api_key", "access_token", "username"} else {"api_key": self.api_key}
        return Configuration(**{"host": self.url, "proxy": False, **credential, **options})

    @property
    def credit(self) -> float:
        """What the account has left, in its currency."""
        with self._service.lock:
            return self.account.credit

    @credit.setter
    def credit(self, credit: float) -> None:
        with self._service.lock:
            self.account.credit = credit

    @property
    def requests(self) -> list[Arrived]:
        """The last 1,000 requests, the oldest first, without what is secret in them."""
        with self._service.lock:
            return list(self._service.requests)

    def advance(self, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Put the sandbox's clock forward: rents end or are renewed, tokens expire, lookups finish. Nothing sleeps."""
        with self._service.lock:
            self.account.clock.advance(timedelta(minutes=minutes, hours=hours, days=days))

    def receive_sms(self, rent_id: str, sender: str, text: str) -> str:
        """Have a rented number receive an SMS; returns its ``msg_id``."""
        with self._service.lock:
            return self.account.receive_sms(rent_id, sender, text).msg_id

    def finish_lookups(self) -> None:
        """Have the results of all lookups at once."""
        with self._service.lock:
            self.account.finish_lookups()

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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadedWSGIServer):
    """Keeps its connections in view, so that it can close them."""

    daemon_threads = True

    def __init__(self, host: str, port: int, app: Service, handler: type[WSGIRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(host, port, cast(Any, app), handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the client was faster


class _LoggingHandler(WSGIRequestHandler):
    """Keeps connections open between requests, which Werkzeug's own handler does not."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def run_wsgi(self) -> None:
        response = cast(Service, self.server.app).respond(self.make_environ())
        self.close_connection = self.close_connection or response.status_code == TOO_LARGE.status
        self.send_response(response.status_code)
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.get_data())


class _Handler(_LoggingHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        return
