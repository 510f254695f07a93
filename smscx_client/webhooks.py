"""Webhooks: received SMS and results of lookups, as the service posts them to the callback URLs.

:func:`parse_webhook` makes a typed event of a request's body. :class:`WebhookApp` does the rest of a receiver's work.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from threading import Lock
from types import CoroutineType
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from smscx_client.exceptions import ApiTypeError, ApiValueError
from smscx_client.model.call_back_request_number_lookup import CallBackRequestNumberLookup
from smscx_client.model.call_back_request_receive_sms import CallBackRequestReceiveSms
from smscx_client.model.data_number_lookup_webhook import DataNumberLookupWebhook
from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.model_utils import UNSET, JsonObject, M, Model, Nullable, shown

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger: logging.Logger = logging.getLogger("smscx_client.webhooks")


class UnknownEvent(Model):
    """An event of a kind that this version does not know, kept whole: ``to_dict()`` has all that was sent."""

    event: Nullable[str] = UNSET
    """Its name."""


WebhookEvent = CallBackRequestReceiveSms | CallBackRequestNumberLookup | UnknownEvent


def parse_webhook(body: bytes | str) -> WebhookEvent:
    """The event that the service posted to a callback URL.

    Its kind follows from its name and from the fields of its items, as the service does not always give the same name.
    Fields that are missing, unknown or odd are no error here: as in an answer, they are one for who reads them.

    Args:
        body: The request's body, as it came.

    Returns:
        Received SMS, results of lookups, or an :class:`UnknownEvent`.

    Raises:
        ApiValueError: the body is no JSON object.
        ApiTypeError: the body is neither bytes nor str.
    """
    return _event_of(_json_object(body))


class WebhookApp:
    """Receives webhooks and gives each item to a callback once: a WSGI application, and :meth:`receive` for views.

    A callback runs before the service gets its 200, as only that loses nothing when the process dies or the callback
    fails: the service sends again what was not answered with 200. So the answer is as fast as the callbacks: let them
    store the item, or put it on a durable queue, and return.

    A callback that raises is logged, without the exception's text and the item; the other items of the request get
    their turn, the answer is 500, and when the request comes again only what failed runs again. An item that another
    thread has in hand at that moment is left to that thread, and the answer is 503.

    The items of which the callback returned are remembered in this process alone, by ``msg_id`` and ``lookup_id``. With
    several processes, or after a restart, an item may come once more, as it may where the process died in a callback:
    store items under their id. Items without an id are never taken for repeated ones.

    Nothing proves that a request comes from the service; docs/webhooks.md tells how to protect the URL.

    Args:
        on_sms: Called with each received SMS.
        on_lookup: Called with each result of a lookup.
        on_other: Called with each event that the others do not take: an unknown one, one whose callback is not given,
            or one whose ``data`` is no list of objects. It is not protected from repeated requests. Where it is None,
            such an event is logged, without its content, and answered with 200.
        max_body: Longest body to read, in bytes.
        memory: How many of the latest items to remember.

    Raises:
        ApiTypeError: an argument is of the wrong type, an ``async`` function, or no callback is given. A callback that
            returns a coroutine all the same counts as one that raises.
        ApiValueError: ``max_body`` or ``memory`` is less than 1.
    """

    def __init__(
        self,
        *,
        on_sms: Callable[[DataReceiveSms], object] | None = None,
        on_lookup: Callable[[DataNumberLookupWebhook], object] | None = None,
        on_other: Callable[[WebhookEvent], object] | None = None,
        max_body: int = 4_000_000,
        memory: int = 100_000,
    ) -> None:
        callbacks = {"on_sms": on_sms, "on_lookup": on_lookup, "on_other": on_other}
        if not any(callbacks.values()):
            raise ApiTypeError("WebhookApp needs a callback: on_sms, on_lookup or on_other")
        for name, callback in callbacks.items():
            _check_callback(name, callback)
        _check_positive("max_body", max_body)
        _check_positive("memory", memory)
        self._on_sms = on_sms
        self._on_lookup = on_lookup
        self._on_other = on_other
        self._max_body = max_body
        self._items = _Items(memory)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request: as :meth:`receive` says, 405 where it is no POST, 413 where its body is too long, 411
        where the server cannot tell how long it is, or 400 where what it tells makes no sense.
        """
        status = self._answer(environ)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "0")]
        if status == 405:
            headers.append(("Allow", "POST"))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [b""]

    def receive(self, body: bytes | str) -> int:
        """Give what is in a request's body to the callbacks.

        Args:
            body: The request's body, as it came.

        Returns:
            The HTTP status to answer: 200, or what makes the service send again: 400 where the body is no JSON object,
            500 where a callback raised, 503 where another thread has one of the items in hand.
        """
        try:
            data = _json_object(body)
        except ApiValueError:
            return 400
        event = _event_of(data)
        if isinstance(event, CallBackRequestReceiveSms):
            return self._receive_items(event, data.get("data"), self._on_sms, DataReceiveSms, "msgId")
        if isinstance(event, CallBackRequestNumberLookup):
            return self._receive_items(event, data.get("data"), self._on_lookup, DataNumberLookupWebhook, "lookupId")
        return self._receive_other(event)

    def _answer(self, environ: WSGIEnvironment) -> int:
        if environ["REQUEST_METHOD"] != "POST":
            return 405
        length: str = environ.get("CONTENT_LENGTH") or ""
        if not length and not environ.get("wsgi.input_terminated"):
            return 411  # the stream may have no end
        if length and not (length.isascii() and length.isdigit()):
            return 400
        size = float(length or self._max_body + 1)  # int() refuses to read very many digits
        if length and size > self._max_body:
            return 413
        try:
            body = _read(environ["wsgi.input"], int(size))
        except OSError:
            return 400
        return 413 if len(body) > self._max_body else self.receive(body)

    def _receive_items(
        self, event: WebhookEvent, data: object, callback: Callable[[M], object] | None, model: type[M], id_name: str
    ) -> int:
        items = cast("list[object]", data) if isinstance(data, list) else []
        objects = [cast("JsonObject", item) for item in items if isinstance(item, dict)]
        statuses: list[int] = []
        if callback is None or objects != data:
            statuses.append(self._receive_other(event))
        if callback is not None:
            statuses += [self._receive_item(callback, model.from_dict(item), item.get(id_name)) for item in objects]
        return max(statuses, default=200)

    def _receive_item(self, callback: Callable[[M], object], item: M, item_id: object) -> int:
        if not isinstance(item_id, str) or not 0 < len(item_id) <= _LONGEST_ID:
            return _status_of(callback, item)
        key = f"{type(item).__name__} {item_id}"
        status = self._items.begin(key)
        if status is not None:
            return status
        status = 500
        try:
            status = _status_of(callback, item)
        finally:
            self._items.end(key, succeeded=status == 200)
        return status

    def _receive_other(self, event: WebhookEvent) -> int:
        if self._on_other is None:
            logger.warning("A webhook was answered with 200 and dropped: no callback takes all of it")
            return 200
        return _status_of(self._on_other, event)


