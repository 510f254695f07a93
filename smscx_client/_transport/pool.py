"""Connection pool: built with the TLS, proxy and timeout settings of a configuration."""

from __future__ import annotations

import os
import re
import warnings
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from urllib3 import HTTPConnectionPool, PoolManager, ProxyManager
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout, make_headers

from smscx_client._argument_checks import check_timeout, check_url, secret
from smscx_client._transport.connection import HttpPool, HttpsPool
from smscx_client._transport.rate_limiter import RateLimiter
from smscx_client._transport.retry import RetryPolicy
from smscx_client.configuration import Configuration
from smscx_client.exceptions import ApiValueError

_LOOPBACK = r"localhost|127(\.\d+){3}|::1|.+\.localhost"


class PoolState:
    """The pool and its settings, built once per process and configuration revision."""

    def __init__(self, configuration: Configuration) -> None:
        _warn_about_plain_http(configuration.host)
        self.owner = (os.getpid(), configuration._revision)
        self.retry_policy = RetryPolicy(configuration.max_retry_delay)
        self.on_attempt = configuration.on_attempt
        self.max_response_size = configuration.max_response_size
        self.rate_limiter = RateLimiter(configuration.max_retry_delay) if configuration.throttle else None
        self.timeouts = connect, read = check_timeout("timeout", configuration.timeout)
        self.timeout = Timeout(connect=connect, read=read)
        self.longest_timeout = float("inf") if connect is None or read is None else max(connect, read)
        address = urlsplit(configuration.host)
        proxy = proxy_for(configuration)
        self.pool = _pool(configuration, proxy)
        forwarded = proxy is not None and address.scheme == "http"
        self.prefix = configuration.host if forwarded else address.path


@cache
def _warn_about_plain_http(host: str) -> None:
    """Warn once per host that credentials are sent unencrypted."""
    address = urlsplit(host)
    if address.scheme == "http" and not re.fullmatch(_LOOPBACK, address.hostname or ""):
        warnings.warn(f"{host} is not https: credentials are sent unencrypted", stacklevel=6)


def _pool(configuration: Configuration, proxy: str | None) -> HTTPConnectionPool:
    """Return the pool of a host.

    Raises:
        ApiValueError: urllib3 cannot use the host or the proxy. The frames of its exception have the proxy's password.
    """
    with suppress(HTTPError, UnicodeError):
        return _pool_manager(configuration, proxy).connection_from_url(configuration.host)
    raise ApiValueError("host or proxy has a host name that does not exist in DNS, or a login that is not Latin-1")


def _pool_manager(configuration: Configuration, proxy: str | None) -> PoolManager:
    options: dict[str, Any] = {"maxsize": configuration.connection_pool_maxsize, "num_pools": 1}
    if configuration.host.startswith("https:"):
        options |= _tls_options(configuration)
    manager = PoolManager(**options)
    if proxy is not None:
        parts = urlsplit(proxy)
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        headers = {**(configuration.proxy_headers or {}), **make_headers(proxy_basic_auth=login)}
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        manager = ProxyManager(address, proxy_headers=headers, **options)
    manager.pool_classes_by_scheme |= {"http": HttpPool, "https": HttpsPool}
    return manager


def _tls_options(configuration: Configuration) -> dict[str, Any]:
    from certifi import where  # slow to import, and plain http does not need it

    options = {
        "cert_reqs": "CERT_REQUIRED" if configuration.verify_ssl else "CERT_NONE",
        "ca_certs": configuration.ssl_ca_cert or where(),
        "cert_file": configuration.cert_file,
        "key_file": configuration.key_file,
        "key_password": configuration.key_password,
        "assert_hostname": configuration.assert_hostname,
    }
    return {name: value for name, value in options.items() if value is not None}


def proxy_for(configuration: Configuration) -> str | None:
    """Return the URL of the proxy for the host of a configuration; None if the connection is direct.

    Raises:
        ApiValueError: the environment names a proxy that is not a URL.
    """
    if configuration.proxy is False:
        return None
    from urllib.request import getproxies_environment  # slow to import
    from urllib.request import proxy_bypass_environment as bypasses  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue,reportUnknownVariableType]

    address = urlsplit(configuration.host)
    environment = secret(getproxies_environment())
    proxy = configuration.proxy or environment.get(address.scheme)
    direct = configuration.no_proxy if configuration.no_proxy is not None else environment.get("no", "")
    if not proxy or (direct and bypasses(address.netloc, {"no": direct})):
        return None
    url = proxy if "://" in str(proxy) else secret(f"http://{proxy}")
    return check_url(f"{address.scheme.upper()}_PROXY", url, "a URL such as http://proxy.example:3128")
