# Built by docs/build.py from smscx_client.api.oauth_api.

from multiprocessing.pool import AsyncResult
from typing import Literal, overload

from typing_extensions import Unpack
from urllib3 import BaseHTTPResponse

from smscx_client.api_client import ApiClient, ApiResponse, RequestOptions
from smscx_client.models import OauthTokenResponse
from smscx_client.schema_types import GrantType

class OauthApi:
    api_client: ApiClient
    def __init__(
        self,
        api_client: ApiClient | None = None,
    ) -> None: ...
    @overload
    def get_access_token(
        self,
        grant_type: GrantType = "client_credentials",
        *,
        scope: str | None = None,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> OauthTokenResponse: ...
    @overload
    def get_access_token(
        self,
        grant_type: GrantType = "client_credentials",
        *,
        scope: str | None = None,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[OauthTokenResponse]: ...
    @overload
    def get_access_token(
        self,
        grant_type: GrantType = "client_credentials",
        *,
        scope: str | None = None,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...
    @overload
    def get_access_token(
        self,
        grant_type: GrantType = "client_credentials",
        *,
        scope: str | None = None,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[OauthTokenResponse]: ...
