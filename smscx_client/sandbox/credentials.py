"""API keys, applications and access tokens of an account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from smscx_client.sandbox import errors
from smscx_client.sandbox.errors import ServiceError
from smscx_client.sandbox.ledger import Clock

SCOPES = ("numbers", "sms", "otp", "account")


class Application(NamedTuple):
    """An OAuth application, which requests access tokens with its ID and secret."""

    secret: str
    scopes: tuple[str, ...] = ("numbers",)
    token_life: int = 86_400
    """Lifetime of its access tokens, in seconds."""


class Token(NamedTuple):
    """An access token."""

    value: str
    scopes: tuple[str, ...]
    lifetime: int
    """Seconds from issue to expiry."""
    expires: datetime


class Credentials:
    """The credentials that an account accepts.

    Args:
        api_keys: Valid API keys.
        applications: Applications by ID.
        clock: Clock that tokens expire by.
        random: Source of token values.
    """

    def __init__(
        self, api_keys: Iterable[str], applications: Mapping[str, Application], clock: Clock, random: Random
    ) -> None:
        self._api_keys = set(api_keys)
        self._applications = dict(applications)
        self._clock = clock
        self._random = random
        self._tokens: dict[str, Token] = {}

    def issue_token(self, application_id: str, secret: str, scope: str | None) -> Token:
        """Issue an access token to an application.

        Raises:
            ServiceError: The ID, the secret or a scope is wrong.
        """
        application = self._applications.get(application_id)
        if application is None or application.secret != secret:
            raise ServiceError(errors.INVALID_CLIENT)
        scopes = tuple(scope.split()) if scope else application.scopes
        if not set(scopes) <= set(SCOPES):
            raise ServiceError(errors.INVALID_SCOPE)
        lifetime = application.token_life
        expires = self._clock.now() + timedelta(seconds=lifetime)
        token = Token(f"{self._random.getrandbits(256):064x}", scopes, lifetime, expires)
        self._tokens[token.value] = token
        return token

    def authorize(self, api_key: str | None, access_token: str | None) -> None:
        """Check that a request may use the Numbers API.

        Raises:
            ServiceError: The credential is invalid, or the token has expired or lacks the scope.
        """
        if access_token is None:
            if api_key not in self._api_keys:
                raise ServiceError(errors.INVALID_CREDENTIAL)
            return
        token = self._tokens.get(access_token)
        if token is None or token.expires <= self._clock.now():
            raise ServiceError(errors.INVALID_CREDENTIAL)
        if "numbers" not in token.scopes:
            raise ServiceError(errors.INSUFFICIENT_SCOPE)
