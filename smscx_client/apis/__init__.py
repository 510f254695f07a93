"""All API classes in one place."""

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi

__all__ = ["NumbersApi", "OauthApi"]
