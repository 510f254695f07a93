"""ApiClient: makes calls, and returns models or raises exceptions."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextvars import copy_context
from copy import deepcopy
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar, cast, overload

from urllib3 import BaseHTTPResponse

from smscx_client import _clock
from smscx_client._argument_checks import check_headers, check_retries, check_timeout, check_total_timeout, secret
from smscx_client._request import identifying_arguments, request_body, request_target, response_class
from smscx_client._transport.authentication import GET_ACCESS_TOKEN, Authenticator
from smscx_client._transport.call import NEVER, Call
from smscx_client._transport.errors import decode_body, error_object, response_exception
from smscx_client._transport.response import Response
from smscx_client._transport.transport import Transport
from smscx_client._typing import Self, Unpack
from smscx_client._version import __version__
from smscx_client.configuration import Configuration
from smscx_client.exceptions import ApiException, ApiTypeError, ApiValueError
from smscx_client.http_info import HttpInfo
from smscx_client.model_utils import view
from smscx_client.operation import Operation

if TYPE_CHECKING:
    from multiprocessing import pool
else:
    from smscx_client import _typing as pool

T = TypeVar("T")

CREDENTIAL_HEADERS = frozenset({"authorization", "x-api-key"})
"""A credential passed for one call is never combined with, or replaced by, the configured one."""


class RequestOptions(TypedDict, total=False):
    """Per-call options that do not change what a method returns: :class:`CallOptions` without its last three."""

    _request_timeout: float | tuple[float | None, float | None] | None
    _total_timeout: float | None
    _retries: int
    _check_input_type: bool
    _headers: Mapping[str, str]
    _request_auths: list[Mapping[str, str]] | None
    _check_return_type: bool
    _spec_property_naming: bool
    _content_type: str | None
    _host_index: int | None


class CallOptions(RequestOptions, total=False):
    """Per-call options: keyword arguments that every method accepts in addition to its own.

    They apply to one call, and override the configuration.

    - ``_request_timeout``: seconds for each attempt, one number or ``(connect, read)``; None uses the configuration's
      ``timeout``. A part that is None has no limit.
    - ``_total_timeout``: seconds until the call ends, retries and delays included; None means no limit. Default: the
      configuration's ``total_timeout``.
    - ``_retries``: number of retries, 0 to 100. Default: the configuration's ``retries``.
    - ``_headers``: additional headers, as a dict.
    - ``_request_auths``: headers ``[{"in": "header", "key": name, "value": value}]`` that replace the configured
      credential.
    - ``_check_input_type``: False sends the arguments without checking them. Default: True.
    - ``_return_http_data_only``: False returns ``(data, status, headers)``, an :class:`ApiResponse`. Default: True.
    - ``_preload_content``: False returns urllib3's response, whose body is still unread. Close it, or read it to its
      end. Default: True.
    - ``async_req``: True returns an object immediately; its ``get(timeout)`` returns the result, or raises the call's
      exception. Default: False.

    ``_check_return_type``, ``_spec_property_naming``, ``_content_type`` and ``_host_index`` are accepted for programs
    written for older clients, and have no effect. Another option, or a value of the wrong type, raises
    :class:`~smscx_client.exceptions.ApiTypeError` or :class:`~smscx_client.exceptions.ApiValueError`, and nothing is
    sent.

    >>> api.validate_number("+33612246450", _total_timeout=10, _retries=0).data.country_iso
    'FR'
    """

    _return_http_data_only: bool
    _preload_content: bool
    async_req: bool


if TYPE_CHECKING:

    class ApiResponse(NamedTuple, Generic[T]):
        """Result of a call with ``_return_http_data_only=False``."""

        data: T
        """What the call returns without this option."""
        status: int
        """HTTP status."""
        headers: Mapping[str, str]
        """Response headers."""

else:

    class ApiResponse(NamedTuple):  # Python 3.10 has no generic named tuples
        """Result of a call with ``_return_http_data_only=False``."""

        data: object
        """What the call returns without this option."""
        status: int
        """HTTP status."""
        headers: Mapping[str, str]
        """Response headers."""


class ApiClient:
    """Makes calls through a connection pool that threads may share. Use it in a ``with`` block, or :meth:`close` it.

    Args:
        configuration: Host, credentials and settings; None uses a copy of the default configuration.
        pool_threads: How many calls with ``async_req=True`` run at the same time.

    Attributes:
        configuration: The configuration. Changes apply to the next call.
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
        self._checked_headers: dict[str, str] = {}
        self._has_credential = False
        self._threads: dict[int, pool.ThreadPool] = {}
        """Thread pool by process. Without a lock, because a forked child could never acquire one that was held."""

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
    ) -> pool.AsyncResult[T]: ...

    def call_api(
        self,
        operation: Operation[T],
        *path_values: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        **options: Unpack[CallOptions],
    ) -> T | ApiResponse[T] | BaseHTTPResponse | pool.AsyncResult[T]:
        """Call an endpoint. Every method of ``NumbersApi`` and ``OauthApi`` uses this.

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
            An instance of the operation's response type, unless an option selects another result.

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
        configuration = self.configuration
        if operation.paid and not configuration.allow_paid_calls:
            raise ApiValueError(f"{operation.name} costs money, and allow_paid_calls is False. Nothing was sent.")
        check = configuration.client_side_validation and options.get("_check_input_type", True)
        target = request_target(operation, path_values, query, check)
        payload, media_type = request_body(operation, body, check)
        call = self._call(operation, target, options)
        started_at = time.time()
        try:
            response = self._send(call, payload, media_type, options)
            if call.stream:
                return response.raw
            info, attempts = HttpInfo(response.status, response.headers), response.attempt
            content = _content(operation, response.body)
            del response  # frees the raw body of up to 40,000 results before they are decoded
            result = _result(operation, info, content, attempts)
        except ApiException as exception:
            if exception.outcome_unknown:
                exception.started_at = datetime.fromtimestamp(started_at, timezone.utc)
                exception.failed_at = datetime.now(timezone.utc)
                exception._failed_at_elapsed = _clock.elapsed()
                exception.identifying_arguments = identifying_arguments(operation, path_values, body)
            raise
        return result if options.get("_return_http_data_only", True) else ApiResponse(result, info.status, info.headers)

    def close(self) -> None:
        """Wait for calls with ``async_req=True`` to end, and close all connections. A later call opens new ones."""
        threads = self._threads.pop(os.getpid(), None)
        if threads is not None:
            threads.close()
            threads.join()
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

    def _call(self, operation: Operation[Any], target: str, options: CallOptions) -> Call:
        configuration = self.configuration
        timeout = options.get("_request_timeout")
        return Call(
            operation,
            target,
            options.get("_total_timeout", configuration.total_timeout),
            None if timeout is None else check_timeout("_request_timeout", timeout),
            int(options.get("_retries", configuration.retries)),
            not options.get("_preload_content", True),
        )

    def _send(self, call: Call, payload: bytes | None, media_type: str | None, options: CallOptions) -> Response:
        """Return a 2xx response. A request with 401 was not processed; it is retried once if its credential changed."""
        if self._checked_headers != self.default_headers:
            self._check_default_headers()
        headers = {**self._checked_headers, "Accept": call.operation.accept}
        if media_type is not None:
            headers["Content-Type"] = media_type
        authenticated = self._has_credential
        if options:
            authenticated |= _add_passed_headers(headers, options)
        if authenticated:
            response = self._transport.send(call, headers, payload)
        else:
            name, value = self._authenticator.header(call)
            response = self._transport.send(call, {**headers, name: value}, payload)
            if response.status == 401:
                name, renewed = self._authenticator.header(call, value)
                if renewed != value:
                    response = self._transport.send(call, {**headers, name: renewed}, payload)
        if 200 <= response.status <= 299:
            return response
        raise _exception(call.operation, response)

    def _check_default_headers(self) -> None:
        self._checked_headers = check_headers("default_headers", self.default_headers)
        self._has_credential = not CREDENTIAL_HEADERS.isdisjoint(map(str.lower, self._checked_headers))

    def _fetch_token(self, seconds: float) -> tuple[Mapping[str, object], HttpInfo]:
        form = {"grant_type": "client_credentials", "scope": self.configuration.scope}
        token = self.call_api(GET_ACCESS_TOKEN, body=form, _total_timeout=None if seconds == NEVER else seconds)
        return secret(token.to_dict()), token.http_info

    def _submit(
        self,
        operation: Operation[T],
        path_values: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: object,
        options: CallOptions,
    ) -> pool.AsyncResult[T]:
        """Make the call in a thread."""
        threads = self._threads.get(os.getpid())
        if threads is None:
            from multiprocessing.pool import ThreadPool  # slow to import, and few programs need it

            created = ThreadPool(self.pool_threads)
            threads = self._threads.setdefault(os.getpid(), created)
            if threads is not created:  # another thread was faster
                created.close()
        others = {name: value for name, value in options.items() if name != "async_req"}
        arguments = {"query": query, "body": deepcopy(body), **others}
        return threads.apply_async(copy_context().run, (self.call_api, operation, *path_values), arguments)


def _check_options(options: CallOptions) -> None:
    # Error trackers show the variables of the functions that an exception came through.
    options.update(cast("CallOptions", secret({name: options.get(name) for name in ("_headers", "_request_auths")})))
    if unknown := options.keys() - CallOptions.__optional_keys__:
        valid = ", ".join(sorted(CallOptions.__optional_keys__))
        raise ApiTypeError(f"unknown option {min(unknown)!r}; valid options: {valid}")
    if headers := options.get("_headers"):
        check_headers("_headers", headers)
    if credentials := options.get("_request_auths"):
        _check_credentials(credentials)
    check_timeout("_request_timeout", options.get("_request_timeout"))
    check_total_timeout("_total_timeout", options.get("_total_timeout"))
    check_retries("_retries", options.get("_retries", 0))


def _check_credentials(credentials: list[Mapping[str, str]] | None) -> None:
    if not isinstance(credentials, list) or not all(
        isinstance(part, Mapping) and part.get("in") == "header" for part in credentials
    ):
        raise ApiValueError('_request_auths must be a list of {"in": "header", "key": name, "value": value}')
    check_headers("_request_auths", {part.get("key"): part.get("value") for part in credentials})


def _add_passed_headers(headers: dict[str, str], options: CallOptions) -> bool:
    """Add the headers that were passed for one call, and return whether they contain a credential."""
    credentials = {str(part["key"]): part["value"] for part in options.get("_request_auths") or ()}
    passed = {**credentials, **(options.get("_headers") or {})}
    replaced = {name.lower() for name in passed}
    has_credential = bool(credentials or CREDENTIAL_HEADERS & replaced)
    if has_credential:
        replaced |= CREDENTIAL_HEADERS
    for name in [name for name in headers if name.lower() in replaced]:
        del headers[name]
    headers |= passed
    return has_credential


def _exception(operation: Operation[Any], response: Response) -> ApiException:
    from smscx_client.model.error import Error  # only a failed call needs it

    error = error_object(response.body)
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
