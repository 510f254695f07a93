"""API keys, applications and access tokens of an account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from random import Random
from typing import NamedTuple

from smscx_client.sandbox import errors
from smscx_client.sandbox.clock import Clock


class Application(NamedTuple):
    """An OAuth application, which requests access tokens with its ID and secret."""

    secret: str
    scopes: tuple[str, ...] = ("numbers",)
    """Scopes that its access tokens can have: ``numbers``, ``sms``, ``otp`` and ``account``."""
    token_life: int = 86_400
    """Lifetime of its access tokens, in seconds."""


class Token(NamedTuple):
    """An access token."""

    value: str
    scopes: tuple[str, ...]
    lifetime: int
    """Seconds from issue to expiry."""


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
        self._api_keys = frozenset(api_keys)
        self._applications = dict(applications)
        self._clock, self._random = clock, random
        self._tokens: dict[str, Token] = {}

    def __contains__(self, credential: str) -> bool:
        """Return whether a string is an API key, an application ID or an access token of the account."""
        return credential in self._api_keys or credential in self._applications or credential in self._tokens

    def issue_token(self, application_id: str, secret: str, scope: str | None) -> Token:
        """Issue an access token to an application.

        Raises:
            ServiceError: The ID or the secret is wrong, or the application does not have a scope.
        """
        application = self._applications.get(application_id)
        if application is None or application.secret != secret:
            raise errors.ServiceError(errors.INVALID_CLIENT)
        scopes = tuple(scope.split()) if scope else application.scopes
        if not set(scopes) <= set(application.scopes):
            raise errors.ServiceError(errors.INVALID_SCOPE)
        token = Token(f"{self._random.getrandbits(256):064x}", scopes, application.token_life)
        self._tokens[token.value] = token
        self._clock.schedule(self._clock.now() + timedelta(seconds=token.lifetime), self._expire, token.value)
        return token

    def authorize(self, api_key: str | None, access_token: str | None) -> None:
        """Check that a request may use the Numbers API.

        Raises:
            ServiceError: The credential is invalid, or the token has expired or lacks the scope.
        """
        token = self._tokens.get(access_token or "")
        if (token is None) if access_token is not None else (api_key not in self._api_keys):
            raise errors.ServiceError(errors.INVALID_CREDENTIAL)
        if token is not None and "numbers" not in token.scopes:
            raise errors.ServiceError(errors.INSUFFICIENT_SCOPE)

    def _expire(self, token: str) -> None:
        del self._tokens[token]
