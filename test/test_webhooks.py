"""Webhooks: any body is an event or is rejected, and each item reaches its callback once and is never lost."""

from __future__ import annotations

import asyncio
import functools
import http.client
import io
import json
import logging
import pickle
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pprint import pformat
from types import ModuleType
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug import serving

from smscx_client import ApiClient, ApiTypeError, ApiValueError
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import (
    CallBackRequestNumberLookup,
    CallBackRequestReceiveSms,
    DataNumberLookupWebhook,
    DataReceiveSms,
    NumbersLookupRequest,
    RentNumberRequest,
)
from smscx_client.sandbox import Sandbox
from smscx_client.webhooks import UnknownEvent, WebhookApp, parse_webhook
from support.documents import DOCS, snippets

GUIDE = DOCS / "webhooks.md"
TOKEN = "4yxZbGkP7wM2RtQe"
PATH = f"/webhooks/{TOKEN}"
NUMBER = "+33612246450"
SMS = {"msgId": "m-1", "from": NUMBER, "to": "+33700000000", "text": "hello", "receivedAt": "2023-02-01 10:00:00"}
LOOKUP = {"lookupId": "l-1", "phoneNumber": NUMBER, "status": "ACTIVE", "lookupBulkId": None}
SETTINGS = settings(max_examples=50, deadline=None, database=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from(["m-1", "l-1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["msgId", "lookupId", "receivedAt", "to"]) | st.text(max_size=5), inner)
    ),
    max_leaves=15,
)
ITEMS = st.dictionaries(st.sampled_from([*SMS, *LOOKUP]), JSON)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=3) | st.fixed_dictionaries(
    {}, optional={"event": st.sampled_from(["receive_sms", "number_lookup"]) | JSON, "data": st.lists(ITEMS) | JSON}
)


def event(name: object, *items: object) -> bytes:
    return json.dumps({"event": name, "data": items}).encode()


def sms_event(*ids: object) -> bytes:
    return event("receive_sms", *({**SMS, "msgId": msg_id} for msg_id in ids))


# ---- parse_webhook


@pytest.mark.parametrize("body", [event("receive_sms", SMS), event("receive_sms", SMS).decode()])
def test_received_sms_are_typed(body: bytes | str) -> None:
    parsed = parse_webhook(body)
    assert isinstance(parsed, CallBackRequestReceiveSms)
    assert (parsed.data[0].msg_id, parsed.data[0].text, parsed.data[0].received_at.year) == ("m-1", "hello", 2023)


@pytest.mark.parametrize("name", ["number_lookup", "otp_update", "receive_sms", None, 7, {}, []])
def test_lookup_results_are_recognized_by_their_items_whatever_the_event_name(name: object) -> None:
    parsed = parse_webhook(event(name, LOOKUP))
    assert isinstance(parsed, CallBackRequestNumberLookup)
    assert (parsed.data[0].lookup_id, parsed.data[0].status) == ("l-1", "ACTIVE")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (event("inbound", SMS), CallBackRequestReceiveSms),
        (event("number_lookup", SMS), CallBackRequestReceiveSms),
        (event("inbound", None, SMS), CallBackRequestReceiveSms),
        (event("receive_sms", {"msgId": "m-1"}), CallBackRequestReceiveSms),
        (event("receive_sms", {"msgId": "m-1", "lookupId": "?"}), CallBackRequestReceiveSms),
        (event("receive_sms"), CallBackRequestReceiveSms),
        (event("receive_sms", {**SMS, "brandNew": [1], "cost": "much"}), CallBackRequestReceiveSms),
        (b'{"event": "receive_sms"}', CallBackRequestReceiveSms),
        (b'{"event": "receive_sms", "data": null}', CallBackRequestReceiveSms),
        (b'{"event": "number_lookup", "data": 7}', CallBackRequestNumberLookup),
        (event("number_lookup", {}, None, "x"), CallBackRequestNumberLookup),
        (event("number_lookup", {"lookupId": "l-1", "msgId": "?"}), CallBackRequestNumberLookup),
    ],
)
def test_a_recognized_event_is_typed_even_if_parts_of_it_are_malformed(body: bytes, kind: type) -> None:
    assert type(parse_webhook(body)) is kind


