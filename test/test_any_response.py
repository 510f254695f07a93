"""Any response to any call: a JSON object becomes a model, and calls raise only our exceptions."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from pprint import pformat
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smscx_client import ApiClient, ApiException, ApiExceptionBase, Configuration
from smscx_client._request import response_class
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.model_utils import Model
from support.operations import DECLARED, call
from support.scripted_server import Reply, ScriptedServer

MODELS = [name for name, operation in DECLARED.items() if issubclass(response_class(operation), Model)]
WIRE_NAMES = sorted({
    field.wire
    for name in MODELS
    for model in (response_class(DECLARED[name]),)
    for nested in [model, *(getattr(field.type, "model", None) for field in model.fields.values())]
    if nested
    for field in nested.fields.values()
})  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WIRE_NAMES) | st.text(max_size=10), inner, max_size=5)
    ),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.sampled_from(WIRE_NAMES) | st.text(max_size=10), JSON, max_size=6)
SETTINGS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


Send = Callable[[str, Reply], Any]
"""Calls an operation that gets this reply."""


@pytest.fixture(scope="module")
def send() -> Iterator[Send]:
    replies: list[Reply] = []
    with ScriptedServer(lambda _: replies[-1]) as server:
        login = {"username": "app", "password": "secret"}
        with (
            ApiClient(Configuration(server.url, "k", retries=0)) as account,
            ApiClient(Configuration(server.url, retries=0, **login)) as application,  # type: ignore[arg-type]
        ):

            def send(name: str, reply: Reply) -> Any:
                replies[:] = [reply]
                return call(name, NumbersApi(application if name == "get_access_token" else account))

            yield send


@pytest.mark.parametrize("name", MODELS)
def test_a_2xx_response_with_a_json_object_always_returns_a_model(name: str, send: Send) -> None:
    @SETTINGS
    @given(OBJECTS, st.sampled_from([200, 201, 202, 299]))
    def check(document: dict[str, Any], status: int) -> None:
        response = send(name, Reply(status, json.dumps(document).encode()))
        assert type(response) is response_class(DECLARED[name])
        assert json.loads(response.to_json()) == document
        assert pformat(response) == pformat(response.to_dict())
        assert pickle.loads(pickle.dumps(response)) == response
        for field in type(response).fields:
            read_or_reject(response, field)

    check()


def read_or_reject(model: Model, field: str) -> None:
    try:
        value = getattr(model, field)
    except ApiExceptionBase:
        return
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, Model):
            for inner in type(part).fields:
                read_or_reject(part, inner)


@pytest.mark.parametrize("name", DECLARED)
def test_any_response_raises_only_our_exceptions(name: str, send: Send) -> None:
    headers = st.dictionaries(
        st.sampled_from(["Retry-After", "X-Rate-Limit-Reset", "Date", "Content-Encoding", "X-Request-Id", "Location"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    )

    @SETTINGS
    @given(st.integers(200, 599), st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()), headers)
    def check(status: int, body: bytes, extra: dict[str, str]) -> None:
        if status in (204, 304):
            body = b""  # these have no body; one would be read as the start of the next response
        try:
            send(name, Reply(status, body, extra))
        except ApiException as exception:
            assert str(exception)
            assert str(pickle.loads(pickle.dumps(exception))) == str(exception)

    check()
