"""Errors: every error response raises the exception that fits it, with the response on it."""

from __future__ import annotations

import copy
import json
import pickle
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timezone
from multiprocessing import get_context
from typing import Any

import dask
import pytest
from celery import Celery
from celery.backends.base import Backend

import smscx_client
from smscx_client import ApiException, exceptions
from smscx_client._transport.errors import exception_class
from smscx_client.api.numbers_api import NumbersApi
from support.scripted_server import Reply

CLASSES = [
    (400, "invalid_param", 1203, "InvalidRequestException"),
    (400, "invalid_param", 1207, "InvalidPhoneNumberException"),
    (400, "invalid_param", 1210, "InvalidPhoneNumberException"),
    (400, "insufficient_credit", 1113, "InsufficientBalanceException"),
    (400, "insufficient_credit", 1207, "InsufficientBalanceException"),
    (400, "invalid_scope", 1600, "InvalidScopeException"),
    (400, "duplicate_id", 1, "DuplicateIdException"),
    (400, "duplicate_value", 1, "DuplicateValueException"),
    (400, "not_found", 1218, "InvalidRequestException"),
    (400, None, None, "InvalidRequestException"),
    (401, "invalid_api_key", 1, "InvalidCredentialsException"),
    (401, None, None, "InvalidCredentialsException"),
    (403, "insufficient_scope", 1, "InsufficientScopeException"),
    (403, "no_coverage", 1214, "NoCoverageException"),
    (403, "access_denied", 1227, "AccessDeniedException"),
    (403, "a new type", 1, "AccessDeniedException"),
    (404, "invalid_param", 1220, "ResourceNotFoundException"),
    (405, "invalid_method", 1, "ApiMethodNotAllowedException"),
    (429, "rate_limit", 1, "RateLimitExceededException"),
    (500, "server_error", 1, "ServerErrorException"),
    (502, None, None, "ServerErrorException"),
    (599, None, None, "ServerErrorException"),
    (402, "insufficient_credit", 1113, "ApiException"),
    (301, None, None, "ApiException"),
    (600, None, None, "ApiException"),
]


@pytest.mark.parametrize(("status", "error_type", "code", "name"), CLASSES)
def test_the_exception_class_follows_status_then_type_then_code(
    status: int, error_type: str | None, code: int | None, name: str, serve: Any, connect: Any
) -> None:
    assert exception_class(status, error_type, code) is getattr(smscx_client, name)
    body = {"error": {"type": error_type, "code": code, "message": "no", "uri": "https://docs"}}
    server = serve([Reply(status, body, {"X-Request-Id": "r-1"})])
    with pytest.raises(ApiException) as caught:
        connect(server).validate_number("33612424105")
    exception = caught.value
    assert type(exception) is getattr(smscx_client, name)
    assert (exception.status, exception.error_type, exception.error_code) == (status, error_type, code)
    assert (exception.request_id, exception.headers["x-REQUEST-id"], exception.operation) == (
        "r-1",
        "r-1",
        "validate_number",
    )
    assert json.loads(exception.body) == body
    assert exception.error is not None
    assert exception.error.message == exception.message == "no"
    assert exception.outcome_unknown is False


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>502 Bad Gateway</body></html>",
        b"",
        b"[]",
        b"null",
        b'"text"',
        b'{"error": "text"}',
        b'{"error": []}',
        b'{"detail": "other shape"}',
        b'{"error": {"type": 5, "code": "many", "message": []}}',
        b'{"error": {"type": [], "code": true}}',
        b"\xff\xfe\x00",
        b"{" * 100_000,
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 429, 500, 503])
def test_no_body_can_hide_the_status(status: int, body: bytes, serve: Any, connect: Any) -> None:
    server = serve([Reply(status, body)])
    with pytest.raises(ApiException) as caught:
        connect(server).validate_number("33612424105")
    assert type(caught.value) is exception_class(status, None, None)
    assert (caught.value.status, caught.value.error_type, caught.value.error_code) == (status, None, None)
    assert caught.value.body == body.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize(("code", "read"), [(1207, 1207), ("1207", 1207), ("12x", None), (1.5, None), (None, None)])
def test_a_code_is_read_as_a_number_or_not_at_all(code: object, read: int | None, serve: Any, connect: Any) -> None:
    with pytest.raises(ApiException) as caught:
        connect(serve([Reply(400, {"error": {"code": code}})])).validate_number("1")
    assert caught.value.error_code == read


def test_the_message_says_what_happened_to_which_call_and_what_to_do(serve: Any, connect: Any) -> None:
    body = {"error": {"type": "insufficient_credit", "code": 1113, "message": "Insufficient credit", "uri": ""}}
    server = serve([Reply(400, body, {"X-Request-Id": "r-1"})])
    with pytest.raises(smscx_client.InsufficientBalanceException) as caught:
        connect(server).lookup_number("33612424105")
    assert str(caught.value) == (
        "lookup_number: 400 Bad Request\n"
        "insufficient_credit 1113: Insufficient credit\n"
        "Request ID: r-1\n"
        "You were not charged. Top up the account, or ask your account manager for a higher credit limit."
    )


