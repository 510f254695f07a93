"""Which credential goes on a request; fetching access tokens and renewing them."""

from __future__ import annotations

import os
import time
from base64 import b64encode
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

from smscx_client.configuration import Configuration, check_header_text
from smscx_client.exceptions import ApiException, ApiExceptionBase, InvalidCredentialsException
from smscx_client.operation import Operation
from smscx_client.schema_types import GrantType

if TYPE_CHECKING:
    from smscx_client.model.oauth_token_response import OauthTokenResponse

GET_ACCESS_TOKEN: Operation[OauthTokenResponse] = Operation(
    "get_access_token",
    "POST",
    "/oauth/token",
    returns="OauthTokenResponse",
    form={"grant_type": GrantType, "scope": str},
    security="application",
    repeatable=True,
    errors=(
        (400, 1600, "invalid_request", "`grant_type` is missing"),
        (400, 1600, "invalid_scope", "A scope that was asked for does not exist"),
        (400, 1600, "unsupported_grant_type", "The grant type is not `client_credentials`"),
        (401, 1600, "invalid_client", "The application's id or secret is wrong"),
    ),
)

RENEW_BEFORE = 30.0
"""Seconds before its end at which a token is not used any more; a short-lived one is used for half of its life."""


class Credentials:
    """Gives each request the one credential that it carries.

    Args:
        configuration: Where the credentials are.
        fetch: Asks the service for an access token.
    """

    _access_token: str | None
    _use_until: float

    def __init__(self, configuration: Configuration, fetch: Callable[[], OauthTokenResponse]) -> None:
        self._configuration = configuration
        self._fetch = fetch
        self._forget()

    def header(self, operation: Operation[Any]) -> tuple[str, str]:
        """Name and value of the header that says who asks.

        Raises:
            InvalidCredentialsException: there is no credential to send.
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
        raise InvalidCredentialsException(reason="no credential to send, so nothing was sent", operation=operation.name)

    def renew(self, operation: Operation[Any], refused: str) -> str | None:
        """What to send in place of a header that was refused: a new token, where the client fetches its own."""
        configuration = self._configuration
        if operation.security == "application" or configuration.access_token or configuration.api_key:
            return None
        if not (configuration.username and configuration.password):
            return None
        with self._lock:
            if refused == f"Bearer {self._access_token}":
                self._access_token = None
        return f"Bearer {self._token()}"

    def _basic(self, operation: Operation[Any]) -> str:
        configuration = self._configuration
        if not (configuration.username and configuration.password):
            raise InvalidCredentialsException(
                reason="no application to ask for: give Configuration its id as username and its secret as password",
                operation=operation.name,
            )
        login = f"{configuration.username}:{configuration.password}"
        return f"Basic {b64encode(login.encode()).decode()}"

    def _token(self) -> str:
        if self._owner != (os.getpid(), self._configuration.revision):
            self._forget()  # a forked child must not wait for a lock that a thread of its parent held
        with self._lock:
            if self._access_token is not None and time.monotonic() < self._use_until:
                return self._access_token
            token, life = _usable(self._fetch())
            self._access_token = token
            self._use_until = time.monotonic() + max(life - RENEW_BEFORE, life / 2)
            return token

    def _forget(self) -> None:
        self._owner = (os.getpid(), self._configuration.revision)
        self._lock = Lock()
        self._access_token = None
        self._use_until = 0.0


def _usable(answer: OauthTokenResponse) -> tuple[str, float]:
    """Token and seconds of life; a token without an end, as some applications have, lives forever.

    Raises:
        ApiException: the answer holds no token that a request could carry.
    """
    fields = answer.to_dict()
    life = fields.get("expires_in")
    try:
        token = check_header_text("access_token", fields.get("access_token"))
    except ApiExceptionBase as exc:
        info = answer.http_info
        raise ApiException(info.status, str(exc), headers=info.headers, operation=GET_ACCESS_TOKEN.name) from None
    return token, float(life) if isinstance(life, int) and life > 0 else float("inf")