_LONGEST_ID = 100
"""Characters of an id that is remembered. The service's have 36; the memory is not for who sends longer ones."""


class _Items:
    """Which items are in hand, and which were dealt with; of these the latest.

    Args:
        most: How many of those that were dealt with to remember.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._in_hand: set[str] = set()
        self._done: dict[str, None] = {}

    def begin(self, key: str) -> int | None:
        """Take an item in hand; or else the status that it has: 200 was dealt with, 503 is in another thread's hand."""
        with self._lock:
            if key in self._done:
                return 200
            if key in self._in_hand:
                return 503
            self._in_hand.add(key)
            return None

    def end(self, key: str, *, succeeded: bool) -> None:
        with self._lock:
            self._in_hand.discard(key)
            if succeeded:
                self._done[key] = None
                if len(self._done) > self._most:
                    del self._done[next(iter(self._done))]


def _json_object(body: bytes | str) -> JsonObject:
    if not isinstance(body, (bytes, bytearray, str)):
        raise ApiTypeError(f"body must be bytes or str, not {shown(body)}")
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiValueError("body must be a JSON object, and is no JSON") from None
    if not isinstance(data, dict):
        raise ApiValueError(f"body must be a JSON object, not {shown(data)}")
    return cast("JsonObject", data)


def _event_of(data: JsonObject) -> WebhookEvent:
    name, fields = data.get("event"), _fields_of_items(data.get("data"))
    if "lookupId" in fields and "msgId" not in fields:
        return CallBackRequestNumberLookup.from_dict(data)
    # An SMS that was sent may have a msgId too; only one that came in has this date.
    if name == "receive_sms" or ("lookupId" not in fields and {"msgId", "receivedAt"} <= fields):
        return CallBackRequestReceiveSms.from_dict(data)
    if name == "number_lookup":
        return CallBackRequestNumberLookup.from_dict(data)
    return UnknownEvent.from_dict(data)


def _fields_of_items(data: object) -> set[str]:
    items = cast("list[object]", data) if isinstance(data, list) else []
    return {name for item in items if isinstance(item, dict) for name in cast("JsonObject", item)}


def _status_of(callback: Callable[[M], object], argument: M) -> int:
    try:
        returned = callback(argument)
        if isinstance(returned, CoroutineType):
            returned.close()
            raise ApiTypeError("nothing awaits what an async function returns")
    except Exception as exception:  # noqa: BLE001 - whatever it is, the service is to send again
        place = traceback.extract_tb(exception.__traceback__)[-1]
        logger.error("A webhook's callback raised %s (%s:%s)", type(exception).__name__, place.filename, place.lineno)  # noqa: TRY400 - a traceback shows the exception's text, which may hold the item
        return 500
    return 200


def _read(stream: BinaryIO, size: int) -> bytes:
    """At most that many bytes; a stream may give fewer at a time."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _check_callback(name: str, callback: object) -> None:
    if callback is None:
        return
    if not callable(callback):
        raise ApiTypeError(f"{name} must be a function, not {shown(callback)}")
    from inspect import iscoroutinefunction  # it would slow down the import

    if iscoroutinefunction(callback) or iscoroutinefunction(type(callback).__call__):
        raise ApiTypeError(f"{name} must not be an async function: nothing would await it")


def _check_positive(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ApiTypeError(f"{name} must be int, not {shown(value)}")
    if value < 1:
        raise ApiValueError(f"{name} must be at least 1, not {shown(value)}")