@pytest.mark.parametrize(
    "body",
    [
        event("otp_update"),
        event("delivery_report", {"msgId": "m-1", "status": "DELIVERED"}),
        event("rent_ended", {"rentId": "r-1"}),
        event("mixed", {**SMS, **LOOKUP}),
        b"{}",
        b'{"event": {"a": 1}, "data": {"b": NaN}}',
    ],
)
def test_an_unknown_event_keeps_everything_that_was_sent(body: bytes) -> None:
    parsed = parse_webhook(body)
    assert isinstance(parsed, UnknownEvent)
    assert repr(json.loads(parsed.to_json())) == repr(json.loads(body))


def test_the_name_of_an_unknown_event_can_be_read() -> None:
    parsed = parse_webhook(event("rent_ended", {"rentId": "r-1"}))
    assert (parsed.event, parsed.get("data")) == ("rent_ended", [{"rentId": "r-1"}])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        "",
        b"hello",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b'{"event": "receive_sms"',
        b"\xff\xfe\x00",
        b'{"event": "\xff"}',
        '\ufeff{"event": 1}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 100_000,
        "\ud800",
        f'"{NUMBER}"',
        NUMBER,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_body_that_is_not_a_json_object_is_rejected_without_showing_it(body: bytes | str) -> None:
    with pytest.raises(ApiValueError, match="^body must be a JSON object") as caught:
        parse_webhook(body)
    assert NUMBER[3:] not in str(caught.value)
    assert caught.value.__suppress_context__ == (caught.value.__context__ is not None)


@pytest.mark.parametrize("body", [None, 7, {"event": "receive_sms"}])
def test_a_body_that_is_neither_bytes_nor_str_raises_api_type_error(body: Any) -> None:
    with pytest.raises(ApiTypeError, match="body must be bytes or str"):
        parse_webhook(body)


@SETTINGS
@given(st.binary() | st.text() | st.text('{}[]",:0123456789.eE+-\\u \n\ud800nultrfaisNIy', max_size=40))
def test_any_body_is_an_event_or_is_rejected(body: bytes | str) -> None:
    try:
        assert isinstance(parse_webhook(body), UnknownEvent)
    except ApiValueError:
        assert WebhookApp(on_unhandled=print).receive(body) == 400


@SETTINGS
@given(OBJECTS)
def test_any_json_object_is_an_event_that_can_be_printed_and_pickled(document: dict[str, Any]) -> None:
    parsed = parse_webhook(json.dumps(document))
    assert repr(json.loads(parsed.to_json())) == repr(document)
    assert repr(parsed) == pformat(parsed.to_dict())
    assert pickle.loads(pickle.dumps(parsed)).to_json() == parsed.to_json()


@SETTINGS
@given(OBJECTS)
def test_any_json_object_reaches_a_callback_and_gets_a_200_response(document: dict[str, Any]) -> None:
    taken: list[Any] = []
    app = WebhookApp(on_sms=taken.append, on_lookup=taken.append, on_unhandled=taken.append)
    assert app.receive(json.dumps(document)) == 200
    assert {type(item) for item in taken} <= {
        DataReceiveSms,
        DataNumberLookupWebhook,
        UnknownEvent,
        CallBackRequestReceiveSms,
        CallBackRequestNumberLookup,
    }
    assert taken or document.get("data") == []


# ---- WebhookApp.receive


def test_each_item_is_passed_to_its_callback() -> None:
    texts: list[str] = []
    statuses: list[str] = []
    app = WebhookApp(on_sms=lambda sms: texts.append(sms.text), on_lookup=lambda found: statuses.append(found.status))
    assert app.receive(event("receive_sms", SMS, {**SMS, "msgId": "m-2", "text": "bye"})) == 200
    assert app.receive(event("otp_update", LOOKUP, {**LOOKUP, "lookupId": "l-2", "status": "ABSENT"})) == 200
    assert (texts, statuses) == (["hello", "bye"], ["ACTIVE", "ABSENT"])


