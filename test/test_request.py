"""Requests: from arguments to path, query and body."""

from __future__ import annotations

import pytest

from smscx_client import ApiTypeError, ApiValueError
from smscx_client._request import request_body, request_target
from smscx_client.model_utils import Model
from smscx_client.operation import Operation
from smscx_client.schema_types import Features, Limit

ONE = Operation("one", "GET", "/things/{thingId}/parts", response_type=Model)
NUMBER = Operation("number", "GET", "/numbers/validate/{phoneNumber}", response_type=Model)
LIST = Operation(
    "list", "GET", "/things", response_type=Model, query={"limit": Limit, "features": Features, "active": bool}
)
ANY_QUERY = Operation("any", "GET", "/things", response_type=Model)
POST = Operation("post", "POST", "/things", response_type=Model)


@pytest.mark.parametrize("written", ["+33612424105", "33612424105", "%2B33612424105", "%2b33612424105"])
def test_every_spelling_of_a_phone_number_makes_the_same_request(written: str) -> None:
    assert request_target(NUMBER, (written,), None, check=True) == "/numbers/validate/33612424105"


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("a/b", "a%2Fb"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("../up", "..%2Fup"),
        ("%2F", "%252F"),
        ("é", "%C3%A9"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_no_character_leaves_its_path_segment(value: str, segment: str, check: bool) -> None:
    assert request_target(ONE, (value,), None, check) == f"/things/{segment}/parts"


@pytest.mark.parametrize("value", ["", ".", "..", "a\nb", "a\0", "\x7f", "\x85", "\ud800"])
@pytest.mark.parametrize("check", [True, False])
def test_a_value_that_cannot_be_a_path_segment_is_rejected(value: str, check: bool) -> None:
    with pytest.raises(ApiValueError, match="one: thing_id"):
        request_target(ONE, (value,), None, check)


@pytest.mark.parametrize("value", ["+", "%2B"])
def test_a_plus_alone_is_an_empty_number(value: str) -> None:
    with pytest.raises(ApiValueError, match="phone_number must not be empty"):
        request_target(NUMBER, (value,), None, check=True)


@pytest.mark.parametrize("value", [33612424105, None, b"33612424105", ["33612424105"]])
def test_a_path_argument_must_be_a_str(value: object) -> None:
    with pytest.raises(ApiTypeError, match="phone_number must be str"):
        request_target(NUMBER, (value,), None, check=True)  # type: ignore[arg-type]


def test_the_number_of_path_arguments_is_checked() -> None:
    with pytest.raises(ApiTypeError, match="takes 1 path arguments, not 2"):
        request_target(ONE, ("a", "b"), None, check=True)


def test_query_parameters_are_encoded_as_the_service_reads_them() -> None:
    query = {"limit": 10, "features": None, "active": True}
    assert request_target(LIST, (), query, check=True) == "/things?limit=10&active=true"
    assert request_target(LIST, (), {"limit": None}, check=True) == "/things"
    assert request_target(ANY_QUERY, (), {"q": "a&b c"}, check=True) == "/things?q=a%26b+c"


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ({"limit": 0}, ApiValueError, "list: limit must be 1 to 500, not 0"),
        ({"limit": 501}, ApiValueError, "list: limit must be 1 to 500, not 501"),
        ({"limit": True}, ApiTypeError, "list: limit must be int, not True"),
        ({"limit": "10"}, ApiTypeError, "list: limit must be int"),
        ({"features": 4}, ApiValueError, "list: features must be one of 1, 2, 3"),
        ({"active": "yes"}, ApiTypeError, "list: active must be bool"),
        ({"colour": "red"}, ApiTypeError, "list has no parameter 'colour'"),
    ],
)
def test_query_parameters_are_checked(query: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        request_target(LIST, (), query, check=True)


def test_without_checks_query_parameters_are_sent_unchanged() -> None:
    assert request_target(LIST, (), {"limit": 0, "colour": "red"}, check=False) == "/things?limit=0&colour=red"


def test_a_body_is_compact_ascii_json() -> None:
    assert request_body(POST, {"name": "é", "n": [1, None]}, check=True) == (
        b'{"name":"\\u00e9","n":[1,null]}',
        "application/json",
    )
    assert request_body(POST, None, check=True) == (None, None)


@pytest.mark.parametrize("body", [{"x": float("nan")}, {"x": object()}, {"x": {1, 2}}])
def test_a_body_that_is_not_json_is_rejected(body: object) -> None:
    with pytest.raises(ApiTypeError, match="post: the body cannot be sent as JSON"):
        request_body(POST, body, check=True)
