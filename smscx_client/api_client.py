"""ApiClient: from arguments to an HTTP request, and from its answer to a model or an exception."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar, cast, overload

from smscx_client._version import __version__
from smscx_client.configuration import Configuration, check_headers
from smscx_client.credentials import GET_ACCESS_TOKEN, Credentials
from smscx_client.error_response import exception_for, text_of
from smscx_client.exceptions import ApiException, ApiTypeError, ApiValueError
from smscx_client.http_info import HttpInfo
from smscx_client.model_utils import view
from smscx_client.operation import Operation
from smscx_client.rest import RESTClient, attempts_of, body_of

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult, ThreadPool

    from typing_extensions import Self, Unpack
    from urllib3 import BaseHTTPResponse

    from smscx_client.model.oauth_token_response import OauthTokenResponse

T = TypeVar("T")


class RequestOptions(TypedDict, total=False):
    """What every method takes beside its own arguments, and what does not change what it returns."""

    _request_timeout: float | tuple[float | None, float | None] | None
    """Seconds for this call: one number, or ``(connect, read)``; None is the configuration's ``timeout``."""
    _check_input_type: bool
    """False: send the arguments as they are."""
    _headers: Mapping[str, str]
    """Further headers for this call."""
    _request_auths: list[Mapping[str, str]] | None
    """Headers ``{"in": "header", "key": name, "value": text}`` in place of the configuration's credential."""
    _check_return_type: bool
    """Accepted for programs written for older clients; does nothing."""
    _spec_property_naming: bool
    """Accepted for programs written for older clients; does nothing."""
    _content_type: str | None
    """Accepted for programs written for older clients; does nothing."""
    _host_index: int | None
    """Accepted for programs written for older clients; does nothing."""


class CallOptions(RequestOptions, total=False):
    """All that a method takes beside its own arguments."""

    _return_http_data_only: bool
    """False: return ``(data, status, headers)``, an :class:`HttpAnswer`."""
    _preload_content: bool
    """False: return urllib3's response, whose body is still to be read; close it, or read it to its end."""
    async_req: bool
    """True: return at once an object whose ``get(timeout)`` returns, or raises, what the call does."""


if TYPE_CHECKING:

    class HttpAnswer(NamedTuple, Generic[T]):
        """What a call returns with ``_return_http_data_only=False``."""

        data: T
        status: int
        headers: Mapping[str, str]

else:

    class HttpAnswer(NamedTuple):  # Python 3.10 knows no generic ones
        """What a call returns with ``_return_http_data_only=False``."""

        data: object
        status: int
        headers: Mapping[str, str]