def test_a_redelivered_item_is_skipped_but_new_items_next_to_it_are_not() -> None:
    ids: list[str] = []
    app = WebhookApp(on_sms=lambda sms: ids.append(sms.msg_id), on_lookup=lambda found: ids.append(found.lookup_id))
    assert app.receive(sms_event("a", "b", "a")) == 200
    assert app.receive(sms_event("b", "c")) == 200
    assert app.receive(event("number_lookup", {"lookupId": "a"})) == 200
    assert ids == ["a", "b", "c", "a"]


def test_if_a_callback_raises_the_others_still_run_and_a_redelivery_repeats_only_the_failed_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ids: list[str] = []

    def on_sms(sms: DataReceiveSms) -> None:
        ids.append(sms.msg_id)
        if ids.count("b") == 1 and sms.msg_id == "b":
            raise LookupError(sms.text, sms.to)

    app = WebhookApp(on_sms=on_sms)
    assert app.receive(sms_event("a", "b", "c")) == 500
    assert app.receive(sms_event("a", "b", "c")) == 200
    assert ids == ["a", "b", "c", "b"]
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("smscx_client.webhooks", logging.ERROR)
    assert "LookupError" in record.getMessage()
    assert "test_webhooks.py" in record.getMessage()
    assert not any(text in caplog.text for text in ("hello", SMS["to"]))


def test_an_item_whose_callback_was_interrupted_is_processed_when_it_is_redelivered() -> None:
    tries: list[str] = []

    def on_sms(sms: DataReceiveSms) -> None:
        tries.append(sms.msg_id)
        if len(tries) == 1:
            raise KeyboardInterrupt

    app = WebhookApp(on_sms=on_sms)
    with pytest.raises(KeyboardInterrupt):
        app.receive(sms_event("a"))
    assert app.receive(sms_event("a")) == 200
    assert tries == ["a", "a"]


@pytest.mark.parametrize("fails", [False, True])
def test_an_item_that_another_thread_is_processing_is_skipped_and_must_be_redelivered(*, fails: bool) -> None:
    began, may_end, ids = threading.Event(), threading.Event(), list[str]()

    def on_sms(sms: DataReceiveSms) -> None:
        ids.append(sms.msg_id)
        if sms.msg_id == "slow" and ids.count("slow") == 1:
            began.set()
            assert may_end.wait(10)
            if fails:
                raise OSError("not stored")

    app = WebhookApp(on_sms=on_sms)
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(app.receive(sms_event("slow"))))
    thread.start()
    assert began.wait(10)
    assert app.receive(sms_event("slow", "quick")) == 503
    assert ids == ["slow", "quick"]
    may_end.set()
    thread.join()
    assert first == [500 if fails else 200]
    assert app.receive(sms_event("slow", "quick")) == 200
    assert ids == ["slow", "quick", "slow"][: 3 if fails else 2]


def test_threads_that_receive_the_same_items_process_each_once() -> None:
    ids: Counter[str] = Counter()
    lock, together = threading.Lock(), threading.Barrier(8)

    def on_sms(sms: DataReceiveSms) -> None:
        time.sleep(0)
        with lock:
            ids[sms.msg_id] += 1

    app = WebhookApp(on_sms=on_sms)
    body = sms_event(*map(str, range(200)))

    def deliver() -> None:
        together.wait()
        while app.receive(body) != 200:
            time.sleep(0.001)

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids == Counter(map(str, range(200)))


def test_the_oldest_items_are_forgotten_beyond_max_remembered() -> None:
    ids: list[str] = []
    app = WebhookApp(on_sms=lambda sms: ids.append(sms.msg_id), max_remembered=2)
    for msg_id in ["a", "b", "c", "b", "c", "a", "c"]:
        assert app.receive(sms_event(msg_id)) == 200
    assert ids == ["a", "b", "c", "a"]


@pytest.mark.parametrize("msg_id", [None, "", 7, [], {}, "x" * 101])
def test_an_item_without_a_valid_id_is_never_treated_as_redelivered(msg_id: object) -> None:
    taken: list[DataReceiveSms] = []
    app = WebhookApp(on_sms=taken.append)
    assert app.receive(sms_event(msg_id, msg_id)) == 200
    assert len(taken) == 2


