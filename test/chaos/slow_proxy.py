"""A proxy that delivers requests that change something after a delay, even if their sender is gone by then."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from queue import Queue

CHUNK = 65536
METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ")
"""How requests start. The body of a request may arrive after its headers, and has the same delay."""


@contextmanager
def slow_proxy(host: str, port: int, delay: float) -> Generator[str]:
    """Start a proxy to a server on loopback, and yield its URL.

    Args:
        host: Address of the server.
        port: Port of the server.
        delay: Seconds between the arrival of a request that is not a GET and its delivery.
    """
    with socket.create_server((host, 0), backlog=128) as listener:
        threading.Thread(target=_accept, args=(listener, host, port, delay), daemon=True).start()
        try:
            yield f"http://{host}:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, host: str, port: int, delay: float) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server = socket.create_connection((host, port))
        for connection in (client, server):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received: Queue[tuple[float, bytes]] = Queue()
        for target, arguments in (
            (_receive, (client, received, delay)),
            (_deliver, (received, server)),
            (_return, (server, client)),
        ):
            threading.Thread(target=target, args=arguments, daemon=True).start()


def _receive(client: socket.socket, received: Queue[tuple[float, bytes]], delay: float) -> None:
    data, wait = b"?", 0.0
    while data:
        try:
            data = client.recv(CHUNK)
        except OSError:
            data = b""  # the client was killed
        if data.startswith(METHODS):
            wait = 0.0 if data.startswith(b"GET ") else delay
        received.put((time.monotonic() + wait, data))


def _deliver(received: Queue[tuple[float, bytes]], server: socket.socket) -> None:
    with suppress(OSError):
        while True:
            due, data = received.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not data:
                server.shutdown(socket.SHUT_WR)
                return
            server.sendall(data)


def _return(server: socket.socket, client: socket.socket) -> None:
    with suppress(OSError), client, server:
        while data := server.recv(CHUNK):
            with suppress(OSError):  # the client was killed
                client.sendall(data)
