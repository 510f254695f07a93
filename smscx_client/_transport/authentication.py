"""Authentication: the credential of each request, and the access tokens that the client fetches and renews."""

from __future__ import annotations

import os
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from threading import TIMEOUT_MAX, Lock
from typing import TYPE_CHECKING

from smscx_client._argument_checks import MAX_SECONDS, Secret, check_header_value, secret
from smscx_client._transport.call import Call
from smscx_client.configuration import Configuration
from smscx_client.exceptions import ApiException, ApiExceptionBase, ApiTimeoutException, InvalidCredentialsException
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
"""Seconds before its expiry at which a token is renewed; a token of less than 60 seconds is renewed at half of them."""


class _Token:
    """The access token of one process and configuration revision. Its lock makes sure that one thread fetches it."""

    def __init__(self, owner: tuple[int, int]) -> None:
        self.owner = owner
        self.lock = Lock()
        self.value: str | None = None
        self.use_until = 0.0


class Authenticator:
    """Chooses the credential of each request, and keeps the access token that the client fetched.

    Args:
        configuration: The credentials.
        fetch_token: Requests an access token within a number of seconds, and returns the fields and the HTTP details of
            the response.
    """

    def __init__(
        self, configuration: Configuration, fetch_token: Callable[[float], tuple[Mapping[str, object], HttpInfo]]
    ) -> None:
        self._configuration = configuration
        self._fetch_token = fetch_token
        self._token = _Token((0, 0))

    def header(self, call: Call, rejected: str = "") -> tuple[str, Secret]:
        """Return the name and value of the header that authenticates a request.

        Args:
            call: The call.
            rejected: Value that the service rejected with 401. The client's own token is renewed.

        Raises:
            InvalidCredentialsException: no credential is configured, or the function that returns the API key raised.
        """
        configuration = self._configuration
        if call.operation.security == "application":
            return "Authorization", self._basic(call)
        if configuration.access_token:
            return "Authorization", Secret(f"Bearer {configuration.access_token}")
        if configuration.api_key:
            return "X-API-KEY", _api_key(configuration.api_key, call)
        if configuration.username and configuration.password:
            return "Authorization", self._bearer(call, rejected)
        raise InvalidCredentialsException(
            reason="no credential configured; nothing was sent", operation=call.operation.name, attempts=0
        )

    def _basic(self, call: Call) -> Secret:
        configuration = self._configuration
        if not (configuration.username and configuration.password):
            raise InvalidCredentialsException(
                reason="no application configured; nothing was sent. Pass its ID as username, its secret as password",
                operation=call.operation.name,
                attempts=0,
            )
        return Secret(f"Basic {b64encode(f'{configuration.username}:{configuration.password}'.encode()).decode()}")

    def _bearer(self, call: Call, rejected: str) -> Secret:
        """Return the client's token; fetch one if there is none, if it expires soon, or if the service rejected it."""
        owner = (os.getpid(), self._configuration._revision)
        if self._token.owner != owner:
            # A token that is being fetched with other credentials, or in the parent of a fork, stays in its own object.
            self._token = _Token(owner)
        token = self._token
        remaining = call.remaining()
        if not token.lock.acquire(timeout=min(max(remaining, 0.0), TIMEOUT_MAX)):
            reason = "no access token within the total timeout"
            raise ApiTimeoutException(reason=reason, operation=call.operation.name, attempts=0)
        try:
            if token.value is None or time.monotonic() >= token.use_until or rejected == f"Bearer {token.value}":
                token.value, lifetime = _usable_token(*self._fetch_token(call.remaining()))
                token.use_until = time.monotonic() + max(lifetime - RENEW_BEFORE, lifetime / 2)
            return Secret(f"Bearer {token.value}")
        finally:
            token.lock.release()


def _api_key(key: str | Callable[[], str], call: Call) -> Secret:
    """Return the API key, from the function that returns it if it rotates.

    Raises:
        InvalidCredentialsException: the function failed.
    """
    if isinstance(key, str):
        return Secret(key)
    try:
        return Secret(check_header_value("the result of the api_key function", secret(key())))
    except Exception as error:
        reason = (
            str(error) if isinstance(error, ApiExceptionBase) else f"the api_key function raised {type(error).__name__}"
        )
        raise InvalidCredentialsException(reason=reason, operation=call.operation.name, attempts=0) from error


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
    return token, float(min(lifetime, MAX_SECONDS)) if isinstance(lifetime, int) and lifetime > 0 else float("inf")