def test_an_event_that_no_callback_handles_is_passed_to_on_unhandled() -> None:
    unhandled: list[Any] = []
    texts: list[str] = []
    app = WebhookApp(on_sms=lambda sms: texts.append(sms.text), on_unhandled=unhandled.append)
    assert app.receive(event("rent_ended", {"rentId": "r-1"})) == 200
    assert app.receive(event("number_lookup", LOOKUP)) == 200
    assert app.receive(event("receive_sms", None, SMS)) == 200
    assert app.receive(b'{"event": "receive_sms", "data": {"msgId": "m-1"}}') == 200
    sms = CallBackRequestReceiveSms
    assert [type(event) for event in unhandled] == [UnknownEvent, CallBackRequestNumberLookup, sms, sms]
    assert unhandled[1].data[0].status == "ACTIVE"
    assert texts == ["hello"]


def test_an_event_is_redelivered_if_on_unhandled_raises() -> None:
    def on_unhandled(_: object) -> None:
        raise OSError("not stored")

    assert WebhookApp(on_unhandled=on_unhandled).receive(event("rent_ended")) == 500


def test_an_unhandled_event_gets_a_200_response_and_is_logged_without_its_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = WebhookApp(on_sms=print)
    assert app.receive(event(NUMBER, LOOKUP)) == 200
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("smscx_client.webhooks", logging.WARNING)
    assert not any(text in caplog.text for text in (NUMBER, "ACTIVE", "l-1"))


def test_a_delivery_without_items_gets_a_200_response(caplog: pytest.LogCaptureFixture) -> None:
    assert WebhookApp(on_sms=print).receive(event("receive_sms")) == 200
    assert caplog.records == []


async def _on_sms(sms: DataReceiveSms) -> None:
    await asyncio.sleep(0)


class _Awaited:
    async def __call__(self, sms: DataReceiveSms) -> None:
        await asyncio.sleep(0)


def test_an_item_is_redelivered_if_its_callback_returns_a_coroutine() -> None:
    app = WebhookApp(on_sms=lambda sms: _on_sms(sms))  # noqa: PLW0108 - as users do
    body = json.dumps({"event": "receive_sms", "data": [{"msgId": "1", "receivedAt": "2026-01-01 00:00:00"}]})
    assert [app.receive(body), app.receive(body)] == [500, 500]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ApiTypeError, "needs a callback"),
        ({"on_sms": "print"}, ApiTypeError, "on_sms must be a function"),
        ({"on_sms": _on_sms}, ApiTypeError, "on_sms must not be an async function"),
        ({"on_lookup": functools.partial(_on_sms)}, ApiTypeError, "on_lookup must not be an async function"),
        ({"on_unhandled": _Awaited()}, ApiTypeError, "on_unhandled must not be an async function"),
        ({"on_sms": print, "max_body": 0}, ApiValueError, "max_body must be at least 1"),
        ({"on_sms": print, "max_body": 1.5}, ApiTypeError, "max_body must be int"),
        ({"on_sms": print, "max_remembered": 0}, ApiValueError, "max_remembered must be at least 1"),
        ({"on_sms": print, "max_remembered": True}, ApiTypeError, "max_remembered must be int"),
        ({"on_sms": print, "max_items": 0}, ApiValueError, "max_items must be at least 1"),
        ({"on_sms": print, "url_token": "short"}, ApiValueError, "url_token must have at least 16"),
        ({"on_sms": print, "url_token": "with/slash/with/slash"}, ApiValueError, "url_token must have at least 16"),
        ({"on_sms": print, "url_token": b"4yxZbGkP7wM2RtQe"}, ApiTypeError, "url_token must be str or None"),
    ],
)
def test_wrong_arguments_raise_when_the_app_is_created(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        WebhookApp(**arguments)


def test_receive_enforces_max_body_and_max_items() -> None:
    received: list[str] = []
    app = WebhookApp(on_sms=lambda sms: received.append(sms.msg_id), max_body=1000, max_items=3)
    several = [{**SMS, "msgId": str(number), "text": ""} for number in range(4)]
    assert app.receive(json.dumps({"event": "receive_sms", "data": several})) == 413
    assert app.receive(b"{}" + b" " * 999) == 413
    assert received == []
    assert app.receive(json.dumps({"event": "receive_sms", "data": several[:3]})) == 200
    assert received == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (PATH, 200),
        (PATH + "/", 200),
        (TOKEN, 200),
        ("/webhooks", 404),
        ("/", 404),
        ("", 404),
        (PATH + "x", 404),
        (f"/{TOKEN}/x", 404),
        (PATH.lower(), 404),
        ("/webhooks/\udcff", 404),
        (f"/webhooks/{chr(0xD800)}", 404),
    ],
)
def test_only_a_path_that_ends_with_the_token_is_accepted(path: str, status: int) -> None:
    received: list[object] = []
    app = WebhookApp(on_sms=received.append, url_token=TOKEN)
    assert app.receive(sms_event("m-1"), path=path) == status
    assert request(app, io.BytesIO(sms_event("m-2")), PATH_INFO=path, CONTENT_LENGTH=str(len(sms_event("m-2")))) == str(
        status
    )
    assert request(app, io.BytesIO(b""), PATH_INFO="/x", REQUEST_METHOD="GET") == "404"
    assert len(received) == (2 if status == 200 else 0)


