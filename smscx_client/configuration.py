"""Configuration: host, credentials, TLS, proxy, timeouts and retries of a client."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from copy import copy
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import urlsplit

from smscx_client._argument_checks import (
    check_bool,
    check_callable,
    check_header_value,
    check_headers,
    check_int,
    check_retries,
    check_seconds,
    check_string,
    check_timeout,
    check_total_timeout,
    check_url,
    secret,
)
from smscx_client._version import __version__
from smscx_client.exceptions import ApiAttributeError, ApiTypeError, ApiValueError
from smscx_client.http_info import Attempt

DEFAULT_HOST = "https://api.sms.cx"
DEFAULT_TIMEOUT = (5.0, 60.0)
SECRETS = frozenset({"api_key", "access_token", "password", "key_password", "proxy_headers"})

Timeout = float | tuple[float | None, float | None] | None


class Configuration:
    """Settings shared by all calls of a client.

    Options are checked when they are set, here or later: ``configuration.retries = 0``. Some options default to an
    environment variable, as noted below. Credentials are read from the environment only if you pass none, so that
    another account's key in the environment never pays for your calls.

    Args:
        host: Base URL of the service; default ``SMSCX_HOST``, otherwise ``https://api.sms.cx``.
        api_key: API key of the account; default ``SMSCX_API_KEY``. ``{"ApiKeyAuth": key}`` works too. If the
            key rotates, pass a function that returns the current one: the client calls it once for each call, and again
            after a 401.
        access_token: Access token; default ``SMSCX_ACCESS_TOKEN``. It is used instead of the API key if both are set.
        username: ID of an application.
        password: Secret of the application. If only ID and secret are set, the client fetches and renews access tokens.
        scope: Scopes of the access tokens that the client fetches, separated by spaces; None requests all of the
            application's.
        timeout: Seconds to wait for the connection, and for each part of the response: one number, or
            ``(connect, read)``. None means no limit. It applies to each attempt.
        total_timeout: Maximum seconds for a call, its retries, delays and token request included; None means no limit.
            Name resolution cannot be interrupted and is not included.
        retries: How often a request is retried after a failure, 0 to 100; False means never. A call that costs money is
            retried only if the request never reached the service or was rejected with 429.
        max_retry_delay: Longest delay before a retry, in seconds. If the service asks for a longer one, the call raises
            at once.
        throttle: Whether to wait for the rate-limit window to reset if no request is left in it, instead of sending a
            request that gets a 429.
        verify_ssl: Whether to check the service's certificate. False lets an attacker read your credential.
        ssl_ca_cert: File with the certificates to trust; None uses certifi's.
        cert_file: File with a client certificate.
        key_file: File with the private key of the client certificate.
        key_password: Password of that file.
        assert_hostname: Host name that the service's certificate must have, if it is not the URL's; False accepts any.
        proxy: ``http://`` or ``https://`` URL of a proxy; False for none; None reads ``HTTPS_PROXY`` and
            ``HTTP_PROXY``.
        proxy_headers: Headers for the proxy only.
        no_proxy: Hosts to connect to without the proxy, separated by commas; None reads ``NO_PROXY``.
        connection_pool_maxsize: How many connections are kept open for the threads that share a client.
        client_side_validation: Whether arguments are checked before they are sent.
        allow_paid_calls: Whether operations that cost money may be called. False makes them raise before anything is
            sent; default ``SMSCX_ALLOW_PAID_CALLS``, otherwise True.
        max_response_size: Maximum size of a response body in bytes, after decompression; default 256 MiB.
        on_attempt: Called after each attempt with an :class:`~smscx_client.http_info.Attempt`. An exception that it
            raises is logged and does not change the call.
        debug: Whether to set the logger ``smscx_client`` to DEBUG, so that it logs one line per attempt.

    Raises:
        ApiTypeError: an option has the wrong type.
        ApiValueError: an option has a value that is not allowed.
    """

    host: str
    api_key: str | Callable[[], str] | None
    access_token: str | None
    username: str | None
    password: str | None
    scope: str | None
    timeout: Timeout
    total_timeout: float | None
    retries: int
    max_retry_delay: float
    throttle: bool
    verify_ssl: bool
    ssl_ca_cert: str | None
    cert_file: str | None
    key_file: str | None
    key_password: str | None
    assert_hostname: str | bool | None
    proxy: str | bool | None
    proxy_headers: Mapping[str, str] | None
    no_proxy: str | None
    connection_pool_maxsize: int
    client_side_validation: bool
    allow_paid_calls: bool
    max_response_size: int
    on_attempt: Callable[[Attempt], object] | None
    debug: bool

    _revision: int
    """Number of changes. Pools and tokens of an older revision are discarded."""

    _default: ClassVar[Configuration | None] = None

    def __init__(
        self,
        host: str | None = None,
        api_key: str | Mapping[str, str] | Callable[[], str] | None = None,
        access_token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        *,
        scope: str | None = None,
        timeout: Timeout = DEFAULT_TIMEOUT,
        total_timeout: float | None = 600.0,
        retries: int = 2,
        max_retry_delay: float = 60.0,
        throttle: bool = False,
        verify_ssl: bool = True,
        ssl_ca_cert: str | None = None,
        cert_file: str | None = None,
        key_file: str | None = None,
        key_password: str | None = None,
        assert_hostname: str | bool | None = None,
        proxy: str | bool | None = None,
        proxy_headers: Mapping[str, str] | None = None,
        no_proxy: str | None = None,
        connection_pool_maxsize: int = 64,
        client_side_validation: bool = True,
        allow_paid_calls: bool | None = None,
        max_response_size: int = 268_435_456,
        on_attempt: Callable[[Attempt], object] | None = None,
        debug: bool = False,
    ) -> None:
        # Error trackers show the variables of a function that raises.
        api_key, access_token, password = secret(api_key), secret(access_token), secret(password)
        key_password, proxy, proxy_headers = secret(key_password), secret(proxy), secret(proxy_headers)
        environment = os.environ.get
        if api_key is None and access_token is None and username is None and password is None:
            api_key = secret(environment("SMSCX_API_KEY")) or None
            access_token = secret(environment("SMSCX_ACCESS_TOKEN")) or None
        self.__dict__["_revision"] = 0
        self.host = host if host is not None else environment("SMSCX_HOST") or DEFAULT_HOST
        self.api_key = cast("str | Callable[[], str] | None", api_key)
        self.access_token = access_token
        self.username = username
        self.password = password
        self.scope = scope
        self.timeout = timeout
        self.total_timeout = total_timeout
        self.retries = retries
        self.max_retry_delay = max_retry_delay
        self.throttle = throttle
        self.verify_ssl = verify_ssl
        self.ssl_ca_cert = ssl_ca_cert
        self.cert_file = cert_file
        self.key_file = key_file
        self.key_password = key_password
        self.assert_hostname = assert_hostname
        self.proxy = proxy
        self.proxy_headers = proxy_headers
        self.no_proxy = no_proxy
        self.connection_pool_maxsize = connection_pool_maxsize
        self.client_side_validation = client_side_validation
        self.allow_paid_calls = _paid_calls_allowed() if allow_paid_calls is None else allow_paid_calls
        self.max_response_size = max_response_size
        self.on_attempt = on_attempt
        self.debug = debug

    if not TYPE_CHECKING:  # type checkers should find misspelt options

        def __setattr__(self, name: str, value: object) -> None:
            check = _CHECKS.get(name)
            if check is None:
                raise ApiAttributeError(f"unknown option {name!r}; valid options: {', '.join(_CHECKS)}")
            if name in SECRETS or name == "proxy":
                value = secret(value)
            checked = check(name, value)
            if name == "debug" and checked != self.__dict__.get(name, False):
                logging.getLogger("smscx_client").setLevel(logging.DEBUG if checked else logging.NOTSET)
            self.__dict__[name] = checked
            self.__dict__["_revision"] += 1

    def __repr__(self) -> str:
        options = ", ".join(
            f"{name}={_masked(name, value)}" for name, value in self.__dict__.items() if name in _CHECKS
        )
        return f"Configuration({options})"

    @classmethod
    def set_default(cls, default: Configuration | None) -> None:
        """Set the configuration that ``ApiClient()`` and ``NumbersApi()`` copy; None unsets it."""
        cls._default = copy(default)

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """Return a copy of the default configuration, or one read from the environment if none was set."""
        return copy(cls._default) if cls._default is not None else Configuration()

    def to_debug_report(self) -> str:
        """Return versions and options without credentials, for a support request."""
        import platform  # slow to import
        from importlib.metadata import version

        return (
            f"smscx_client {__version__}, urllib3 {version('urllib3')}, "
            f"Python {platform.python_version()} on {platform.platform()}\n{self!r}"
        )


def _paid_calls_allowed() -> bool:
    value = os.environ.get("SMSCX_ALLOW_PAID_CALLS", "").strip().lower()
    if value in ("", "1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise ApiValueError("SMSCX_ALLOW_PAID_CALLS must be 0 or 1")


def _masked(name: str, value: object) -> str:
    if name in SECRETS and value is not None:
        return "'***'"
    if name in ("proxy", "host") and isinstance(value, str):
        login, at, address = str(value).rpartition("@")
        return repr(f"{login.partition('//')[0]}//***@{address}" if at else str(value))
    return repr(value)


def _host(name: str, value: object) -> str:
    url = check_url(name, value, f"a URL such as {DEFAULT_HOST}")
    parts = urlsplit(url)
    if parts.username is not None or parts.query or parts.fragment:
        raise ApiValueError(f"{name} must be a URL such as {DEFAULT_HOST}: without user, query or fragment")
    return url.rstrip("/")


def _credential(name: str, value: object) -> str | None:
    return None if value is None else check_header_value(name, value)


def _api_key(name: str, value: object) -> object:
    if callable(value):
        return value
    if isinstance(value, Mapping):
        keys = cast("Mapping[object, object]", value)
        if set(keys) != {"ApiKeyAuth"}:
            raise ApiValueError(f'{name} as a dict must be {{"ApiKeyAuth": key}}')
        value = keys["ApiKeyAuth"]
    return _credential(name, value)


def _username(name: str, value: object) -> str | None:
    if isinstance(value, str) and ":" in value:
        raise ApiValueError(f"{name} must not contain a colon: HTTP Basic authentication cannot carry it")
    return _credential(name, value)


def _path(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)):
        raise ApiTypeError(f"{name} must be a path or None, not {type(value).__name__}")
    path = str(os.fspath(cast("str | os.PathLike[str]", value)))
    if not os.path.exists(path):  # noqa: PTH110 - pathlib is slow to import
        raise ApiValueError(f"{name}: file not found: {path!r}")
    return path


def _timeout(name: str, value: object) -> object:
    check_timeout(name, value)
    return value


def _hostname(name: str, value: object) -> object:
    if value is True or not (value is None or isinstance(value, (str, bool))):
        raise ApiTypeError(f"{name} must be a host name, False for any, or None for the host of the URL")
    return value


def _proxy(name: str, value: object) -> object:
    if value is None or value is False:
        return value
    return check_url(
        name, value, "a URL such as http://proxy.example:3128, False for none, or None for the environment"
    )


def _at_least_1(name: str, value: object) -> int:
    return check_int(name, value, 1)


def _proxy_headers(name: str, value: object) -> Mapping[str, str] | None:
    return None if value is None else check_headers(name, value)


_CHECKS: Mapping[str, Callable[[str, object], object]] = {
    "host": _host,
    "api_key": _api_key,
    "access_token": _credential,
    "username": _username,
    "password": _credential,
    "scope": check_string,
    "timeout": _timeout,
    "total_timeout": check_total_timeout,
    "retries": check_retries,
    "max_retry_delay": check_seconds,
    "throttle": check_bool,
    "verify_ssl": check_bool,
    "ssl_ca_cert": _path,
    "cert_file": _path,
    "key_file": _path,
    "key_password": check_string,
    "assert_hostname": _hostname,
    "proxy": _proxy,
    "proxy_headers": _proxy_headers,
    "no_proxy": check_string,
    "connection_pool_maxsize": _at_least_1,
    "client_side_validation": check_bool,
    "allow_paid_calls": check_bool,
    "max_response_size": _at_least_1,
    "on_attempt": check_callable,
    "debug": check_bool,
}
