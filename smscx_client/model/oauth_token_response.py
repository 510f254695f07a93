"""Answer of ``OauthApi.get_access_token``."""

from __future__ import annotations

from typing import Annotated, Literal

from smscx_client.model_utils import UNSET, Model, Wire


class OauthTokenResponse(Model):
    """An access token."""

    access_token: Annotated[str, Wire("access_token")]
    expires_in: Annotated[int, Wire("expires_in")]
    """Seconds."""
    scope: str
    """What the token may be used for, separated by spaces."""
    token_type: Annotated[Literal["Bearer"], Wire("token_type")] | None = UNSET
