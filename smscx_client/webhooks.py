"""Webhooks: the received SMS and lookup results that the service posts to your callback URLs.

:func:`parse_webhook` turns a request body into a typed event. :class:`WebhookApp` is a complete receiver: it parses
requests, calls your callbacks, and handles redeliveries.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Callable, Iterable
from hmac import compare_digest
from http import HTTPStatus
from threading import Lock
from types import CoroutineType
from typing import Any, BinaryIO, cast

from smscx_client._argument_checks import check_int, check_string, describe
from smscx_client.exceptions import ApiTypeError, ApiValueError
from smscx_client.model.call_back_request_number_lookup import CallBackRequestNumberLookup
from smscx_client.model.call_back_request_receive_sms import CallBackRequestReceiveSms
from smscx_client.model.data_number_lookup_webhook import DataNumberLookupWebhook
from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.model_utils import UNSET, JsonObject, M, Model, Nullable, items_of

WSGIEnvironment = dict[str, Any]
StartResponse = Callable[..., object]

logger: logging.Logger = logging.getLogger("smscx_client.webhooks")


class UnknownEvent(Model):
    """An event of a kind that this version does not know. ``to_dict()`` returns everything that the service sent."""

    event: Nullable[str] = UNSET
    """Name of the event."""


WebhookEvent = CallBackRequestReceiveSms | CallBackRequestNumberLookup | UnknownEvent


def parse_webhook(body: bytes | str) -> WebhookEvent:
    """Return the event that the service posted to a callback URL.

    The event's name and the fields of its items determine its kind, because the service does not always send the same
    name. Missing, unknown or malformed fields do not raise here. As in a response, a malformed field raises when you
    read it.

    Args:
        body: Body of the request, unchanged.

    Returns:
        Received SMS, lookup results, or an :class:`UnknownEvent`.

    Raises:
        ApiValueError: the body is not a JSON object.
        ApiTypeError: the body is neither bytes nor str.
    """
    return _event(_load_object(body))


class WebhookApp:
    """A webhook receiver that passes each item to a callback once.

    An instance is a WSGI application. In a view of your own, call :meth:`receive` instead.

    Callbacks run before the 200 response. If one fails, or the process dies, the service redelivers the request, so
    nothing is lost. Keep callbacks short: store the item, or put it on a durable queue, and return.

    If a callback raises, the error is logged without the exception's message and without the item. The other items of
    the request are still processed, and the response is 500. The redelivery runs only the callbacks that failed. If
    another thread is processing an item at that moment, the response is 503.

    Items are recognized by ``msg_id`` and ``lookup_id``, and remembered in this process only. An item can arrive again
    after a restart, in another process, or if the process died in a callback; store items under their ID. Items without
    an ID are never treated as redelivered.

    Webhooks are not signed. Pass a ``url_token`` and make it the last segment of your callback URL, so that only the
    service knows the URL; docs/webhooks.md explains how.

    Args:
        on_sms: Called with each received SMS.
        on_lookup: Called with each lookup result.
        on_unhandled: Called with each event that the other callbacks do not handle: an unknown event, an event without
            a callback, or one whose ``data`` is not a list of objects. Redeliveries call it again. If it is None, such
            an event is logged without its content, and the response is 200.
        url_token: Secret that the last segment of the URL must equal; any other path gets a 404. At least 16 letters,
            digits, ``-`` or ``_``; generate it with ``secrets.token_urlsafe()``.
        max_body: Maximum size of a request body in bytes.
        max_items: Maximum number of items in a request.
        max_remembered: How many of the latest processed items to remember.

    Raises:
        ApiTypeError: an argument has the wrong type, a callback is an ``async`` function, or there is no callback. A
            callback that returns a coroutine anyway is treated as one that raises.
        ApiValueError: ``max_body``, ``max_items`` or ``max_remembered`` is less than 1, or ``url_token`` is too short.
    """

    def __init__(
        self,
        *,
        on_sms: Callable[[DataReceiveSms], object] | None = None,
        on_lookup: Callable[[DataNumberLookupWebhook], object] | None = None,
        on_unhandled: Callable[[WebhookEvent], object] | None = None,
        url_token: str | None = None,
        max_body: int = 4_000_000,
        max_items: int = 10_000,
        max_remembered: int = 100_000,
    ) -> None:
        callbacks = {"on_sms": on_sms, "on_lookup": on_lookup, "on_unhandled": on_unhandled}
        if not any(callbacks.values()):
            raise ApiTypeError("WebhookApp needs a callback: on_sms, on_lookup or on_unhandled")
        for name, callback in callbacks.items():
            _check_callback(name, callback)
        self._url_token = check_string("url_token", url_token)
        if url_token is not None and not re.fullmatch(r"[A-Za-z0-9_-]{16,}", url_token):
            raise ApiValueError("url_token must have at least 16 letters, digits, - or _; use secrets.token_urlsafe()")
        self._on_sms = on_sms
        self._on_lookup = on_lookup
        self._on_unhandled = on_unhandled
        self._max_body = check_int("max_body", max_body, 1)
        self._max_items = check_int("max_items", max_items, 1)
        self._deliveries = _Deliveries(check_int("max_remembered", max_remembered, 1))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond to one request, as a WSGI application.

        The status is the one that :meth:`receive` returns, or 400 (unreadable body or length), 405 (not a POST) or 411
        (unknown length).
        """
        status = self._respond(environ)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "0")]
        if status == 405:
            headers.append(("Allow", "POST"))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [b""]

    def receive(self, body: bytes | str, *, path: str | None = None) -> int:
        """Pass the items of a request body to the callbacks.

        Args:
            body: Body of the request, unchanged.
            path: Path of the request; required if there is a ``url_token``.

        Returns:
            HTTP status of your response. The service redelivers the request unless it is 200. 400: the body is not a
            JSON object. 404: the path does not end with the ``url_token``. 413: the body is too large, or has too many
            items. 500: a callback raised. 503: another thread is processing one of the items.

        Raises:
            ApiTypeError: the body is neither bytes nor str, or the path is missing.
        """
        if self._url_token is not None and not isinstance(path, str):
            raise ApiTypeError(f"path must be str, because this WebhookApp has a url_token, not {describe(path)}")
        if not self._accepts(path or ""):
            return 404
        return self._receive(body)

    def _receive(self, body: bytes | str) -> int:
        if isinstance(body, (bytes, bytearray, str)) and len(body) > self._max_body:
            return 413
        try:
            data = _load_object(body)
        except ApiValueError:
            return 400
        event, items = _event(data), data.get("data")
        if isinstance(items, list) and len(cast("list[object]", items)) > self._max_items:
            return 413
        if isinstance(event, CallBackRequestReceiveSms):
            return self._receive_items(event, data.get("data"), self._on_sms, DataReceiveSms, "msgId")
        if isinstance(event, CallBackRequestNumberLookup):
            return self._receive_items(event, data.get("data"), self._on_lookup, DataNumberLookupWebhook, "lookupId")
        return self._receive_unhandled(event)

    def _accepts(self, path: str) -> bool:
        if self._url_token is None:
            return True
        segment = path.rstrip("/").rpartition("/")[2]
        return compare_digest(segment.encode("utf-8", "surrogatepass"), self._url_token.encode())

    def _respond(self, environ: WSGIEnvironment) -> int:
        if not self._accepts(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")):
            return 404
        if environ["REQUEST_METHOD"] != "POST":
            return 405
        length: str = environ.get("CONTENT_LENGTH") or ""
        if error := self._length_error(length, ends=bool(environ.get("wsgi.input_terminated"))):
            return error
        try:
            body = _read(environ["wsgi.input"], int(float(length or self._max_body + 1)))
        except OSError:
            return 400
        return self._receive(body)

    def _length_error(self, length: str, *, ends: bool) -> int | None:
        """Return the HTTP status for a Content-Length that cannot be accepted, if any."""
        if not length:
            return None if ends else 411  # otherwise the stream may have no end
        if not (length.isascii() and length.isdigit()):
            return 400
        return 413 if float(length) > self._max_body else None  # int() rejects strings of very many digits

    def _receive_items(
        self, event: WebhookEvent, data: object, callback: Callable[[M], object] | None, model: type[M], id_name: str
    ) -> int:
        items = cast("list[object]", data) if isinstance(data, list) else []
        objects = [cast("JsonObject", item) for item in items if isinstance(item, dict)]
        statuses: list[int] = []
        if callback is None or objects != data:
            statuses.append(self._receive_unhandled(event))
        if callback is not None:
            statuses += [self._receive_item(callback, model.from_dict(item), item.get(id_name)) for item in objects]
        return max(statuses, default=200)

    def _receive_item(self, callback: Callable[[M], object], item: M, item_id: object) -> int:
        if not isinstance(item_id, str) or not 0 < len(item_id) <= _MAX_ID_LENGTH:
            return _run(callback, item)
        key = f"{type(item).__name__} {item_id}"
        status = self._deliveries.start(key)
        if status is None:
            status = 500
            try:
                status = _run(callback, item)
            finally:
                self._deliveries.finish(key, succeeded=status == 200)
        return status

    def _receive_unhandled(self, event: WebhookEvent) -> int:
        if self._on_unhandled is None:
            logger.warning("Dropped a webhook event that no callback handles. Pass on_unhandled to receive it.")
            return 200
        return _run(self._on_unhandled, event)


_MAX_ID_LENGTH = 100
"""Maximum length of an ID that is remembered, so that forged requests cannot fill the memory. Real IDs have 36."""


class _Deliveries:
    """The items that are being processed, and the latest items whose callback succeeded.

    Args:
        max_remembered: How many processed items to remember.
    """

    def __init__(self, max_remembered: int) -> None:
        self._max_remembered = max_remembered
        self._lock = Lock()
        self._in_progress: set[str] = set()
        self._processed: dict[str, None] = {}

    def start(self, key: str) -> int | None:
        """Mark an item as in progress. Return None, or 200 if it is processed, or 503 if another thread has it."""
        with self._lock:
            if key in self._processed:
                return 200
            if key in self._in_progress:
                return 503
            self._in_progress.add(key)
            return None

    def finish(self, key: str, *, succeeded: bool) -> None:
        """Mark an item as processed if its callback succeeded."""
        with self._lock:
            self._in_progress.discard(key)
            if succeeded:
                self._processed[key] = None
                if len(self._processed) > self._max_remembered:
                    del self._processed[next(iter(self._processed))]


def _load_object(body: bytes | str) -> JsonObject:
    if not isinstance(body, (bytes, bytearray, str)):
        raise ApiTypeError(f"body must be bytes or str, not {describe(body)}")
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiValueError("body must be a JSON object, but it is not JSON") from None
    if not isinstance(data, dict):
        raise ApiValueError(f"body must be a JSON object, not {describe(data)}")
    return cast("JsonObject", data)


def _event(data: JsonObject) -> WebhookEvent:
    unknown, name = UnknownEvent.from_dict(data), data.get("event")
    fields = {field for item in items_of(unknown) for field in item}
    if "lookupId" in fields and "msgId" not in fields:
        return CallBackRequestNumberLookup.from_dict(data)
    # A sent SMS may have a msgId too. Only a received one has receivedAt.
    if name == "receive_sms" or ("lookupId" not in fields and {"msgId", "receivedAt"} <= fields):
        return CallBackRequestReceiveSms.from_dict(data)
    if name == "number_lookup":
        return CallBackRequestNumberLookup.from_dict(data)
    return unknown


def _run(callback: Callable[[M], object], argument: M) -> int:
    """Run a callback, and return the HTTP status of its result."""
    try:
        returned = callback(argument)
        if isinstance(returned, CoroutineType):
            returned.close()
            raise ApiTypeError("the callback returned a coroutine, which nothing awaits")
    except Exception as exception:  # noqa: BLE001 - whatever the callback raised, the service must redeliver
        place = traceback.extract_tb(exception.__traceback__)[-1]
        logger.error(  # noqa: TRY400 - a traceback shows the exception's message, which may contain the item
            "A webhook callback raised %s (%s:%s). The service will redeliver the request.",
            type(exception).__name__,
            place.filename,
            place.lineno,
        )
        return 500
    return 200


def _read(stream: BinaryIO, size: int) -> bytes:
    """Read up to ``size`` bytes. One read() of a stream may return fewer."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _check_callback(name: str, callback: object) -> None:
    if callback is None:
        return
    if not callable(callback):
        raise ApiTypeError(f"{name} must be a function, not {describe(callback)}")
    from inspect import iscoroutinefunction  # slow to import

    if iscoroutinefunction(callback) or iscoroutinefunction(type(callback).__call__):
        raise ApiTypeError(f"{name} must not be an async function, because nothing would await it")
