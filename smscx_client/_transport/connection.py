"""urllib3 connections that keep the deadline of a call, and never return the response to another request."""

from __future__ import annotations

import io
import socket
import ssl
import struct
import sys
from contextlib import suppress
from http.client import HTTPException, IncompleteRead, parse_headers
from http.client import HTTPResponse as StandardResponse
from queue import Empty, Full, LifoQueue
from typing import TYPE_CHECKING, Any, cast

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    InvalidHeader,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
)
from urllib3.util.connection import allowed_gai_family, create_connection
from urllib3.util.ssl_match_hostname import CertificateError
from urllib3.util.ssltransport import SSLTransport

from smscx_client._transport.call import active_call

if TYPE_CHECKING:
    from urllib3._base_connection import BaseHTTPConnection

MAX_INTERIM_RESPONSES = 100
SEND_SIZE = 65_536
"""Bytes sent at a time, so that a slow reader cannot hold up a call beyond its deadline."""
UNACKNOWLEDGED_DATA_TIMEOUT = 60_000
"""Milliseconds. It must be shorter than the settling time of a journal."""
_LINGER_FORMAT = "hh" if sys.platform == "win32" else "ii"


class HandshakeError(SSLError):
    """The TLS handshake failed, so no request was sent."""


class TunnelError(ProxyError):
    """The proxy rejected the tunnel, so no request was sent."""


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket, each time for no longer than the active call has left.

    After the call, if the caller reads the body, only the read timeout counts.
    """

    exhausted = False
    """Whether the response has ended, so that nothing more is read for it."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        self._raw = raw
        self._socket = connection
        self._call = active_call.get()

    def makefile(self, _: str) -> io.BufferedReader:
        """Return the file that http.client reads a response from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.exhausted:
            return None
        call = active_call.get()
        if call is None:
            if self._call is not None and self._call.timeouts is not None:
                self._socket.settimeout(self._call.timeouts[1])
        else:
            call.limit_socket(self._socket)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(StandardResponse):
    """A response that skips interim responses, and that notices bytes after its end."""

    def __init__(self, connection: _Connection, sock: socket.socket, *args: Any, **options: Any) -> None:
        self._connection = connection
        self._socket = sock
        self._reader: _DeadlineReader | None = None
        source: Any = sock
        if isinstance(sock, (socket.socket, SSLTransport)):  # test doubles replace sockets, and have no time limits
            source = self._reader = _DeadlineReader(sock.makefile("rb", 0), sock)
        super().__init__(source, *args, **options)

    def _read_status(self) -> tuple[str, int, str]:
        # RFC 9110, 15.2: any number of interim responses may come before the final one; http.client skips 100 only.
        for _ in range(MAX_INTERIM_RESPONSES + 1):
            status_line = cast("tuple[str, int, str]", super()._read_status())  # type: ignore[misc]
            _, status, _ = status_line
            if not 100 <= status < 200:
                return status_line
            if status == 101:
                raise ProtocolError("the service switched protocols, which the client did not ask for")
            parse_headers(self.fp)
        raise ProtocolError(f"more than {MAX_INTERIM_RESPONSES} interim responses")

    def _read_next_chunk_size(self) -> int:
        size = cast("int", super()._read_next_chunk_size())  # type: ignore[misc]
        if size < 0:  # http.client would read without limit
            raise IncompleteRead(b"")
        return size

    def _close_conn(self) -> None:
        reader = self._reader
        if reader is not None and not self.will_close:
            # Bytes that were read after the response would be taken for the next one. If there are more in the socket,
            # urllib3 discards the connection.
            reader.exhausted = True
            self._connection.reusable = not (_pending(self._socket) or self.fp.peek(1))
        super()._close_conn()  # type: ignore[misc]


def _pending(connection: socket.socket | SSLTransport) -> int:
    """Return how many bytes arrived over TLS and were not read yet."""
    if isinstance(connection, SSLTransport):  # TLS in the TLS of a proxy
        inner: Any = connection  # urllib3 does not declare these types
        return cast("int", inner.incoming.pending + inner.sslobj.pending())
    return connection.pending() if isinstance(connection, ssl.SSLSocket) else 0


def _discard_unsent_data(connection: Any, *, discard: bool) -> None:
    """Tell the system whether to discard what it has not sent when the connection closes, or the process is killed.

    Otherwise the system may deliver a request long after nobody waits for its response.
    """
    raw: socket.socket = connection.socket if isinstance(connection, SSLTransport) else connection
    timeout = UNACKNOWLEDGED_DATA_TIMEOUT if discard else 0
    with suppress(OSError, AttributeError):  # test doubles replace sockets, and not every system has these options
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER_FORMAT, discard, 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout)


class _Connection:
    """A urllib3 connection that keeps the deadline of the active call.

    It tells "could not connect" from "could not send", and reports an unparsable response as a protocol error. While it
    sends the body, the read timeout applies.
    """

    reusable = True
    discards_unsent_data = False

    def connect(self: Any) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except (ssl.SSLError, SSLError, CertificateError) as exc:
            raise HandshakeError(exc) from exc
        except TimeoutError as exc:
            raise ConnectTimeoutError(self, "could not connect in time") from exc
        except (OSError, HTTPException, ProtocolError, ValueError) as exc:
            if str(exc).startswith("Tunnel connection failed: 4"):
                raise TunnelError(str(exc), exc) from exc
            raise NewConnectionError(self, str(exc)) from exc

    def request(self: Any, *args: Any, **options: Any) -> None:
        if self.sock is None:
            self.connect()
        call = active_call.get()
        if call is not None:
            self.timeout = call.limit(self.timeout if call.timeouts is None else call.timeouts[1])
            if not call.operation.idempotent:
                self.discards_unsent_data = True
                _discard_unsent_data(self.sock, discard=True)
            if call.recorder is not None:
                call.recorder.before_send()
        super().request(*args, **options)  # type: ignore[misc]

    def keep_unsent_data(self: Any) -> None:
        self.discards_unsent_data = False
        if self.sock is not None:
            _discard_unsent_data(self.sock, discard=False)

    def send(self: Any, data: Any) -> None:
        call = active_call.get()
        if call is None or len(data) <= SEND_SIZE:
            super().send(data)  # type: ignore[misc]
            return
        view = memoryview(data)
        for start in range(0, len(view), SEND_SIZE):
            call.limit_socket(self.sock)
            super().send(view[start : start + SEND_SIZE])  # type: ignore[misc]

    def response_class(self, sock: socket.socket, *args: Any, **options: Any) -> _Response:
        return _Response(self, sock, *args, **options)

    def getresponse(self) -> Any:
        try:
            return super().getresponse()  # type: ignore[misc]
        except (DecodeError, InvalidHeader, ValueError) as exc:
            raise ProtocolError(str(exc), exc) from exc

    def _new_conn(self: Any) -> socket.socket:
        """Connect to the first address that accepts. urllib3 gives each one the whole timeout, past the deadline."""
        call = active_call.get()
        failure: OSError | None = None
        found = socket.getaddrinfo(self._dns_host.strip("[]"), self.port, allowed_gai_family(), socket.SOCK_STREAM)
        for *_, address in found:
            timeout = self.timeout if call is None else call.limit(self.timeout)
            try:
                connection = create_connection(
                    (str(address[0]), self.port), timeout, self.source_address, self.socket_options
                )
            except OSError as exc:
                failure = exc
                continue
            if call is not None:
                call.limit_socket(connection)  # for the TLS handshake
            return connection
        raise failure or OSError("the host has no address")


class _HttpConnection(_Connection, HTTPConnection):  # type: ignore[misc]
    pass


class _HttpsConnection(_Connection, HTTPSConnection):  # type: ignore[misc]
    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> ssl.SSLSocket:
        """Connect to a proxy with TLS. Each read of the TLS inside gets no more time than the active call has left."""
        parent: Any = super()
        outer: ssl.SSLSocket = parent._connect_tls_proxy(hostname, sock)
        receive = outer.recv

        def receive_in_time(buflen: int = 1024, flags: int = 0) -> bytes:
            if call := active_call.get():
                call.limit_socket(outer)
            return receive(buflen, flags)

        outer.recv = receive_in_time  # type: ignore[method-assign]
        return outer


class _IdleConnections(LifoQueue[Any]):
    """A queue without locks: Ctrl-C inside a lock of ``queue.Queue`` leaves it locked, and closing the pool hangs."""

    def get(self, *_: object, **__: object) -> Any:
        try:
            return self.queue.pop()
        except IndexError:
            raise Empty from None

    def put(self, item: Any, *_: object, **__: object) -> None:
        if self.qsize() >= self.maxsize:
            raise Full
        self.queue.append(item)

    def qsize(self) -> int:
        return len(self.queue)


class _Pool:
    """A urllib3 pool that closes connections with unread bytes, and leaves the connections of test doubles alone."""

    QueueCls = _IdleConnections
    own_connections: tuple[type[HTTPConnection], type[HTTPConnection]]
    """urllib3's connection class, and the one that replaces it."""

    @property
    def ConnectionCls(self) -> Any:  # noqa: N802 - urllib3's name
        original, replacement = self.own_connections
        current = cast("type[HTTPConnection]", super().ConnectionCls)  # type: ignore[misc]
        return replacement if current is original else current

    def _put_conn(self, conn: BaseHTTPConnection | None) -> None:
        if conn is not None and not getattr(conn, "reusable", True):
            conn.close()
            cast("_Connection", conn).reusable = True
        if conn is not None and getattr(conn, "discards_unsent_data", False):
            cast("_Connection", conn).keep_unsent_data()
        super()._put_conn(conn)  # type: ignore[misc]


class HttpPool(_Pool, HTTPConnectionPool):  # type: ignore[override]
    own_connections = (HTTPConnection, _HttpConnection)


class HttpsPool(_Pool, HTTPSConnectionPool):  # type: ignore[override]
    own_connections = (HTTPSConnection, _HttpsConnection)
