"""Configuration: where the service is, who asks, and how: TLS, proxy, timeouts, sending again."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import ClassVar, cast
from urllib.parse import urlsplit

from smscx_client._version import __version__
from smscx_client.exceptions import ApiAttributeError, ApiTypeError, ApiValueError

DEFAULT_HOST = "https://api.sms.cx"
DEFAULT_TIMEOUT = (5.0, 60.0)
SECRETS = frozenset({"api_key", "access_token", "password", "key_password", "proxy_headers"})

Timeout = float | tuple[float | None, float | None] | None
_NO_HEADER_TEXT = r"[^\x20-\x7e]"
_HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"


class Configuration:
    """Everything that a client needs to know beside the call itself.

    Options can be set later too: ``configuration.retries = 0``. They are checked where they are set. What is not given
    comes from the environment, then from the defaults. The environment's credentials count only where no credential is
    given here, so that a key in the environment never pays for another account's call.

    Args:
        host: Base URL of the service; ``SMSCX_HOST`` in the environment, else ``https://api.sms.cx``.
        api_key: The account's API key; ``SMSCX_API_KEY`` in the environment. ``{"ApiKeyAuth": key}`` works too.
        access_token: An access token, used in place of the API key where both are there; ``SMSCX_ACCESS_TOKEN`` in
            the environment.
        username: Id of an application.
        password: Secret of that application. With id and secret alone, the client fetches its own access tokens.
        scope: Scopes of the access tokens that the client fetches, separated by spaces; all of the application's where
            None.
        timeout: Seconds that a call may wait for the connection and for the answer, as one number or as
            ``(connect, read)``; None is no limit.
        retries: How often a request is sent again after a failure; 0 or False for never. What costs money is sent again
            only where it surely was not carried out.
        retry_wait_max: Longest wait before a request is sent again, in seconds. Where the service asks for more, the
            call raises at once.
        pace: Whether to wait for the end of the rate limit's window when nothing remains in it, rather than be refused.
        verify_ssl: Whether the service's certificate is checked.
        ssl_ca_cert: File of the certificates to trust; certifi's bundle where None.
        cert_file: File of the client's own certificate.
        key_file: File of its private key.
        key_password: Password of that file.
        assert_hostname: Name that the service's certificate must be for, where it is not the host's; False for any.
        proxy: URL of a proxy; False for none; None for what the environment says (``HTTPS_PROXY``, ``HTTP_PROXY``).
        proxy_headers: Headers for the proxy.
        no_proxy: Hosts that are reached without the proxy, separated by commas; ``NO_PROXY`` in the environment.
        connection_pool_maxsize: How many connections are kept open for the threads that share a client.
        client_side_validation: Whether arguments are checked before they are sent.
        debug: Whether the logger ``smscx_client`` lets a line per request through.

    Raises:
        ApiTypeError: an option has the wrong type.
        ApiValueError: an option has a value that cannot work.
    """

    host: str
    api_key: str | None
    access_token: str | None
    username: str | None
    password: str | None
    scope: str | None
    timeout: Timeout
    retries: int
    retry_wait_max: float
    pace: bool
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
    debug: bool

    revision: int
    """Counts the changes; what was built from an older revision has to be built again."""

    _default: ClassVar[Configuration | None] = None

    def __init__(
        self,
        host: str | None = None,
        api_key: str | Mapping[str, str] | None = None,
        access_token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        *,
        scope: str | None = None,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retries: int = 2,
        retry_wait_max: float = 60.0,
        pace: bool = False,
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
        debug: bool = False,
    ) -> None:
        environment = os.environ.get
        if api_key is None and access_token is None and username is None and password is None:
            api_key = environment("SMSCX_API_KEY") or None
            access_token = environment("SMSCX_ACCESS_TOKEN") or None
        self.__dict__["revision"] = 0
        self.host = host if host is not None else environment("SMSCX_HOST") or DEFAULT_HOST
        self.api_key = cast("str | None", api_key)
        self.access_token = access_token
        self.username = username
        self.password = password
        self.scope = scope
        self.timeout = timeout
        self.retries = retries
        self.retry_wait_max = retry_wait_max
        self.pace = pace
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
        self.debug = debug

    def __setattr__(self, name: str, value: object) -> None:
        check = _CHECKS.get(name)
        if check is None:
            raise ApiAttributeError(f"Configuration has no option {name!r}; it has {', '.join(_CHECKS)}")
        checked = check(name, value)
        if name == "debug" and checked != self.__dict__.get(name, False):
            logging.getLogger("smscx_client").setLevel(logging.DEBUG if checked else logging.NOTSET)
        self.__dict__[name] = checked
        self.__dict__["revision"] += 1

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={_masked(name, getattr(self, name))}" for name in _CHECKS)
        return f"Configuration({options})"

    @classmethod
    def set_default(cls, default: Configuration | None) -> None:
        """Make a copy of a configuration the one that ``ApiClient()`` and ``NumbersApi()`` start from."""
        cls._default = deepcopy(default)

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """A copy of the default configuration; one made from the environment where none was set."""
        return deepcopy(cls._default) if cls._default is not None else Configuration()

    def to_debug_report(self) -> str:
        """What the support team asks for: versions and options, without credentials."""
        import platform  # for who asks
        from importlib.metadata import version

        return (
            f"smscx_client {__version__}, urllib3 {version('urllib3')}, "
            f"Python {platform.python_version()} on {platform.platform()}\n{self!r}"
        )


def read_timeout(name: str, value: object) -> tuple[float | None, float | None]:
    """Seconds to wait for the connection and for the answer, of one number, of a pair or of None.

    Raises:
        ApiTypeError: it is neither.
        ApiValueError: a number is not above 0.
    """
    pair = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value, value)
    if len(pair) != 2 or not all(part is None or _is_number(part) for part in pair):
        raise ApiTypeError(f"{name} must be seconds, (connect, read) in seconds, or None for no limit")
    seconds = cast("tuple[float | None, float | None]", pair)
    if any(part is not None and not part > 0 for part in seconds):
        raise ApiValueError(f"{name} must be above 0 seconds; None is no limit")
    return seconds


def check_header_text(name: str, value: object) -> str:
    """A text that an HTTP header can carry; the message of an error does not show it.

    Raises:
        ApiTypeError: it is no text.
        ApiValueError: no header can carry it.
    """
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be str, not {type(value).__name__}")
    if not value.strip():
        raise ApiValueError(f"{name} is empty")
    if value != value.strip() or re.search(_NO_HEADER_TEXT, value):
        raise ApiValueError(
            f"{name} has a line break, a space at an end, or another character that no HTTP header can carry"
        )
    return value


def check_headers(name: str, headers: object) -> dict[str, str]:
    """Headers that HTTP can carry, as a dict of their own; the message of an error shows no value.

    Raises:
        ApiTypeError: they are no mapping of texts to texts.
        ApiValueError: a name or a value cannot be carried.
    """
    if not isinstance(headers, Mapping):
        raise ApiTypeError(f"{name} must be a dict of str, not {type(headers).__name__}")
    given = cast("Mapping[str, object]", headers)
    for header in given:
        if not re.fullmatch(_HEADER_NAME, check_header_text(f"a header's name in {name}", header)):
            raise ApiValueError(f"{name}: {header!r} is no name of an HTTP header")
    return {header: check_header_text(f"{name}[{header!r}]", value) for header, value in given.items()}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _masked(name: str, value: object) -> str:
    if name in SECRETS and value is not None:
        return "'***'"
    if name in ("proxy", "host") and isinstance(value, str):
        return repr(re.sub(r"//[^/@]*@", "//***@", value))
    return repr(value)


def _host(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be str, not {type(value).__name__}")
    problem = _url_problem(value, ("http", "https"))
    if problem or urlsplit(value).username is not None or urlsplit(value).query or urlsplit(value).fragment:
        raise ApiValueError(f"{name} must be a URL such as {DEFAULT_HOST}: {problem or 'no user, query or fragment'}")
    return value.rstrip("/")


def _url_problem(value: str, schemes: tuple[str, ...]) -> str | None:
    if re.search(r"[\x00-\x20\x7f]", value):
        return "it holds a space or a line break"
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as exc:
        return str(exc)
    if parts.scheme not in schemes:
        return f"it must start with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    return None if parts.hostname else "it names no host"


def _credential(name: str, value: object) -> str | None:
    return None if value is None else check_header_text(name, value)


def _api_key(name: str, value: object) -> str | None:
    if isinstance(value, Mapping):
        keys = cast("Mapping[object, object]", value)
        if set(keys) != {"ApiKeyAuth"}:
            raise ApiValueError(f'{name} as a dict must be {{"ApiKeyAuth": key}}')
        value = keys["ApiKeyAuth"]
    return _credential(name, value)


def _username(name: str, value: object) -> str | None:
    if isinstance(value, str) and ":" in value:
        raise ApiValueError(f"{name} must not hold a colon: HTTP Basic authentication cannot carry it")
    return _credential(name, value)


def _text(name: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ApiTypeError(f"{name} must be str or None, not {type(value).__name__}")
    return value


def _path(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)):
        raise ApiTypeError(f"{name} must be a path or None, not {type(value).__name__}")
    path = str(os.fspath(cast("str | os.PathLike[str]", value)))
    if not os.path.exists(path):  # noqa: PTH110 - pathlib is slow to import
        raise ApiValueError(f"{name}: there is no file {path!r}")
    return path


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ApiTypeError(f"{name} must be True or False, not {type(value).__name__}")
    return value


def _timeout(name: str, value: object) -> object:
    read_timeout(name, value)
    return value


def _retries(name: str, value: object) -> int:
    if value is True or not isinstance(value, int):
        raise ApiTypeError(f"{name} must be a number of times, or False for never; not {type(value).__name__}")
    if not 0 <= value <= 100:
        raise ApiValueError(f"{name} must be 0 to 100, not {value}")
    return int(value)


def _seconds(name: str, value: object) -> float:
    if not _is_number(value):
        raise ApiTypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    if not 0 <= cast("float", value) < float("inf"):
        raise ApiValueError(f"{name} must be 0 seconds or more")
    return cast("float", value)


def _count(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ApiTypeError(f"{name} must be int, not {type(value).__name__}")
    if value < 1:
        raise ApiValueError(f"{name} must be 1 or more, not {value}")
    return value


def _hostname(name: str, value: object) -> object:
    if value is True or not (value is None or isinstance(value, (str, bool))):
        raise ApiTypeError(f"{name} must be a host name, False for any, or None for the host's own")
    return value


def _proxy(name: str, value: object) -> object:
    if value is None or value is False:
        return value
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be a URL, False for none, or None for the environment's")
    if problem := _url_problem(value, ("http", "https")):
        raise ApiValueError(f"{name} must be a URL such as http://proxy.example:3128: {problem}")
    return value


def _headers(name: str, value: object) -> Mapping[str, str] | None:
    return None if value is None else check_headers(name, value)


_CHECKS: Mapping[str, Callable[[str, object], object]] = {
    "host": _host,
    "api_key": _api_key,
    "access_token": _credential,
    "username": _username,
    "password": _credential,
    "scope": _text,
    "timeout": _timeout,
    "retries": _retries,
    "retry_wait_max": _seconds,
    "pace": _flag,
    "verify_ssl": _flag,
    "ssl_ca_cert": _path,
    "cert_file": _path,
    "key_file": _path,
    "key_password": _text,
    "assert_hostname": _hostname,
    "proxy": _proxy,
    "proxy_headers": _headers,
    "no_proxy": _text,
    "connection_pool_maxsize": _count,
    "client_side_validation": _flag,
    "debug": _flag,
}
