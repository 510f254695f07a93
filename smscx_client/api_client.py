"""ApiClient: makes calls, and returns their responses as models or raises exceptions."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar, cast, overload

from smscx_client._argument_checks import check_headers
from smscx_client._request import identifying_arguments, request_body, request_target, response_class
from smscx_client._transport.authentication import GET_ACCESS_TOKEN, Authenticator
from smscx_client._transport.errors import ErrorResponse, decode_body, response_exception
from smscx_client._transport.transport import Transport
from smscx_client._version import __version__
from smscx_client.configuration import Configuration
from smscx_client.exceptions import ApiException, ApiTypeError, ApiValueError
from smscx_client.http_info import HttpInfo
from smscx_client.model_utils import view
from smscx_client.operation import Operation

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult, ThreadPool

    from typing_extensions import Self, Unpack
    from urllib3 import BaseHTTPResponse

T = TypeVar("T")


class RequestOptions(TypedDict, total=False):
    """Per-call options of every method that do not change what it returns."""

    _request_timeout: float | tuple[float | None, float | None] | None
    """Seconds for this call: one number, or ``(connect, read)``; None uses the configuration's ``timeout``."""
    _check_input_type: bool
    """False sends the arguments without checking them."""
    _headers: Mapping[str, str]
    """Additional headers for this call."""
    _request_auths: list[Mapping[str, str]] | None
    """Headers ``{"in": "header", "key": name, "value": value}`` that replace the configured credential."""
    _check_return_type: bool
    """Accepted for programs written for older clients; has no effect."""
    _spec_property_naming: bool
    """Accepted for programs written for older clients; has no effect."""
    _content_type: str | None
    """Accepted for programs written for older clients; has no effect."""
    _host_index: int | None
    """Accepted for programs written for older clients; has no effect."""


class CallOptions(RequestOptions, total=False):
    """All per-call options."""

    _return_http_data_only: bool
    """False returns ``(data, status, headers)``, an :class:`ApiResponse`."""
    _preload_content: bool
    """False returns urllib3's response, whose body is still unread. Close it, or read it to its end."""
    async_req: bool
    """True returns at once an object whose ``get(timeout)`` returns, or raises, what the call does."""


if TYPE_CHECKING:

    class ApiResponse(NamedTuple, Generic[T]):
        """Result of a call with ``_return_http_data_only=False``."""

        data: T
        status: int
        headers: Mapping[str, str]

else:

    class ApiResponse(NamedTuple):  # Python 3.10 has no generic named tuples
        """Result of a call with ``_return_http_data_only=False``."""

        data: object
        status: int
        headers: Mapping[str, str]