@pytest.mark.parametrize("path", [None, PATH.encode(), 5])
def test_receive_needs_the_path_as_a_string_if_there_is_a_token(path: Any) -> None:
    with pytest.raises(ApiTypeError, match="path must be str"):
        WebhookApp(on_sms=print, url_token=TOKEN).receive(b"{}", path=path)


# ---- WebhookApp as a WSGI application


def request(app: Any, stream: Any, **environ: Any) -> str:
    """Send a WSGI request without a server, so that any environment can be tested, and return the status."""
    environment: dict[str, Any] = {"REQUEST_METHOD": "POST", "QUERY_STRING": "", "wsgi.input": stream, **environ}
    setup_testing_defaults(environment)
    started: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        started.append((status, dict(headers)))
        return io.BytesIO().write

    response = app(environment, start_response)
    assert list(response) == [b""]
    getattr(response, "close", list)()
    ((status, headers),) = started
    assert headers.get("Allow") == ("POST" if status.startswith("405") else None)
    return status[:3]


@pytest.mark.parametrize(
    ("method", "body", "status"), [("POST", b"{}", "200"), ("POST", b"x", "400"), ("GET", b"", "405")]
)
def test_the_app_conforms_to_wsgi(method: str, body: bytes, status: str) -> None:
    app = validator(WebhookApp(on_unhandled=lambda _: None))
    assert request(app, io.BytesIO(body), REQUEST_METHOD=method, CONTENT_LENGTH=str(len(body))) == status


class SlowStream(io.RawIOBase):
    """A stream that returns one byte per read, and then may raise an error."""

    def __init__(self, body: bytes, error: Exception | None = None) -> None:
        self._left = io.BytesIO(body)
        self._error = error

    def read(self, size: int = -1) -> bytes:
        byte = self._left.read(1)
        if not byte and self._error:
            raise self._error
        return byte


@pytest.mark.parametrize("length", ["-1", "+5", "1_0", "5.0", "five", " 5", "٣", "0x5", "1e3", "5, 5"])
def test_a_content_length_that_is_not_a_number_gets_a_400_response(length: str) -> None:
    assert request(WebhookApp(on_unhandled=print), SlowStream(b"", AssertionError()), CONTENT_LENGTH=length) == "400"


@pytest.mark.parametrize("length", ["27", "100000000000000000000", "9" * 10_000])
def test_a_body_whose_content_length_is_too_large_is_rejected_unread(length: str) -> None:
    assert (
        request(WebhookApp(on_unhandled=print, max_body=26), SlowStream(b"", AssertionError()), CONTENT_LENGTH=length)
        == "413"
    )