def test_the_message_shows_no_phone_number(serve: Any, connect: Any) -> None:
    body = {"error": {"type": "invalid_param", "code": 1207, "message": "+33612424105 is no phone number", "uri": ""}}
    with pytest.raises(ApiException) as caught:
        connect(serve([Reply(400, body)])).lookup_number("33612424105")
    assert "336124241" not in str(caught.value)
    assert "+*********05 is no phone number" in str(caught.value)
    assert caught.value.message == "+33612424105 is no phone number"


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda api: api.lookup_number("1"), "no other call can tell. Ask SMS.CX support"),
        (lambda api: api.cancel_rent("x"), "Call find_outcome()"),
        (lambda api: api.validate_number("1"), None),
    ],
)
def test_a_server_error_leaves_the_outcome_of_a_non_idempotent_call_unknown(
    call: Callable[[NumbersApi], object], advice: str | None, serve: Any, connect: Any
) -> None:
    with pytest.raises(smscx_client.ServerErrorException) as caught:
        call(connect(serve([Reply(500)])))
    assert caught.value.outcome_unknown is (advice is not None)
    assert (advice or "") in str(caught.value)


def test_a_redirect_is_not_followed(serve: Any, connect: Any) -> None:
    other = serve([Reply(200, {"data": {}})])
    server = serve([Reply(302, b"", {"Location": other.url + "/numbers/validate/1"})])
    with pytest.raises(ApiException) as caught:
        connect(server).validate_number("1")
    assert caught.value.status == 302
    assert other.requests == []


@pytest.mark.parametrize("status", [300, 302, 303, 304, 308, 600, 999])
def test_only_a_4xx_status_means_that_a_call_was_not_processed(status: int, serve: Any, connect: Any) -> None:
    with pytest.raises(ApiException) as caught:
        connect(serve([Reply(status, b"", {"Location": "/"})])).lookup_number("1")
    assert caught.value.outcome_unknown is True


EXCEPTIONS = [getattr(exceptions, name) for name in exceptions.__all__]


@pytest.mark.parametrize("exception", EXCEPTIONS)
def test_every_exception_can_be_pickled_and_copied(exception: type[Exception]) -> None:
    if issubclass(exception, ApiException):
        made: Any = exception(400, "Bad Request", body="b", headers={"X-Request-Id": "r"}, operation="o", attempts=3)
    else:
        made = exception("text")
    for twin in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):
        assert type(twin) is exception
        assert str(twin) == str(made)
        assert vars(twin) == vars(made)


def unknown_outcome(exception: type[ApiException]) -> ApiException:
    made = exception(
        503,
        "Service Unavailable",
        body="+33612246450",
        headers={"X-Request-Id": "r-1", "Authorization": "secret"},
        error_type="server_error",
        error_code=1005,
        message="+33612246450 failed",
        operation="rent_number",
        attempts=2,
        outcome_unknown=True,
        paid=True,
    )
    made.started_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    made.failed_at = datetime(2026, 1, 2, 3, 4, 6, 700, tzinfo=timezone.utc)
    made.identifying_arguments = {"number_id": "n", "rent_period": 7}
    made.retry_after = 1.5
    return made


SERIALIZED = (
    "status",
    "reason",
    "error_type",
    "error_code",
    "request_id",
    "operation",
    "attempts",
    "outcome_unknown",
    "paid",
    "started_at",
    "failed_at",
    "identifying_arguments",
    "retry_after",
    "in_journal",
)


@pytest.mark.parametrize("serializer", ["json", "pickle"])
@pytest.mark.parametrize("exception", [one for one in EXCEPTIONS if issubclass(one, ApiException)])
def test_exception_details_survive_the_result_backends_of_celery(
    exception: type[ApiException], serializer: str
) -> None:
    made = unknown_outcome(exception)
    backend = Backend(Celery(broker="memory://", backend="cache+memory://"), serializer=serializer, accept=[serializer])
    stored = backend.decode(backend.encode(backend.prepare_exception(made, serializer)))
    twin = backend.exception_to_python(stored)
    assert type(twin) is exception
    assert [getattr(twin, name) for name in SERIALIZED] == [getattr(made, name) for name in SERIALIZED]
    if serializer == "json":
        assert "33612246450" not in str(stored)
        assert "secret" not in str(stored)


@pytest.mark.parametrize("exception", [ApiException, smscx_client.RateLimitExceededException])
def test_the_arguments_of_an_exception_rebuild_it_from_json(exception: type[ApiException]) -> None:
    made = unknown_outcome(exception)
    twin = exception(*json.loads(json.dumps(made.args)))
    assert [getattr(twin, name) for name in SERIALIZED] == [getattr(made, name) for name in SERIALIZED]
    assert "Call find_outcome()" in str(twin)


