"""The urllib3 pool behind a client: TLS, proxies, timeouts, sending again."""

from __future__ import annotations

import logging
import os
import random
import re
import ssl
import time
import warnings
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote, urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    InvalidHeader,
    LocationParseError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import Retry, Timeout, make_headers

from smscx_client.configuration import Configuration, read_timeout
from smscx_client.exceptions import ApiConnectionException, ApiTimeoutException
from smscx_client.http_info import wait_asked
from smscx_client.pace import Pace
from smscx_client.sleeping import sleep

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self
    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

    from smscx_client.operation import Operation

TURNED_AWAY = frozenset({429})
PASSING = TURNED_AWAY | {500, 502, 503, 504}
FIRST_WAIT = 0.5
"""Seconds: the longest wait before the first repetition, doubled for each further one."""
_LOOPBACK = r"localhost|127(\.\d+){3}|::1|.+\.localhost"

logger: logging.Logger = logging.getLogger("smscx_client")


class _HandshakeError(SSLError):
    """TLS could not be agreed on, so no request was sent."""


class _GaveUp(HTTPError):
    """A request is not sent again: why, and how often it was sent."""

    def __init__(self, cause: Exception, attempts: int) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.attempts = attempts


class _Connecting:
    """How our connections differ from urllib3's: a failure to connect is told from a failure to send, an answer that
    makes no sense from a mistake of ours, and a body gets the time that an answer gets, not the time to connect.
    """

    def __init__(self, *args: Any, send_timeout: float | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._send_timeout = send_timeout

    def connect(self: Any) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except ssl.SSLError as exc:
            raise _HandshakeError(exc) from exc
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


class _HttpConnection(_Connecting, HTTPConnection):
    pass


class _HttpsConnection(_Connecting, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection  # pyright: ignore[reportAssignmentType]


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection  # pyright: ignore[reportAssignmentType]


class _SendAgain(Retry):
    """When a request is sent again, which is the operation's to say, and after what wait."""

    operation: Operation[Any]
    wait_max: float
    sends: int
    pace: Pace | None
    pause = 0.0
    started = 0.0

    @classmethod
    def for_operation(cls, operation: Operation[Any], configuration: Configuration, pace: Pace | None) -> Self:
        policy = cls(
            total=configuration.retries,
            read=None if operation.repeatable else False,
            other=0,
            redirect=False,
            status_forcelist=PASSING if operation.repeatable else TURNED_AWAY,
            allowed_methods=None,
            raise_on_status=False,
        )
        policy.operation = operation
        policy.wait_max = configuration.retry_wait_max
        policy.sends = configuration.retries + 1
        policy.pace = pace
        return policy

    def new(self, **changes: Any) -> Self:
        following = super().new(**changes)
        following.operation = self.operation
        following.wait_max = self.wait_max
        following.sends = self.sends
        following.pace = self.pace
        return following

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return len(self.history) + 1

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:  # noqa: FBT002
        return status_code in self.status_forcelist

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        what = str(response.status) if response is not None else type(error).__name__
        if self.pace is not None and response is not None:
            self.pace.learn(response.headers)
        path = self.operation.path  # and not the url, for it may hold a phone number, and urllib3 logs it
        try:
            following = super().increment(method, path, response, error, _pool, _stacktrace)
        except HTTPError as exc:
            if error is None:
                raise  # urlopen returns the answer then
            self.log_attempt(what)
            raise _GaveUp(error, self.attempt) from exc
        following.pause = self._wait_before_next(response)
        if following.pause > self.wait_max:
            raise MaxRetryError(_pool, path)  # type: ignore[arg-type]
        self.log_attempt(what, response)
        logger.warning(
            "%s: attempt %d of %d: %s; again in %.2f s",
            self.operation.name,
            self.attempt,
            self.sends,
            what,
            following.pause,
        )
        return following

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        sleep(self.pause, self.operation.name, len(self.history))
        self.started = time.perf_counter()

    def log_attempt(self, what: str, response: BaseHTTPResponse | None = None) -> None:
        """A line about the attempt that has just ended."""
        logger.debug(
            "%s: %s %s: %s after %.1f ms, attempt %d, request id %s",
            self.operation.name,
            self.operation.method,
            self.operation.path,
            what,
            (time.perf_counter() - self.started) * 1000,
            self.attempt,
            response.headers.get("X-Request-Id") if response is not None else None,
        )

    def _is_read_error(self, err: Exception) -> bool:
        broken = isinstance(err, SSLError) and not isinstance(err, _HandshakeError)
        return broken or super()._is_read_error(err)

    def _wait_before_next(self, response: BaseHTTPResponse | None) -> float:
        asked = wait_asked(response.status, response.headers) if response is not None else None
        if asked is not None:
            return asked
        return random.uniform(0, min(self.wait_max, FIRST_WAIT * 2 ** len(self.history)))


class _NumberMask(logging.Filter):
    """Takes phone numbers out of what urllib3 logs about a request: its log lines hold the path."""

    _in_path = r"(/numbers/(?:validate|lookup)/)(?!lookup(?:Bulk)?Id/)[^/?\s]+"

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(self._masked(part) if isinstance(part, str) else part for part in record.args)
        return True

    def _masked(self, text: str) -> str:
        return re.sub(self._in_path, r"\1{phoneNumber}", text)


logging.getLogger("urllib3.connectionpool").addFilter(_NumberMask())


class RESTClient:
    """Sends requests through one pool of connections, which threads share, and which a forked child makes anew."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._built: _Built | None = None

    def request(
        self,
        operation: Operation[Any],
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: object = None,
        preload: bool = True,  # noqa: FBT002
    ) -> BaseHTTPResponse:
        """Send a request, again where that is safe and may help, and return the last answer, whatever its status.

        Raises:
            ApiTimeoutException: no answer came in time.
            ApiConnectionException: no usable answer came.
        """
        built = self._built
        if built is None or built.stamp != (os.getpid(), self._configuration.revision):
            _warn_of_plain_http(self._configuration.host)
            built = self._built = _Built(self._configuration)
        policy = built.policy(operation)
        if built.pace is not None:
            built.pace.wait_turn(operation.name)
        try:
            response = built.pool.urlopen(
                operation.method,
                built.prefix + target,
                body,
                headers,
                policy,
                False,
                False,
                built.timeout if timeout is None else _timeout(timeout),
                preload_content=preload,
            )
        except _GaveUp as exc:
            _fail(operation, exc.cause, exc.attempts)
        except HTTPError as exc:
            _fail(operation, exc, 1)
        if built.pace is not None:
            built.pace.learn(response.headers)
        if policy.started and isinstance(response.retries, _SendAgain):
            response.retries.log_attempt(str(response.status), response)
        return response

    def close(self) -> None:
        """Close the connections that are not in use; a later request opens new ones."""
        if self._built is not None:
            self._built.pool.close()
            self._built = None


class _Built:
    """What is made of one revision of a configuration, in one process."""

    def __init__(self, configuration: Configuration) -> None:
        self.stamp = (os.getpid(), configuration.revision)
        self._configuration = configuration
        self.pace = Pace(configuration.retry_wait_max) if configuration.pace else None
        self._policy_for = lru_cache(maxsize=64)(self._new_policy)
        connect, read = read_timeout("timeout", configuration.timeout)
        self.timeout = Timeout(connect=connect, read=read)
        address = urlsplit(configuration.host)
        proxy = _proxy_for(configuration)
        self.pool = _pool_manager(configuration, proxy).connection_from_url(configuration.host)
        self.pool.conn_kw["send_timeout"] = read
        forwarded = proxy is not None and address.scheme == "http"
        self.prefix = configuration.host if forwarded else address.path

    def policy(self, operation: Operation[Any]) -> _SendAgain:
        """How the operation is sent; when a line per attempt is logged, with the time at which it began."""
        policy = self._policy_for(operation)
        if logger.isEnabledFor(logging.DEBUG):
            policy = policy.new()
            policy.started = time.perf_counter()
        return policy

    def _new_policy(self, operation: Operation[Any]) -> _SendAgain:
        return _SendAgain.for_operation(operation, self._configuration, self.pace)


@cache
def _warn_of_plain_http(host: str) -> None:
    """Warn, once for a host, that credentials can be read on their way."""
    address = urlsplit(host)
    if address.scheme == "http" and not re.fullmatch(_LOOPBACK, address.hostname or ""):
        warnings.warn(f"{host} is not https: credentials go over the network in the clear", stacklevel=5)


def attempts_of(response: BaseHTTPResponse) -> int:
    """How often the request was sent until this answer came."""
    return response.retries.attempt if isinstance(response.retries, _SendAgain) else 1


def body_of(response: BaseHTTPResponse) -> bytes:
    """The body of an answer that is no success; empty where it cannot be read, for the status matters more."""
    try:
        return response.data
    except HTTPError:
        return b""


def _pool_manager(configuration: Configuration, proxy: str | None) -> PoolManager:
    options: dict[str, Any] = {"maxsize": configuration.connection_pool_maxsize, "num_pools": 1}
    if configuration.host.startswith("https:"):
        options |= _tls_options(configuration)
    manager = PoolManager(**options)
    if proxy is not None:
        parts = urlsplit(proxy)
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        headers = {**(configuration.proxy_headers or {}), **make_headers(proxy_basic_auth=login)}
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        manager = ProxyManager(bare, proxy_headers=headers, **options)
    manager.pool_classes_by_scheme |= {"http": _HttpPool, "https": _HttpsPool}
    return manager


def _tls_options(configuration: Configuration) -> dict[str, Any]:
    from certifi import where  # plain http does without, and it is slow to import

    options = {
        "cert_reqs": "CERT_REQUIRED" if configuration.verify_ssl else "CERT_NONE",
        "ca_certs": configuration.ssl_ca_cert or where(),
        "cert_file": configuration.cert_file,
        "key_file": configuration.key_file,
        "key_password": configuration.key_password,
        "assert_hostname": configuration.assert_hostname,
    }
    return {name: value for name, value in options.items() if value is not None}


def _proxy_for(configuration: Configuration) -> str | None:
    if configuration.proxy is False:
        return None
    from urllib.request import getproxies_environment  # slow to import
    from urllib.request import proxy_bypass_environment as bypasses  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue,reportUnknownVariableType]

    address = urlsplit(configuration.host)
    environment = getproxies_environment()
    proxy = configuration.proxy or environment.get(address.scheme)
    direct = configuration.no_proxy if configuration.no_proxy is not None else environment.get("no", "")
    if not proxy or (direct and bypasses(address.netloc, {"no": direct})):
        return None
    return str(proxy)


def _timeout(seconds: object) -> Timeout:
    connect, read = read_timeout("_request_timeout", seconds)
    return Timeout(connect=connect, read=read)


def _fail(operation: Operation[Any], cause: Exception, attempts: int) -> NoReturn:
    never_sent = isinstance(cause, (ConnectTimeoutError, _HandshakeError, ProxyError, LocationParseError))
    late = isinstance(cause, (ReadTimeoutError, ConnectTimeoutError)) and not isinstance(cause, NewConnectionError)
    late = late or any(isinstance(part, TimeoutError) for part in cause.args)
    raise (ApiTimeoutException if late else ApiConnectionException)(
        reason=re.sub(r"^_Https?Pool\(.*?\): ", "", str(cause)),
        operation=operation.name,
        attempts=attempts,
        outcome_unknown=not (operation.repeatable or never_sent),
        find_out=operation.find_out,
    ) from cause