class ApiClient:
    """Makes calls, over connections that it keeps open and that threads may share. Use it in a ``with`` block, or
    :meth:`close` it.

    Args:
        configuration: Where the service is and who asks; a copy of the default configuration where None.
        pool_threads: How many calls with ``async_req=True`` run at a time.

    Attributes:
        configuration: The configuration; what is changed in it holds from the next call on.
        default_headers: Headers that go on every request.
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
        self._rest = RESTClient(self.configuration)
        self._credentials = Credentials(self.configuration, self._fetch_token)
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
    ) -> HttpAnswer[T]: ...

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
    ) -> T | HttpAnswer[T] | BaseHTTPResponse | AsyncResult[T]:
        """Call an endpoint. Every method of ``NumbersApi`` ends here; an endpoint that has no method yet is called with
        an :class:`Operation` of one's own: ``client.call_api(Operation("get_balance", "GET", "/account/balance",
        returns=Model, repeatable=True)).to_dict()``.

        Args:
            operation: The endpoint. Where it is not ``repeatable``, which is the default, a request that may have been
                carried out is not sent again.
            path_values: A value for each argument in the operation's path, in that order.
            query: Query parameters; None leaves one out.
            body: The request's model, or any JSON value where the operation names no model.
            options: See :class:`CallOptions`.

        Returns:
            What the operation says; something else where an option asks for it.

        Raises:
            ApiTypeError: an argument or option is missing, unknown or of the wrong type. Nothing was sent.
            ApiValueError: an argument or option has a value that is not allowed. Nothing was sent.
            InvalidCredentialsException: there is no credential to send, or the service refuses it.
            ApiConnectionException: no usable answer came; :class:`ApiTimeoutException` where none came in time.
            ApiException: any other failure, as one of its subclasses.
        """
        if options:
            _check_options(options)
            if options.get("async_req"):
                return self._in_thread(operation, path_values, query, body, options)
        check = self.configuration.client_side_validation and options.get("_check_input_type", True)
        target = operation.target(path_values, query, check)
        payload, media_type = operation.payload(body, check)
        headers = self._headers(operation, media_type, options)
        preload = options.get("_preload_content", True)
        sent_at = time.time()
        try:
            response = self._rest.request(operation, target, headers, payload, options.get("_request_timeout"), preload)
            if response.status == 401 and not options.get("_request_auths"):
                renewed = self._credentials.renew(operation, headers.get("Authorization", ""))
                if renewed is not None:
                    headers["Authorization"] = renewed
                    response = self._rest.request(
                        operation, target, headers, payload, options.get("_request_timeout"), preload
                    )
            if not 200 <= response.status <= 299:
                raise exception_for(
                    operation,
                    response.status,
                    response.reason,
                    response.headers,
                    body_of(response),
                    attempts_of(response),
                )
            if not preload:
                return response
            info, attempts = HttpInfo(response.status, response.headers), attempts_of(response)
            content = _content(operation, response.data)
            del response  # a body of 40,000 results and its text need not be held while objects are made of it
            answer = _answer(operation, info, content, attempts)
            if options.get("_return_http_data_only", True):
                return answer
            return HttpAnswer(answer, info.status, info.headers)
        except ApiException as exception:
            if exception.outcome_unknown:
                exception.sent_at = datetime.fromtimestamp(sent_at, timezone.utc)
                exception.lost_at = datetime.now(timezone.utc)
                exception.arguments = operation.traces(path_values, body)
            raise

    def close(self) -> None:
        """Wait for the calls that run in threads and close all connections. A later call opens new ones."""
        if self._threads is not None:
            self._threads[1].close()
            self._threads[1].join()
            self._threads = None
        self._rest.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    def _headers(self, operation: Operation[Any], media_type: str | None, options: CallOptions) -> dict[str, str]:
        headers = {**self.default_headers, "Accept": operation.accept}
        if media_type is not None:
            headers["Content-Type"] = media_type
        auths = options.get("_request_auths")
        if auths:
            headers |= _headers_of(auths)
        else:
            name, value = self._credentials.header(operation)
            headers[name] = value
        extra = options.get("_headers")
        if extra:
            extra = check_headers("_headers", extra)
            replaced = {name.lower() for name in extra}
            headers = {name: value for name, value in headers.items() if name.lower() not in replaced} | extra
        return headers

    def _fetch_token(self) -> OauthTokenResponse:
        form = {"grant_type": "client_credentials", "scope": self.configuration.scope}
        return self.call_api(GET_ACCESS_TOKEN, body=form)

    def _in_thread(
        self,
        operation: Operation[T],
        path_values: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: object,
        options: CallOptions,
    ) -> AsyncResult[T]:
        if self._threads is None or self._threads[0] != os.getpid():
            from multiprocessing.pool import ThreadPool  # slow to import, and few programs need it

            self._threads = os.getpid(), ThreadPool(self.pool_threads)
        others = {name: value for name, value in options.items() if name != "async_req"}
        arguments = {"query": query, "body": deepcopy(body), **others}
        return self._threads[1].apply_async(self.call_api, (operation, *path_values), arguments)


def _check_options(options: CallOptions) -> None:
    if unknown := options.keys() - CallOptions.__optional_keys__:
        raise ApiTypeError(
            f"there is no option {min(unknown)!r}; there are {', '.join(sorted(CallOptions.__optional_keys__))}"
        )


def _headers_of(auths: list[Mapping[str, str]]) -> dict[str, str]:
    if not isinstance(auths, list) or not all(
        isinstance(auth, Mapping) and auth.get("in") == "header" for auth in auths
    ):
        raise ApiValueError('_request_auths must be a list of {"in": "header", "key": name, "value": text}')
    return check_headers("_request_auths", {auth.get("key"): auth.get("value") for auth in auths})


def _content(operation: Operation[Any], body: bytes) -> str | bytes:
    """What an answer holds: a file as it is, all else as text."""
    if operation.answer_type is bytes:
        return body
    try:
        return body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError:
        return text_of(body)


def _answer(operation: Operation[T], info: HttpInfo, content: str | bytes, attempts: int) -> T:
    kind: type[Any] = operation.answer_type
    if kind is bytes or kind is str:
        return cast("T", content)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if type(document) is not dict:
        raise ApiException(
            info.status,
            "the answer is no JSON object",
            body=text_of(cast("str", content).encode("utf-8", "surrogatepass")),
            headers=info.headers,
            operation=operation.name,
            attempts=attempts,
            outcome_unknown=not operation.repeatable,
            find_out=operation.find_out,
        )
    return cast("T", view(kind, cast("dict[str, object]", document), info))
