"""The HTTP side of the sandbox: routing, credentials, rate limit, faults and error responses."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from random import Random
from typing import Any, cast
from urllib.parse import urlsplit

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.http import http_date

from smscx_client.sandbox import errors, page
from smscx_client.sandbox.account import Account
from smscx_client.sandbox.contract import openapi
from smscx_client.sandbox.controls import SandboxAccount, call_control
from smscx_client.sandbox.faults import NO_FAULT, Fault
from smscx_client.sandbox.inventory import random_id
from smscx_client.sandbox.parameters import Call
from smscx_client.sandbox.requests import RecordedRequest, masked, masked_body
from smscx_client.sandbox.responses import ApiVersion, Json
from smscx_client.sandbox.routes import Route, routes_of

MAX_BODY_BYTES, MAX_HEADER_BYTES = 8 * 1024 * 1024, 65_536
_CONTROL_PREFIX = "/_sandbox"
_RANDOM = Random()
UNREAD_BODY = "smscx_client.unread_body"
"""Key in the WSGI environment of a request whose body was not read: its connection cannot serve another request."""

Reply = tuple[Response, Fault, str]
"""A response, the fault that says how to send it, and its ``Date`` header by the account's clock."""


class Service:
    """A service that responds to requests as the real one does.

    Args:
        default: Account of requests without a valid credential, and of controls that name no account.
        controls: Methods that ``POST /_sandbox/<name>`` calls.
        hosts: Names and addresses that the ``Host`` header may have, besides loopback; ``*`` stands for any address.

    Attributes:
        accounts: All accounts.
    """

    def __init__(
        self, default: SandboxAccount, controls: Mapping[str, Callable[..., object]], hosts: frozenset[str]
    ) -> None:
        self.accounts: list[SandboxAccount] = [default]
        self._controls = controls
        self._hosts = hosts

    def respond(self, environ: dict[str, Any]) -> Reply:
        """Return the response to a request.

        The request body has been read to the end, unless ``UNREAD_BODY`` is in the environment.
        """
        request = Request(environ)
        request.max_content_length = MAX_BODY_BYTES
        started = time.perf_counter()
        body = _read_body(request)
        sandbox_account = self._account_of(request)
        try:
            self._check_headers(request)
            if request.path.startswith(_CONTROL_PREFIX):
                return _plain(self._control(sandbox_account, request, body))
            if request.path == "/openapi.json" and request.method in ("GET", "HEAD"):
                return _plain(_document(sandbox_account, request))
            if (shown := page.respond(sandbox_account, self.accounts, request)) is not None:
                return _plain(shown)
        except errors.ServiceError as failure:
            with sandbox_account.locked() as account:
                return _plain(_error(account, failure.error))
        exchange = _Exchange(sandbox_account, request, body)
        response_time = f"{(time.perf_counter() - started) * 1000:.1f}ms"
        exchange.response.headers.extend({"X-Request-Id": random_id(_RANDOM), "X-Response-Time": response_time})
        return exchange.response, exchange.fault, http_date(exchange.time)

    def _account_of(self, request: Request) -> SandboxAccount:
        """Return the account that the credential, or the query parameter ``account``, belongs to."""
        login = request.authorization if "HTTP_AUTHORIZATION" in request.environ else None
        name = (login.token or login.username) if login else request.environ.get("HTTP_X_API_KEY")
        name = name or request.args.get("account", "")
        return next((account for account in self.accounts if account.owns(name)), self.accounts[0])

    def _check_headers(self, request: Request) -> None:
        """Reject what a page of another site can cause: another ``Host`` (DNS rebinding) or ``Origin`` (CSRF)."""
        sizes = [len(value) for name, value in request.environ.items() if name.startswith("HTTP_")]
        if sum(sizes) > MAX_HEADER_BYTES:
            raise errors.ServiceError(errors.HEADERS_TOO_LARGE)
        host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
        if not self._is_allowed(host) or origin not in (None, f"http://{host}", f"https://{host}"):
            raise errors.ServiceError(errors.FORBIDDEN_HOST)

    def _is_allowed(self, host: str) -> bool:
        with suppress(ValueError):  # the header is malformed, or has a name where only addresses are allowed
            name = urlsplit(f"//{host}").hostname or ""
            return name in self._hosts or name == "localhost" or ip_address(name).is_loopback or "*" in self._hosts
        return False

    def _control(self, account: SandboxAccount, request: Request, body: bytes | None) -> Response:
        if body is None:
            raise errors.ServiceError(errors.BODY_TOO_LARGE)
        if request.method == "POST" and request.mimetype != "application/json":
            raise errors.ServiceError(errors.NOT_JSON)
        key = request.headers.get("X-API-KEY")
        if key is not None and not account.owns(key):
            raise errors.ServiceError(errors.INVALID_CREDENTIAL)
        name = request.path.removeprefix(_CONTROL_PREFIX).strip("/")
        if name == "create_account":
            account = self.accounts[0]  # any account can create another one
        return _json(call_control(account, self._controls, name, request.method, body), 200)