def test_an_exception_of_a_recorded_call_advises_to_make_it_again_in_any_process() -> None:
    made = unknown_outcome(ApiException)
    made.in_journal = True
    for twin in (ApiException(*json.loads(json.dumps(made.args))), pickle.loads(pickle.dumps(made))):
        assert twin.in_journal
        assert "Make the same call again" in str(twin)
        assert "find_outcome" not in str(twin)


def fail_in_another_process(_: int) -> None:
    raise unknown_outcome(smscx_client.ServerErrorException)


def test_exception_details_survive_a_process_pool() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(smscx_client.ServerErrorException) as caught:
            pool.submit(fail_in_another_process, 1).result()
    expected = unknown_outcome(smscx_client.ServerErrorException)
    assert [getattr(caught.value, name) for name in SERIALIZED] == [getattr(expected, name) for name in SERIALIZED]


def test_what_matters_survives_dask() -> None:
    with pytest.raises(smscx_client.ServerErrorException) as caught:
        dask.delayed(fail_in_another_process)(1).compute(scheduler="processes")  # type: ignore[attr-defined]
    expected = unknown_outcome(smscx_client.ServerErrorException)
    assert [getattr(caught.value, name) for name in SERIALIZED] == [getattr(expected, name) for name in SERIALIZED]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("+33 6 12 24 64 50 is blocked", "+** * ** ** ** 50 is blocked"),
        ("(415) 555-0132", "(***) ***-**32"),
        ("33.612.246.450", "**.***.***.*50"),
        ("number 0033-612-246-450!", "number ****-***-***-*50!"),
        ("3361-22-46450 or 0612-24-6450", "****-**-***50 or ****-**-**50"),
        ("+336\u200b122\u20604645\u202c0", "+***\\u200b***\\u2060***5\\u202c0"),
        ("connected to 192.168.100.200:443", "connected to 192.168.100.200:443"),
        ("until 2026-11-24 23:01:11", "until 2026-11-24 23:01:11"),
        ("code 1207, 40000 numbers", "code 1207, 40000 numbers"),
        (
            "lookup 12345678-1234-4234-8234-123456789012 of 33612246450",
            "lookup 12345678-1234-4234-8234-123456789012 of *********50",
        ),
        ("fine\r\nINFO smscx: paid", "fine\\r\\nINFO smscx: paid"),
        ("\x1b[31mred \x07", "\\x1b[31mred \\x07"),
        ("a\u202egnp.exe \u2066b\u2069 \u2028c\x85d", "a\\u202egnp.exe \\u2066b\\u2069 \\u2028c\\x85d"),
        ("\ud800", "\\ud800"),
    ],
)
def test_a_message_of_the_service_cannot_show_a_phone_number_or_forge_a_log_line(
    message: str, shown: str, serve: Any, connect: Any
) -> None:
    body = {"error": {"type": "invalid_param", "code": 1203, "message": message}}
    with pytest.raises(ApiException) as caught:
        connect(serve([Reply(400, body)])).validate_number("1")
    assert str(caught.value).split("\n") == [
        "validate_number: 400 Bad Request",
        f"invalid_param 1203: {shown}",
    ]
    assert caught.value.message == message


def test_a_reason_phrase_cannot_show_a_number(serve: Any, connect: Any) -> None:
    status_line = b"HTTP/1.1 503 No +33612246450\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(ApiException) as caught:
        connect(serve([Reply(before=status_line)])).lookup_number("1")
    for text in (str(caught.value), repr(caught.value), repr(caught.value.args)):
        assert "No +*********50" in text


def test_a_identifier_of_the_request_is_shown_whole(serve: Any, connect: Any) -> None:
    identifier = "11112222-3333-4444-8555-666677778888"
    with pytest.raises(ApiException) as caught:
        connect(serve([Reply(400, {}, {"X-Request-Id": identifier})])).validate_number("1")
    assert f"Request ID: {identifier}" in str(caught.value)


@pytest.mark.parametrize("exception", EXCEPTIONS)
def test_every_exception_is_exported_and_has_one_base(exception: type[Exception]) -> None:
    assert getattr(smscx_client, exception.__name__) is exception
    assert issubclass(exception, smscx_client.ApiExceptionBase)


def test_argument_errors_are_builtin_errors_too() -> None:
    assert issubclass(smscx_client.ApiTypeError, TypeError)
    assert issubclass(smscx_client.ApiValueError, ValueError)
    assert issubclass(smscx_client.ApiAttributeError, AttributeError)
    assert issubclass(smscx_client.ApiKeyError, KeyError)
    assert smscx_client.RateLimitExcedeedException is smscx_client.RateLimitExceededException


@pytest.mark.parametrize(
    "message",
    [
        "1" * 1_000_000,
        "1 " * 500_000,
        "1    " * 200_000,
        "+33 6 " * 160_000 + "x",
        "\u202e" * 1_000_000,
        "2026-11-2" * 99_999,
    ],
    ids=["digits", "spaced", "gaps", "numbers", "controls", "dates"],
)
def test_a_long_message_is_shortened(message: str) -> None:
    exception = ApiException(400, message, message=message)
    started = time.process_time()
    assert len(str(exception)) < 130_000
    assert time.process_time() - started < 0.5
