"""Whatever the service answers, to whichever call: a JSON object is a model, and only our exceptions come out."""

from __future__ import annotations

import json
import pickle
from pprint import pformat
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripted_server import Reply, ScriptedServer
from smscx_client import ApiClient, ApiException, ApiExceptionBase, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.model_utils import Model
from test_rest import ARGUMENTS, OPERATIONS

MODELS = [name for name, operation in OPERATIONS.items() if issubclass(operation.answer_type, Model)]
WIRE_NAMES = sorted({
    field.wire
    for name in MODELS
    for model in (OPERATIONS[name].answer_type,)
    for nested in [model, *(getattr(field.kind, "model", None) for field in model.fields.values())]
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
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


class Holder:
    reply = Reply()


@pytest.fixture(scope="module")
def held() -> Any:
    holder = Holder()
    with ScriptedServer(lambda _: holder.reply) as server:
        login = {"username": "app", "password": "secret"}
        with (
            ApiClient(Configuration(server.url, "k", retries=0)) as account,
            ApiClient(Configuration(server.url, retries=0, **login)) as application,  # type: ignore[arg-type]
        ):
            apis = {name: NumbersApi(account) for name in OPERATIONS}
            yield holder, {**apis, "get_access_token": OauthApi(application)}


def make(held: Any, name: str, reply: Reply) -> Any:
    holder, apis = held
    holder.reply = reply
    return getattr(apis[name], name)(*ARGUMENTS[name])


@pytest.mark.parametrize("name", MODELS)
def test_a_2xx_json_object_always_comes_back_as_a_model(name: str, held: Any) -> None:
    @SETTINGS
    @given(OBJECTS, st.sampled_from([200, 201, 202, 299]))
    def check(document: dict[str, Any], status: int) -> None:
        answer = make(held, name, Reply(status, json.dumps(document).encode()))
        assert type(answer) is OPERATIONS[name].answer_type
        assert json.loads(answer.to_json()) == document
        assert pformat(answer) == pformat(answer.to_dict())
        assert pickle.loads(pickle.dumps(answer)) == answer
        for field in type(answer).fields:
            read_or_refuse(answer, field)

    check()


def read_or_refuse(model: Model, field: str) -> None:
    try:
        value = getattr(model, field)
    except ApiExceptionBase:
        return
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, Model):
            for inner in type(part).fields:
                read_or_refuse(part, inner)


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_but_our_exceptions_ever_comes_out(name: str, held: Any) -> None:
    headers = st.dictionaries(
        st.sampled_from(["Retry-After", "X-Rate-Limit-Reset", "Date", "Content-Encoding", "X-Request-Id", "Location"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    )

    @SETTINGS
    @given(st.integers(200, 599), st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()), headers)
    def check(status: int, body: bytes, extra: dict[str, str]) -> None:
        if status in (204, 304):
            body = b""  # a server that sends a body here breaks HTTP, and the next answer with it
        try:
            make(held, name, Reply(status, body, extra))
        except ApiException as exception:
            assert str(exception)
            assert str(pickle.loads(pickle.dumps(exception))) == str(exception)

    check()
