"""The HTTP side of the sandbox: routing, credentials, rate limit, faults and error responses."""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from smscx_client.sandbox import errors
from smscx_client.sandbox.account import Account
from smscx_client.sandbox.endpoints import Call
from smscx_client.sandbox.errors import DocumentedError, ServiceError
from smscx_client.sandbox.faults import NO_FAULT, Fault, FaultQueue
from smscx_client.sandbox.page import account_page
from smscx_client.sandbox.parameters import Parameters
from smscx_client.sandbox.rate_limit import RateLimit
from smscx_client.sandbox.requests import RecordedRequest, masked
from smscx_client.sandbox.responses import ApiVersion, Json, ResponseSerializer, serialize_sms
from smscx_client.sandbox.routes import Route, routes_of
from smscx_client.sandbox.webhooks import Message

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_RECORDED_REQUESTS = 1000
_CONTROL_PREFIX = "/_sandbox"


class Service:
    """A service that responds to requests as the real one does.

    Args:
        account: Account whose credentials are accepted.
        api_version: API version of requests and responses.
        rate_limit: Rate limit of the account.

    Attributes:
        lock: Held while the account is read or changed.
        control: Handles requests to ``/_sandbox/``: takes name, method and body, returns status and response body.
    """

    def __init__(self, account: Account, api_version: ApiVersion, rate_limit: RateLimit) -> None:
        self.lock: Lock = Lock()
        self.faults: FaultQueue = FaultQueue()
        self.api_version: ApiVersion = api_version
        self.rate_limit = rate_limit
        self.requests: deque[RecordedRequest] = deque(maxlen=MAX_RECORDED_REQUESTS)
        self.control: Callable[[str, str, bytes], tuple[int, Json]] | None = None
        self._routes = routes_of(api_version)
        self.start(account)

    def start(self, account: Account) -> None:
        """Start with a new account, without faults or recorded requests."""
        self.account = account
        self._serializer = ResponseSerializer(self.api_version, account.clock)
        self.faults.clear()
        self.requests.clear()

    def respond(self, environ: WSGIEnvironment) -> tuple[Response, Fault]:
        """Return the response to a request, and the fault that it meets.

        The request body has been read to the end, unless the status is 413.
        """
        request = Request(environ)
        request.max_content_length = MAX_BODY_BYTES
        started = time.perf_counter()
        body = _read_body(request)
        if request.path.startswith(_CONTROL_PREFIX):
            return self._control_response(request, body), NO_FAULT
        if request.method == "GET" and request.path in ("/", "/openapi.json"):
            return self._page() if request.path == "/" else _openapi_document(), NO_FAULT
        fault = self.faults.take()
        with self.lock:
            operation, response = self._route(request, body, fault)
            status = 0 if fault.drop in ("before", "after") else response.status_code
            self.requests.append(_recorded(request, operation, status, self.account.clock.now()))
        response.headers["X-Request-Id"] = str(uuid4())
        response.headers["X-Response-Time"] = f"{(time.perf_counter() - started) * 1000:.1f}ms"
        return response, fault

    def take_messages(self) -> list[Message]:
        """Return the webhook messages to post, and mark their items as posted."""
        with self.lock:
            messages = [
                Message(url, "receive_sms", [serialize_sms(sms) for sms in received])
                for url, received in self.account.rentals.take_unposted()
            ]
            for url, bulk, results in self.account.lookups.take_unposted():
                items = [{**self._serializer.lookup(result), "lookupBulkId": bulk.bulk_id} for result in results]
                messages.append(Message(url, "number_lookup", items))
        return messages

    def _page(self) -> Response:
        with self.lock:
            page = account_page(self.account, list(self.requests), self.api_version)
        return Response(page, content_type="text/html; charset=utf-8")

    def _control_response(self, request: Request, body: bytes | None) -> Response:
        if self.control is None or body is None:
            return self._error(errors.ENDPOINT_NOT_FOUND)
        try:
            status, document = self.control(request.path.removeprefix(_CONTROL_PREFIX).strip("/"), request.method, body)
        except ServiceError as failure:
            return self._error(failure.error)
        return _json(document, status)

    def _route(self, request: Request, body: bytes | None, fault: Fault) -> tuple[str | None, Response]:
        """Return the operation that a request is for, if there is one, and the response."""
        try:
            endpoint, arguments = self._routes.match(request.path, request.method)
        except MethodNotAllowed as failure:
            response = self._error(errors.METHOD_NOT_ALLOWED)
            response.headers["Allow"] = ", ".join(sorted(failure.valid_methods or ()))
            return None, response
        except HTTPException:
            return None, self._error(errors.ENDPOINT_NOT_FOUND)
        route = cast("Route", endpoint)
        return route.operation, self._handle(route, arguments, request, body, fault)

    def _handle(
        self, route: Route, arguments: Mapping[str, Any], request: Request, body: bytes | None, fault: Fault
    ) -> Response:
        try:
            if body is None:
                raise ServiceError(errors.BODY_TOO_LARGE)
            if fault.error is not None:
                raise ServiceError(fault.error)
            if fault.drop == "before":
                return Response()
            return self._process(route, arguments, request, body)
        except ServiceError as failure:
            return self._error(failure.error)
        except HTTPException:
            return self._error(errors.ENDPOINT_NOT_FOUND)
        except Exception:
            logging.getLogger("smscx_client.sandbox").exception("%s failed in the sandbox", route.operation)
            return self._error(errors.INTERNAL_SERVER_ERROR)

    def _process(self, route: Route, arguments: Mapping[str, Any], request: Request, body: bytes) -> Response:
        if route.operation != "get_access_token":
            self.account.credentials.authorize(request.headers.get("X-API-KEY"), _bearer_token(request))
            if not self.rate_limit.take(self.account.clock.now()):
                raise ServiceError(errors.RATE_LIMIT_EXCEEDED)
        result = route.handler(Call(self.account, Parameters(request, body), self._serializer), **arguments)
        response = result if isinstance(result, Response) else _json(result, 200)
        response.headers.update(self.rate_limit.headers())
        return response

    def _error(self, error: DocumentedError) -> Response:
        response = _json(self._serializer.error(error), error.status)
        response.headers.update(self.rate_limit.headers())
        if error.status == errors.RATE_LIMIT_EXCEEDED.status:
            response.headers.update(self.rate_limit.reset_header(self.account.clock.now()))
        return response


def _read_body(request: Request) -> bytes | None:
    """Return the request body, or None if it is too large or its chunks are malformed."""
    try:
        return request.get_data()
    except (HTTPException, OSError):
        return None


def _bearer_token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else None


def _recorded(request: Request, operation: str | None, status: int, now: datetime) -> RecordedRequest:
    query = request.query_string.decode("latin-1")
    return RecordedRequest(now, request.method, request.path, query, operation, status, masked(dict(request.headers)))


@cache
def _openapi() -> str:
    return (Path(__file__).parent / "openapi.json").read_text(encoding="utf-8")


def _openapi_document() -> Response:
    return Response(_openapi(), content_type="application/json")


def _json(document: Json, status: int) -> Response:
    return Response(json.dumps(document, separators=(",", ":")), status, content_type="application/json")
