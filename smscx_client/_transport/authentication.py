"""Authentication: the credential of each request, and the access tokens that the client fetches and renews."""

from __future__ import annotations

import os
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from smscx_client._argument_checks import check_header_value
from smscx_client.configuration import Configuration
from smscx_client.exceptions import ApiException, ApiExceptionBase, InvalidCredentialsException
from smscx_client.http_info import HttpInfo
from smscx_client.operation import Operation
from smscx_client.schema_types import GrantType

if TYPE_CHECKING:
    from smscx_client.model.oauth_token_response import OauthTokenResponse

GET_ACCESS_TOKEN: Operation[OauthTokenResponse] = Operation(
    "get_access_token",
    "POST",
    "/oauth/token",
    response_type="OauthTokenResponse",
    form={"grant_type": GrantType, "scope": str},
    security="application",
    idempotent=True,
    errors=(
        (400, 1600, "invalid_request", "`grant_type` is missing"),
        (400, 1600, "invalid_scope", "A requested scope does not exist"),
        (400, 1600, "unsupported_grant_type", "The grant type is not `client_credentials`"),
        (401, 1600, "invalid_client", "The application's ID or secret is wrong"),
    ),
)

RENEW_BEFORE = 30.0
"""How many seconds before it expires a token is renewed; a token that lives less than a minute, after half its life."""


class Authenticator:
    """Chooses the credential of each request, and keeps the access token that the client fetched.

    Args:
        configuration: The credentials.
        fetch_token: Requests an access token, and returns the fields and the HTTP details of the response.
    """

    _access_token: str | None
    _use_until: float

    def __init__(
        self, configuration: Configuration, fetch_token: Callable[[], tuple[Mapping[str, object], HttpInfo]]
    ) -> None:
        self._configuration = configuration
        self._fetch_token = fetch_token
        self._forget_token()

    def header(self, operation: Operation[Any]) -> tuple[str, str]:
        """Return the name and value of the header that authenticates a request.

        Raises:
            InvalidCredentialsException: no credential is configured.
        """
        configuration = self._configuration
        if operation.security == "application":
            return "Authorization", self._basic(operation)
        if configuration.access_token:
            return "Authorization", f"Bearer {configuration.access_token}"
        if configuration.api_key:
            return "X-API-KEY", configuration.api_key
        if configuration.username and configuration.password:
            return "Authorization", f"Bearer {self._token()}"
        raise InvalidCredentialsException(
            reason="no credential configured; nothing was sent", operation=operation.name, attempts=0
        )

    def renew(self, operation: Operation[Any], rejected: str) -> str | None:
        """Return the header value to retry with after a 401; None if the client did not fetch the token itself."""
        configuration = self._configuration
        if operation.security == "application" or configuration.access_token or configuration.api_key:
            return None
        if not (configuration.username and configuration.password):
            return None
        with self._lock:
            if rejected == f"Bearer {self._access_token}":
                self._access_token = None
        return f"Bearer {self._token()}"

    def _basic(self, operation: Operation[Any]) -> str:
        configuration = self._configuration
        if not (configuration.username and configuration.password):
            raise InvalidCredentialsException(
                reason="no application configured; nothing was sent. Pass its ID as username, its secret as password",
                operation=operation.name,
                attempts=0,
            )
        login = f"{configuration.username}:{configuration.password}"
        return f"Basic {b64encode(login.encode()).decode()}"

    def _token(self) -> str:
        if self._owner != (os.getpid(), self._configuration._revision):
            self._forget_token()  # a forked child must not wait for a lock that a thread of its parent held
        with self._lock:
            if self._access_token is not None and time.monotonic() < self._use_until:
                return self._access_token
            token, lifetime = _usable_token(*self._fetch_token())
            self._access_token = token
            self._use_until = time.monotonic() + max(lifetime - RENEW_BEFORE, lifetime / 2)
            return token

    def _forget_token(self) -> None:
        self._owner = (os.getpid(), self._configuration._revision)
        self._lock = Lock()
        self._access_token = None
        self._use_until = 0.0


def _usable_token(fields: Mapping[str, object], info: HttpInfo) -> tuple[str, float]:
    """Return the token and its lifetime in seconds; a token without ``expires_in`` never expires.

    Raises:
        ApiException: the response has no token that a request could carry.
    """
    lifetime = fields.get("expires_in")
    try:
        token = check_header_value("access_token", fields.get("access_token"))
    except ApiExceptionBase as exc:
        raise ApiException(info.status, str(exc), headers=info.headers, operation=GET_ACCESS_TOKEN.name) from None
    return token, float(lifetime) if isinstance(lifetime, int) and lifetime > 0 else float("inf")