class ApiClient:
    """Makes calls over a pool of connections that threads may share. Use it in a ``with`` block, or :meth:`close` it.

    Args:
        configuration: Host, credentials and settings; None uses a copy of the default configuration.
        pool_threads: How many calls with ``async_req=True`` run at the same time.

    Attributes:
        configuration: The configuration. Changes apply from the next call on.
        default_headers: Headers of every request.
    """

    def __init__(self, configuration: Configuration | None = None, *, pool_threads: int = 4) -> None:
        self.configuration: Configuration = Configuration.get_default_copy() if configuration is None else configuration
        self.pool_threads = pool_threads
        self.default_headers: dict[str, str] = {
            "User-Agent": f"smscx_client/{__version__} (Python)",
            "Accept-Encoding": "gzip, deflate",
        }
        self._start()

    def _start(self) -> None:
        self._transport = Transport(self.configuration)
        self._authenticator = Authenticator(self.configuration, self._fetch_token)
        self._threads: tuple[int, ThreadPool] | None = None

    @overload
    def call_api(
        self,
        operation: Operation[T],
        *path_values: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        async_req: Literal[False] = False,
        **options: Unpack[RequestOptions],
    ) -> T: ...

    @overload
    def call_api(
        self,
        operation: Operation[T],
        *path_values: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        _return_http_data_only: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> ApiResponse[T]: ...

    @overload
    def call_api(
        self,
        operation: Operation[T],
        *path_values: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        _preload_content: Literal[False],
        **options: Unpack[RequestOptions],
    ) -> BaseHTTPResponse: ...

    @overload
    def call_api(
        self,
        operation: Operation[T],
        *path_values: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        async_req: Literal[True],
        **options: Unpack[RequestOptions],
    ) -> AsyncResult[T]: ...

    def call_api(
        self,
        operation: Operation[T],
        *path_values: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        **options: Unpack[CallOptions],
    ) -> T | ApiResponse[T] | BaseHTTPResponse | AsyncResult[T]:
        """Call an endpoint. Every method of ``NumbersApi`` ends here.

        To call an endpoint that has no method yet, pass an :class:`Operation` of your own:
        ``client.call_api(Operation("get_balance", "GET", "/account/balance", response_type=Model,
        idempotent=True)).to_dict()``.

        Args:
            operation: The endpoint. If it is not ``idempotent``, which is the default, a request that the service may
                have processed is not retried.
            path_values: One value for each argument in the operation's path, in that order.
            query: Query parameters; None omits one.
            body: The request model, or any JSON value if the operation declares no model.
            options: Per-call options; see :class:`CallOptions`.

        Returns:
            What the operation declares, unless an option asks for something else.

        Raises:
            ApiTypeError: an argument or option is missing, unknown or of the wrong type. Nothing was sent.
            ApiValueError: an argument or option has a value that is not allowed. Nothing was sent.
            InvalidCredentialsException: no credential is configured, or the service rejects it.
            ApiConnectionException: there was no usable response; :class:`ApiTimeoutException` if a timeout ended it.
            ApiException: any other failure, as one of its subclasses.
        """
        if options:
            _check_options(options)
            if options.get("async_req"):
                return self._submit(operation, path_values, query, body, options)
        check = self.configuration.client_side_validation and options.get("_check_input_type", True)
        target = request_target(operation, path_values, query, check)
        payload, media_type = request_body(operation, body, check)
        headers = self._headers(operation, media_type, options)
        started_at = time.time()
        try:
            response, attempts = self._send(operation, target, headers, payload, options)
            if not options.get("_preload_content", True):
                return response
            info = HttpInfo(response.status, response.headers)
            content = _content(operation, response.data)
            del response  # frees the raw body of up to 40,000 results before they are decoded
            result = _result(operation, info, content, attempts)
        except ApiException as exception:
            if exception.outcome_unknown:
                exception.started_at = datetime.fromtimestamp(started_at, timezone.utc)
                exception.failed_at = datetime.now(timezone.utc)
                exception.identifying_arguments = identifying_arguments(operation, path_values, body)
            raise
        return result if options.get("_return_http_data_only", True) else ApiResponse(result, *info)

    def close(self) -> None:
        """Wait for the calls that run in threads, and close all connections. A later call opens new ones."""
        if self._threads is not None:
            self._threads[1].close()
            self._threads[1].join()
            self._threads = None
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    def _send(
        self,
        operation: Operation[Any],
        target: str,
        headers: dict[str, str],
        payload: bytes | None,
        options: CallOptions,
    ) -> tuple[BaseHTTPResponse, int]:
        """Return a 2xx response and the attempts made. A token that the client fetched is renewed once after a 401."""
        timeout, preload = options.get("_request_timeout"), options.get("_preload_content", True)
        response, attempts = self._transport.send(operation, target, headers, payload, timeout, preload)
        if response.status == 401 and not options.get("_request_auths"):
            renewed = self._authenticator.renew(operation, headers.get("Authorization", ""))
            if renewed is not None:
                headers["Authorization"] = renewed
                response, attempts = self._transport.send(operation, target, headers, payload, timeout, preload)
        if 200 <= response.status <= 299:
            return response, attempts
        raise _exception(operation, ErrorResponse.read(response, attempts))

    def _headers(self, operation: Operation[Any], media_type: str | None, options: CallOptions) -> dict[str, str]:
        headers = {**self.default_headers, "Accept": operation.accept}
        if media_type is not None:
            headers["Content-Type"] = media_type
        credentials = options.get("_request_auths")
        if credentials:
            headers |= _credential_headers(credentials)
        else:
            name, value = self._authenticator.header(operation)
            headers[name] = value
        extra = options.get("_headers")
        if extra:
            extra = check_headers("_headers", extra)
            replaced = {name.lower() for name in extra}
            headers = {name: value for name, value in headers.items() if name.lower() not in replaced} | extra
        return headers

    def _fetch_token(self) -> tuple[Mapping[str, object], HttpInfo]:
        form = {"grant_type": "client_credentials", "scope": self.configuration.scope}
        token = self.call_api(GET_ACCESS_TOKEN, body=form)
        return token.to_dict(), token.http_info

    def _submit(
        self,
        operation: Operation[T],
        path_values: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: object,
        options: CallOptions,
    ) -> AsyncResult[T]:
        """Make the call in a thread."""
        if self._threads is None or self._threads[0] != os.getpid():
            from multiprocessing.pool import ThreadPool  # slow to import, and few programs need it

            self._threads = os.getpid(), ThreadPool(self.pool_threads)
        others = {name: value for name, value in options.items() if name != "async_req"}
        arguments = {"query": query, "body": deepcopy(body), **others}
        return self._threads[1].apply_async(self.call_api, (operation, *path_values), arguments)


def _check_options(options: CallOptions) -> None:
    if unknown := options.keys() - CallOptions.__optional_keys__:
        valid = ", ".join(sorted(CallOptions.__optional_keys__))
        raise ApiTypeError(f"unknown option {min(unknown)!r}; valid options: {valid}")


def _credential_headers(credentials: list[Mapping[str, str]]) -> dict[str, str]:
    if not isinstance(credentials, list) or not all(
        isinstance(part, Mapping) and part.get("in") == "header" for part in credentials
    ):
        raise ApiValueError('_request_auths must be a list of {"in": "header", "key": name, "value": value}')
    return check_headers("_request_auths", {part.get("key"): part.get("value") for part in credentials})


def _exception(operation: Operation[Any], response: ErrorResponse) -> ApiException:
    from smscx_client.model.error import Error  # only a failed call needs it

    error = response.error()
    exception = response_exception(operation, response, error)
    exception.error = Error.from_dict(error) if error else None
    return exception


def _content(operation: Operation[Any], body: bytes) -> str | bytes:
    """Return a file as bytes, and anything else as text."""
    if response_class(operation) is bytes:
        return body
    try:
        return body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError:
        return decode_body(body)


def _result(operation: Operation[T], info: HttpInfo, content: str | bytes, attempts: int) -> T:
    result_class: type[Any] = response_class(operation)
    if result_class is bytes or result_class is str:
        return cast("T", content)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if type(document) is not dict:
        raise ApiException(
            info.status,
            "the response body is not a JSON object",
            body=decode_body(cast("str", content).encode("utf-8", "surrogatepass")),
            headers=info.headers,
            operation=operation.name,
            attempts=attempts,
            outcome_unknown=not operation.idempotent,
            paid=operation.paid,
        )
    return cast("T", view(result_class, cast("dict[str, object]", document), info))