def test_a_body_of_exactly_max_body_bytes_is_read() -> None:
    texts: list[str] = []
    body = event("receive_sms", SMS)
    app = WebhookApp(on_sms=lambda sms: texts.append(sms.text), max_body=len(body))
    assert request(app, SlowStream(body), CONTENT_LENGTH=str(len(body))) == "200"
    assert request(app, SlowStream(body), **{"wsgi.input_terminated": True}) == "200"
    assert texts == ["hello"]


def test_only_content_length_bytes_are_read() -> None:
    assert request(WebhookApp(on_unhandled=lambda _: None), SlowStream(b"{}{}"), CONTENT_LENGTH="2") == "200"


def test_a_body_of_unknown_length_is_read_only_if_the_server_terminates_the_stream() -> None:
    terminated: dict[str, Any] = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    app = WebhookApp(on_unhandled=lambda _: None, max_body=20)
    assert request(app, io.BytesIO(b"{}"), **terminated) == "200"
    assert request(app, io.BytesIO(b"{}" + b" " * 19), **terminated) == "413"
    assert request(app, io.BytesIO(b"{}"), CONTENT_LENGTH="") == "411"


@pytest.mark.parametrize("error", [None, ConnectionResetError(), TimeoutError()])
def test_an_incomplete_body_gets_a_400_response(error: Exception | None) -> None:
    app = WebhookApp(on_unhandled=print)
    assert request(app, SlowStream(b'{"event": "x"', error), CONTENT_LENGTH="100") == "400"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_a_method_other_than_post_gets_a_405_response(method: str) -> None:
    assert request(WebhookApp(on_unhandled=print), SlowStream(b"", AssertionError()), REQUEST_METHOD=method) == "405"


@SETTINGS
@given(st.binary() | OBJECTS.map(lambda document: json.dumps(document).encode()), st.text(max_size=6), st.booleans())
def test_any_wsgi_request_gets_a_response(body: bytes, length: str, ended: bool) -> None:
    app = WebhookApp(on_unhandled=lambda _: None, max_body=500)
    status = request(app, io.BytesIO(body), CONTENT_LENGTH=length, **{"wsgi.input_terminated": ended})
    assert status in {"200", "400", "411", "413"}


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Run a WSGI app in werkzeug's server, which also accepts requests of unknown length, and return its URL."""
    server = serving.make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(serving.WSGIRequestHandler):
    def log(self, *_: object) -> None:
        return


