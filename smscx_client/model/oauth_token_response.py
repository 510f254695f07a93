"""Response of ``OauthApi.get_access_token``."""

from __future__ import annotations

from typing import Annotated, Literal

from smscx_client.model_utils import UNSET, Model, Wire


class OauthTokenResponse(Model):
    """An OAuth access token."""

    access_token: Annotated[str, Wire("access_token")]
    """Access token, to pass as ``Configuration(access_token=...)``."""
    expires_in: Annotated[int, Wire("expires_in")]
    """Lifetime of the token in seconds. An application's tokens live for a day, a week or forever."""
    scope: str
    """Scopes of the token, separated by spaces."""
    token_type: Annotated[Literal["Bearer"], Wire("token_type")] | None = UNSET
    """Type of the token."""
