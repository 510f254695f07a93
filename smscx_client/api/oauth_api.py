"""OauthApi: access tokens for an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smscx_client.api_client import ApiClient, RequestOptions
from smscx_client.credentials import GET_ACCESS_TOKEN
from smscx_client.schema_types import GrantType

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from smscx_client.model.oauth_token_response import OauthTokenResponse


class OauthApi:
    """Access tokens, for programs that handle them themselves. A ``Configuration`` with ``username`` and ``password``
    needs none of this: the client fetches its tokens and renews them.

    Args:
        api_client: What makes the calls; a client with the default configuration where None.
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = api_client or ApiClient()

    def get_access_token(
        self,
        grant_type: GrantType = "client_credentials",
        *,
        scope: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> OauthTokenResponse:
        """Get access token

        Exchange the id and secret of an application, which are the configuration's ``username`` and ``password``, for
        an access token (OAuth 2.0 client credentials).

        Args:
            grant_type: The only grant that the service knows.
            scope: Scopes that the token is to have, separated by spaces; all of the application's where left out.

        Returns:
            The token, the seconds that it lives, and its scopes.

        Raises:
            InvalidCredentialsException: the id or secret is wrong, or not given.
            InvalidScopeException: a scope does not exist.
            InvalidRequestException: the service does not take the grant type.
        """
        return self.api_client.call_api(GET_ACCESS_TOKEN, body={"grant_type": grant_type, "scope": scope}, **options)