class _Exchange:
    """A request to the API and its response.

    Attributes:
        fault: Fault that the request meets.
        response: Response to the request.
        time: Time of the request, by the account's clock.
    """

    def __init__(self, sandbox_account: SandboxAccount, request: Request, body: bytes | None) -> None:
        self._locked = sandbox_account.locked
        self._request = request
        self._allow = ""
        route, arguments = self._match(sandbox_account.api_version)
        operation = route.operation if route else None
        with self._locked() as account:
            self._account = account
            self.time = account.clock.now()
            self.fault = NO_FAULT if request.method in ("HEAD", "OPTIONS") else account.faults.take(operation)
        try:
            self.response = self._process(route, arguments, body)
        except errors.ServiceError as failure:
            self.response = self._error(failure.error)
        except HTTPException:
            self.response = self._error(errors.ENDPOINT_NOT_FOUND)
        except Exception:
            logging.getLogger("smscx_client.sandbox").exception("%s failed in the sandbox", operation)
            self.response = self._error(errors.INTERNAL_SERVER_ERROR)
        if self.fault.retry_after is not None:
            self.response.headers["Retry-After"] = str(self.fault.retry_after)
        if self._allow:
            self.response.headers["Allow"] = self._allow
        self._record(operation, body or b"")

    def _match(self, api_version: ApiVersion) -> tuple[Route | None, Mapping[str, Any]]:
        try:
            route, arguments = routes_of(api_version).match(self._request.path, self._request.method)
        except MethodNotAllowed as failure:
            self._allow = ", ".join(sorted({*(failure.valid_methods or ()), "OPTIONS"}))
        except HTTPException:
            pass
        else:
            return cast("Route", route), arguments
        return None, {}

    def _process(self, route: Route | None, arguments: Mapping[str, Any], body: bytes | None) -> Response:
        if self._allow and self._request.method == "OPTIONS":
            return Response(status=204)
        if route is None:
            raise errors.ServiceError(errors.METHOD_NOT_ALLOWED if self._allow else errors.ENDPOINT_NOT_FOUND)
        if body is None or self.fault.error is not None:
            raise errors.ServiceError(self.fault.error or errors.BODY_TOO_LARGE)
        if self.fault.drop == "before":
            return Response()
        with self._locked() as account:
            self._admit(account, route)
            headers = account.rate_limit.headers(account.clock.now())
        result = route.handler(Call(self._request, body, self._locked, account.serializer), **arguments)
        response = result if isinstance(result, Response) else _json(result, 200)
        response.headers.extend(headers)
        return response

    def _admit(self, account: Account, route: Route) -> None:
        if route.operation == "get_access_token":
            return
        login = self._request.authorization if "HTTP_AUTHORIZATION" in self._request.environ else None
        token = login.token if login is not None and login.type == "bearer" else None
        account.credentials.authorize(self._request.headers.get("X-API-KEY"), token)
        if not account.rate_limit.take(account.clock.now()):
            raise errors.ServiceError(errors.RATE_LIMIT_EXCEEDED)

    def _error(self, error: errors.DocumentedError) -> Response:
        with self._locked() as account:
            return _error(account, error)

    def _record(self, operation: str | None, body: bytes) -> None:
        request, dropped = self._request, self.fault.drop in ("before", "after")
        query, headers = masked_body(request.query_string).decode("latin-1"), masked(dict(request.headers))
        status, response = (0, b"") if dropped else (self.response.status_code, self.response.get_data())
        bodies = masked_body(body), masked_body(response)
        recorded = RecordedRequest(self.time, request.method, request.path, query, operation, status, headers, *bodies)
        with self._locked():
            self._account.requests.add(recorded, len(body) + len(response))


def _error(account: Account, error: errors.DocumentedError) -> Response:
    response, now = _json(account.serializer.error(error), error.status), account.clock.now()
    response.headers.extend(account.rate_limit.headers(now))
    if error.status == errors.RATE_LIMIT_EXCEEDED.status:
        response.headers.extend(account.rate_limit.reset_header(now))
    return response


def _plain(response: Response) -> Reply:
    return response, NO_FAULT, http_date()


def _document(sandbox_account: SandboxAccount, request: Request) -> Response:
    return _json({**openapi(sandbox_account.api_version), "servers": [{"url": f"http://{request.host}"}]}, 200)


def _read_body(request: Request) -> bytes | None:
    """Return the request body, or None if it is too large or its chunks are malformed."""
    try:
        return request.get_data()
    except (HTTPException, OSError):
        request.environ[UNREAD_BODY] = True
        return None


def _json(document: Json, status: int) -> Response:
    body = json.dumps(document, separators=(",", ":"), default=_encode)
    return Response(body, status, content_type="application/json")


def _encode(value: object) -> object:
    """Return what JSON has instead of a time, a body or a record."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else vars(value)
