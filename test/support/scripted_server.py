"""A real HTTP server on loopback that replies, or fails, as a test defines."""

from __future__ import annotations

import json
import select
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True)
class Request:
    """A recorded request."""

    method: str
    target: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """A response to send. A dict or list as body is sent as JSON.

    ``before`` and ``after`` are bytes sent around the response. ``fault`` is a failure after the request was read:

    - ``reset``, ``close``: the connection is reset or closed without a response.
    - ``garbage``: bytes that are not HTTP.
    - ``truncated``: half of a body, then the end of the connection.
    - ``stall``: no response while the client waits.
    - ``drip``, ``drip body``: the response, or its body, one byte per 0.1 seconds for 30 seconds.
    """

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None
    before: bytes = b""
    after: bytes = b""

    def to_bytes(self) -> bytes:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        headers = {"Content-Length": str(len(body)), **self.headers}
        reason = HTTPStatus(self.status).phrase if self.status in list(HTTPStatus) else "Unknown"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} {reason}\r\n{head}\r\n".encode("latin-1") + body


Handler = Callable[[Request], Reply]


class ScriptedServer:
    """A server that replies with a function, or with a list of replies; a request beyond the list gets a 599.

    Attributes:
        requests: Every request that was read to its end, in order.
        connections: How many connections were accepted.
        open_sockets: The connections that are open now.
        reset_unread: How many of the next connections are reset when a request arrives, before it is read.
    """

    def __init__(self, handler: Handler | Iterable[Reply], *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        if callable(handler):
            self._handler = handler
        else:
            replies = iter(list(handler))
            self._handler = lambda _: next(replies, Reply(599, {"error": {"message": "one request too many"}}))
        self._tls = tls
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.requests: list[Request] = []
        self.connections = 0
        self.reset_unread = 0
        self.open_sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{'localhost' if tls else '127.0.0.1'}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening, and close every connection."""
        self._closing.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # a listening socket has no other side on some systems
        self._listener.close()
        for connection in list(self.open_sockets):
            self._drop(connection)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                if self.reset_unread:
                    self.reset_unread -= 1
                    threading.Thread(target=_reset_unread, args=(connection,), daemon=True).start()
                    continue
                self.open_sockets.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        connection: socket.socket = raw
        try:
            if self._tls:
                connection = self._tls.wrap_socket(raw, server_side=True)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.makefile("rb") as stream:
                while self._serve_one(connection, stream):
                    pass
        except OSError:
            pass  # the client, or close(), dropped the connection
        finally:
            self._drop(connection)
            with self._lock:
                self.open_sockets.discard(raw)

    def _serve_one(self, connection: socket.socket, stream: Any) -> bool:
        head = stream.readline(65536)
        if not head.strip():
            return False
        method, target, _ = head.decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while (line := stream.readline(65536).strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        request = Request(method, target, headers, stream.read(int(headers.get("content-length", "0"))))
        with self._lock:
            self.requests.append(request)
            reply = self._handler(request)
        return self._send(connection, reply)

    def _send(self, connection: socket.socket, reply: Reply) -> bool:
        if reply.fault == "stall":
            select.select([connection], [], [], 30)  # ends when the client disconnects, or close() drops the connection
        elif reply.fault == "reset":
            _reset(connection)
        elif reply.fault == "garbage":
            connection.sendall(b"\x00\xff this is no HTTP\r\n\r\n")
        elif reply.fault == "truncated":
            whole = Reply(reply.status, b" " * 100, reply.headers).to_bytes()
            connection.sendall(whole[:-50])
        elif reply.fault in ("drip", "drip body"):
            self._drip(connection, reply)
        elif reply.fault != "close":
            connection.sendall(reply.before + reply.to_bytes() + reply.after)
            return True
        return False

    def _drip(self, connection: socket.socket, reply: Reply) -> None:
        whole = Reply(reply.status, b" " * 1000, {**reply.headers, "X-Padding": "x" * 1000}).to_bytes()
        start = whole.index(b"\r\n\r\n") + 4 if reply.fault == "drip body" else 0
        connection.sendall(whole[:start])
        for byte in whole[start:][:300]:
            connection.sendall(bytes([byte]))
            if self._closing.wait(0.1):
                return

    def _drop(self, connection: socket.socket) -> None:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is gone already
        connection.close()


def _reset_unread(connection: socket.socket) -> None:
    select.select([connection], [], [], 5)
    _reset(connection)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    )
    connection.close()


def no_server_url() -> str:
    """Return a URL on loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
