"""Sandbox: a server on loopback that behaves like the service, in a thread of your process."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from threading import Event, Thread
from typing import Any, cast

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from smscx_client._typing import Self
from smscx_client.sandbox.account import AccountOptions
from smscx_client.sandbox.controls import METHODS, SandboxAccount
from smscx_client.sandbox.credentials import Application
from smscx_client.sandbox.faults import Fault
from smscx_client.sandbox.responses import ApiVersion
from smscx_client.sandbox.service import UNREAD_BODY, Service

API_KEY = "sandbox-api-key"
APPLICATION_ID = "sandbox-application"
APPLICATION_SECRET = "sandbox-secret"  # noqa: S105
CREDIT = 100.0
RATE_LIMIT = 100_000
MAX_CONNECTIONS, MAX_ACCOUNTS = 1000, 10_000
IDLE_TIMEOUT, SLOW_BODY_CHUNKS, STREAM_INTERVAL = 60, 10, 0.25
LINGER_ZERO = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
TICK = 0.1
"""Seconds between checks of what has become due without a request."""


class Sandbox(SandboxAccount):
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
        allow_hosts: Names, besides the address it listens on, by which clients reach the server.
        log: Whether to write a line to standard error for each request.

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
        rate_limit: int = RATE_LIMIT,
        allow_external_callbacks: bool = False,
        allow_hosts: Iterable[str] = (),
        log: bool = False,
    ) -> None:
        if applications is None:
            applications = {APPLICATION_ID: Application(APPLICATION_SECRET)}
        options = AccountOptions(credit, tuple(api_keys), dict(applications), seed, rate_limit, api_version)
        super().__init__(options, "", allow_external_callbacks, lambda _: None)
        self._allow_external_callbacks = allow_external_callbacks
        self._created_accounts = 0
        any_address: set[str] = {"*"} if host in ("", "0.0.0.0", "::") else set()  # noqa: S104 - the user asked for it
        hosts = frozenset({host, *any_address, *(name.lower() for name in allow_hosts)})
        methods = {**METHODS, "create_account": Sandbox.create_account}
        self._service = Service(self, methods, hosts)
        self._server = _Server(host, port, self._service, _LoggingHandler if log else _Handler)
        name = f"[{host}]" if ":" in host else host
        self.url: str = f"http://{name}:{self._server.server_port}"
        self._threads = [
            Thread(target=self._server.serve_forever, args=(0.02,), name="smscx sandbox", daemon=True),
            Thread(target=self._tick, name="smscx sandbox clock", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def create_account(
        self,
        *,
        credit: float = CREDIT,
        api_version: ApiVersion | None = None,
        seed: int = 0,
        rate_limit: int = RATE_LIMIT,
    ) -> SandboxAccount:
        """Create a further account, with an API key, an application, a clock and controls of its own.

        Args:
            credit: Starting credit.
            api_version: API version; by default that of the sandbox.
            seed: The same seed gives the same numbers to rent and the same IDs.
            rate_limit: Requests per minute.

        Raises:
            ValueError: An argument is not valid, or there are 10,000 accounts.
        """
        if len(self._service.accounts) >= MAX_ACCOUNTS:
            raise ValueError(f"there are {MAX_ACCOUNTS:,} accounts already. Close some of them")
        self._created_accounts += 1
        number = self._created_accounts
        applications = {f"{APPLICATION_ID}-{number}": Application(APPLICATION_SECRET)}
        version = self._options.api_version if api_version is None else api_version
        options = AccountOptions(credit, (f"{API_KEY}-{number}",), applications, seed, rate_limit, version)
        account = SandboxAccount(options, self.url, self._allow_external_callbacks, self._service.accounts.remove)
        self._service.accounts.append(account)
        return account

    def serve_forever(self) -> None:
        """Serve until the process is interrupted."""
        while self._threads[0].is_alive():
            self._threads[0].join(0.5)

    def close(self) -> None:
        """Stop the server, close all connections, and stop the deliveries of all accounts."""
        self._server.shutdown()
        self._server.drop_connections()
        self._server.server_close()
        for thread in self._threads:
            thread.join()
        super().close()
        for account in self._service.accounts[1:]:
            account.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tick(self) -> None:
        while not self._server.closing.wait(TICK):
            for account in list(self._service.accounts):
                account.process_due()


class _Server(ThreadedWSGIServer):
    """A WSGI server that can close its connections."""

    daemon_threads = True

    def __init__(self, host: str, port: int, app: Service, handler: type[WSGIRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
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
        if len(self._connections) > MAX_CONNECTIONS:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        for connection in list(self._connections):
            with suppress(OSError):  # the client has closed it already
                connection.shutdown(socket.SHUT_RDWR)
        self.closing.set()


class _LoggingHandler(WSGIRequestHandler):
    """A handler that keeps connections open between requests, and injects faults."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = IDLE_TIMEOUT

    date = ""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the date of a response, by the account's clock."""
        return self.date or super().date_time_string(timestamp)

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        self.headers.replace_header("Expect", "")  # Werkzeug would send the interim response again
        return True

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:  # the client has disconnected, so the rest of the response cannot be sent
            self.rfile.close()

    def run_wsgi(self) -> None:
        response, fault, self.date = cast("Service", self.server.app).respond(environ := self.make_environ())
        server = cast("_Server", self.server)
        server.closing.wait(fault.delay)
        if fault.drop in ("before", "after"):
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
            socket.close(self.connection.detach())  # without a shutdown before it, which would not reset
            return
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * fault.interim_responses)
        body = b"" if response.is_streamed else response.get_data()
        if fault.malformed_json:
            body = body[: len(body) // 2]
            response.headers["Content-Length"] = str(len(body))
        self.send_response(response.status_code)
        for name, value in response.headers:
            self.send_header(name, value)
        if response.is_streamed or UNREAD_BODY in environ:
            self.send_header("Connection", "close")
        self.end_headers()
        if response.is_streamed:
            self._write(response.iter_encoded() if self.command != "HEAD" else (), STREAM_INTERVAL)
        elif self.command != "HEAD":
            self._write_body(body, fault)

    def _write_body(self, body: bytes, fault: Fault) -> None:
        if fault.drop == "body":
            body = body[: len(body) // 2]
            self.close_connection = True
        size = max(1, len(body) // (SLOW_BODY_CHUNKS if fault.slow_body else 1))
        chunks = (body[start : start + size] for start in range(0, len(body), size))
        self._write(chunks, fault.slow_body / SLOW_BODY_CHUNKS)
        self.wfile.write(b"?" * fault.unsolicited_bytes)

    def _write(self, chunks: Iterable[bytes], interval: float) -> None:
        """Send chunks with intervals between them, until the sandbox closes."""
        for chunk in chunks:
            self.wfile.write(chunk)
            if interval:
                self.wfile.flush()
                if cast("_Server", self.server).closing.wait(interval):
                    return


class _Handler(_LoggingHandler):
    """The same handler, without logging."""

    def log(self, type: str, message: str, *args: Any) -> None:
        return