def post(url: str, body: Any, **headers: str) -> int:
    connection = http.client.HTTPConnection(url.removeprefix("http://").partition("/")[0], timeout=10)
    connection.request("POST", "/" + url.removeprefix("http://").partition("/")[2], body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_requests_over_http_may_have_a_content_length_or_be_chunked() -> None:
    taken: list[Any] = []
    with served(WebhookApp(on_sms=taken.append, on_unhandled=taken.append, max_body=1000)) as url:
        body = sms_event("a")
        assert post(url, body) == 200
        assert post(url, (body[at : at + 7] for at in range(0, len(body), 7))) == 200
        assert post(url, iter([sms_event("b")[:30], sms_event("b")[30:]])) == 200
        assert post(url, iter([b"{}", b" " * 999])) == 413
        assert post(url, b"hello") == 400
        assert post(url, b"", **{"Content-Length": "-1"}) == 400
        assert post(url, b"", **{"Content-Length": "1001"}) == 413
    assert [sms.msg_id for sms in taken] == ["a", "b"]


# ---- deliveries of the sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[NumbersApi]:
    with ApiClient(sandbox.configuration(retries=0)) as client:
        yield NumbersApi(client)


def rent(api: NumbersApi, url: str) -> str:
    offer = api.get_available_numbers("FR", registration=False).data[0]
    return api.rent_number(RentNumberRequest(offer.number_id, 7, callback_url=url)).info.rent_id


def test_450_results_and_an_sms_are_stored_once_even_if_callbacks_fail_at_first(
    sandbox: Sandbox, api: NumbersApi
) -> None:
    stored: list[str] = []
    failed: set[str] = set()

    def store(item_id: str) -> None:
        if item_id not in failed and len(failed) % 50 == 0:
            failed.add(item_id)
            raise OSError("the database is not available")
        failed.add(item_id)
        stored.append(item_id)

    numbers = [f"+3361224{number:04}" for number in range(6400, 6850)]
    app = WebhookApp(on_sms=lambda sms: store(sms.msg_id), on_lookup=lambda found: store(found.lookup_id))
    with served(app) as url:
        bulk = api.lookup_numbers(NumbersLookupRequest(numbers, lookup_callback_url=url))
        msg_id = sandbox.receive_sms(rent(api, url), NUMBER, "hello")
        sandbox.finish_lookups()
        assert sandbox.flush_webhooks()
    assert {"500", "200"} == {delivery.outcome for delivery in sandbox.deliveries}
    results = api.get_bulk_lookup_status(bulk.info.lookup_bulk_id, limit=500).data
    assert Counter(stored) == Counter([msg_id, *(result.lookup_id for result in results)])


RECEIVER = """
import os, sys
from wsgiref.simple_server import make_server
from smscx_client.webhooks import WebhookApp

on_sms = {"dies": lambda sms: os._exit(7), "lives": lambda sms: print(sms.text)}[sys.argv[2]]
server = make_server("127.0.0.1", int(sys.argv[1]), WebhookApp(on_sms=on_sms))
print(server.server_port, flush=True)
server.handle_request()
"""


def test_an_item_is_redelivered_if_the_process_dies_in_the_callback(sandbox: Sandbox, api: NumbersApi) -> None:
    def start(port: str, fate: str) -> subprocess.Popen[str]:
        arguments = [sys.executable, "-c", RECEIVER, port, fate]
        return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")

    with start("0", "dies") as first:
        assert first.stdout
        port = first.stdout.readline().strip()
        sandbox.receive_sms(rent(api, f"http://127.0.0.1:{port}/"), NUMBER, "still there")
        assert first.wait(10) == 7
    with start(port, "lives") as second:
        printed, _ = second.communicate(timeout=20)
    assert printed.split("\n", 1)[1].strip() == "still there"
    assert sandbox.flush_webhooks()
    assert sandbox.deliveries[-1].outcome == "200"


# ---- the guide


def module_of(mark: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the guide's example for a framework, as a module."""
    monkeypatch.setenv("SMSCX_WEBHOOK_TOKEN", TOKEN)
    (code,) = snippets(GUIDE, f" {mark}")
    module = ModuleType(f"webhooks_guide_{mark}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, f"{GUIDE.name}:{mark}", "exec"), vars(module))
    return module


@contextmanager
def flask_example(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with served(module_of("flask", monkeypatch).app) as url:
        yield url


@contextmanager
def django_example(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    import django
    from django.conf import settings as project
    from django.core.wsgi import get_wsgi_application

    if not project.configured:
        project.configure(ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="test", ROOT_URLCONF="webhooks_guide_django")
    django.setup()
    module_of("django", monkeypatch)
    with served(get_wsgi_application()) as url:
        yield url


@contextmanager
def fastapi_example(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    import uvicorn

    app = module_of("fastapi", monkeypatch).app
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


Example = Callable[[pytest.MonkeyPatch], Any]


@pytest.mark.parametrize("example", [flask_example, django_example, fastapi_example])
def test_a_framework_example_of_the_guide_receives_webhooks_of_the_sandbox(
    example: Example,
    sandbox: Sandbox,
    api: NumbersApi,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with example(monkeypatch) as url:
        sandbox.receive_sms(rent(api, url + PATH), "+33612246459", "Your code is 482913")
        api.lookup_numbers(NumbersLookupRequest([NUMBER, "+33612246451"], lookup_callback_url=url + PATH))
        sandbox.finish_lookups()
        assert sandbox.flush_webhooks()
        assert post(url + PATH, b"hello") == 400
        assert post(url + "/webhooks/guessed", sms_event("forged")) == 404
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request("GET", PATH)
        assert connection.getresponse().status == 405
        connection.close()
    assert [delivery.outcome for delivery in sandbox.deliveries] == ["200", "200"]
    printed = capsys.readouterr().out
    assert [printed.count(text) for text in ("Your code is 482913", NUMBER, "+33612246451", "forged")] == [1, 1, 1, 0]
