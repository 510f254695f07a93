"""Connections: urllib3's, with a clear line between "could not connect" and "could not send"."""

from __future__ import annotations

import ssl
from typing import Any

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


class HandshakeError(SSLError):
    """The TLS handshake failed, so no request was sent."""


class _Connection:
    """A urllib3 connection that tells "could not connect" from "could not send", reports an unparsable response as a
    protocol error, and applies the read timeout while it sends the body.
    """

    def __init__(self, *args: Any, send_timeout: float | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._send_timeout = send_timeout

    def connect(self: Any) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except ssl.SSLError as exc:
            raise HandshakeError(exc) from exc
        except TimeoutError as exc:
            raise ConnectTimeoutError(self, f"no connection within {self.timeout} s") from exc
        except OSError as exc:
            if str(exc).startswith("Tunnel connection failed: 4"):
                raise ProxyError(str(exc), exc) from exc
            raise NewConnectionError(self, str(exc)) from exc

    def request(self: Any, *args: Any, **options: Any) -> None:
        if self.sock is None:
            self.connect()
        self.timeout = self._send_timeout
        super().request(*args, **options)  # type: ignore[misc]

    def getresponse(self) -> Any:
        try:
            return super().getresponse()  # type: ignore[misc]
        except (DecodeError, InvalidHeader) as exc:
            raise ProtocolError(str(exc), exc) from exc


class _HttpConnection(_Connection, HTTPConnection):
    pass


class _HttpsConnection(_Connection, HTTPSConnection):
    pass


class HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection  # pyright: ignore[reportAssignmentType]


class HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection  # pyright: ignore[reportAssignmentType]
