"""OauthApi: OAuth access tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smscx_client._transport.authentication import GET_ACCESS_TOKEN
from smscx_client.api_client import ApiClient, RequestOptions
from smscx_client.schema_types import GrantType

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from smscx_client import models
else:
    from smscx_client import _typing as models
    from smscx_client._typing import Unpack


class OauthApi:
    """Method to request access tokens, for code that manages them itself.

    You rarely need this class. If you pass ``username`` and ``password`` to ``Configuration``, the client fetches and
    renews access tokens for you.

    Args:
        api_client: Client that makes the calls. None creates one with the default configuration.
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = api_client or ApiClient()

    def get_access_token(
        self,
        grant_type: GrantType = "client_credentials",
        *,
        scope: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> models.OauthTokenResponse:
        """Get access token.

        Exchange the ID and secret of an application for an access token (OAuth 2.0 client credentials). The ID and
        secret are the ``username`` and ``password`` of the configuration. This call is free.

        Args:
            grant_type: Grant type. The service supports ``client_credentials`` only.
            scope: Scopes of the token, separated by spaces. None requests all scopes of the application.

        Returns:
            Access token, its lifetime in seconds, and its scopes.

        Raises:
            InvalidCredentialsException: the application ID or secret is missing or wrong.
            InvalidScopeException: a requested scope does not exist.
            InvalidRequestException: the service does not support the grant type.
        """
        return self.api_client.call_api(GET_ACCESS_TOKEN, body={"grant_type": grant_type, "scope": scope}, **options)
