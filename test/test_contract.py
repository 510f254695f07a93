"""The code against the contract: every operation, parameter, schema, property and type; none missing, none invented."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

import smscx_client
from scripted_server import Reply
from smscx_client import ApiTypeError, apis, models
from smscx_client.api import numbers_api, oauth_api
from smscx_client.error_response import exception_class
from smscx_client.model_utils import (
    Counts,
    Field,
    Format,
    Kind,
    Many,
    Model,
    Nested,
    Range,
    Scalar,
    Since,
    Size,
    Timestamp,
    Until,
    kind_of,
)
from smscx_client.operation import Operation

CONTRACT = yaml.safe_load((Path(__file__).parent / "contract" / "numbers-api.openapi.yaml").read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = CONTRACT["components"]["schemas"]
OBJECTS = {name: schema for name, schema in SCHEMAS.items() if schema.get("type") == "object"}
FORMATS = {"Uuid", "CountryIso", "DateTime", "Cost", "RentPeriod"}
CLASSES: dict[str, type] = {"string": str, "integer": int, "number": float, "boolean": bool}
GENERATIONS = ("2022-10", "2023-02")


def follow(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with what it refers to; what stands beside the reference comes first."""
    if "$ref" not in schema:
        return schema
    target: Any = CONTRACT
    for step in schema["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return {**follow(target), **{key: value for key, value in schema.items() if key != "$ref"}}


def properties(name: str) -> dict[str, dict[str, Any]]:
    schema = OBJECTS[name]
    inherited = [properties(part["$ref"].rpartition("/")[2]) for part in schema.get("allOf", [])]
    return {key: value for part in [*inherited, schema["properties"]] for key, value in part.items()}


def required(name: str) -> list[str]:
    schema = OBJECTS[name]
    inherited = [key for part in schema.get("allOf", []) for key in required(part["$ref"].rpartition("/")[2])]
    return inherited + schema.get("required", [])


def types_of(schema: dict[str, Any]) -> list[str]:
    types = schema.get("type", "string" if "const" in schema else None)
    return [types] if isinstance(types, str) else list(types)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def python_name_of(wire: str) -> str:
    named = {"from": "_from", "1": "_1", "7": "_7", "30": "_30"}
    return named.get(wire, snake(wire))


def allowed_of(schema: dict[str, Any]) -> tuple[object, ...]:
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return tuple(value for value in values if value is not None)


def check_kind(kind: Kind, declared: dict[str, Any]) -> None:
    """A field's kind is what its schema says."""
    schema = follow(declared)
    reference = declared.get("$ref", "").rpartition("/")[2]
    types = [name for name in types_of(schema) if name != "null"]
    if reference == "DateTime":
        assert isinstance(kind, Timestamp)
    elif reference in OBJECTS:
        assert isinstance(kind, Nested)
        assert kind.model is getattr(models, reference)
    elif types == ["array"]:
        assert isinstance(kind, Many)
        check_kind(kind.item, schema["items"])
        bounds = Size(schema.get("minItems", 0), schema["maxItems"]) if "maxItems" in schema else None
        assert kind.bounds == bounds
    elif types == ["object"]:
        assert isinstance(kind, Counts)
        assert schema["additionalProperties"] == {"type": "integer"}
    else:
        assert isinstance(kind, Scalar)
        assert kind.name == " or ".join(CLASSES[name].__name__ for name in types)
        assert kind.allowed == allowed_of(schema)
        assert kind.bounds == bounds_of(schema, reference)


def bounds_of(schema: dict[str, Any], reference: str) -> Size | Range | None:
    if reference in FORMATS:
        return None  # its length is a format, which is the service's to judge
    if "maxLength" in schema:
        return Size(schema["minLength"], schema["maxLength"])
    return Range(schema["minimum"], schema["maximum"]) if "maximum" in schema else None


def test_every_schema_is_a_model_in_its_own_module_and_no_model_is_invented() -> None:
    assert models.__all__ == sorted(OBJECTS)
    for name in OBJECTS:
        assert getattr(import_module(f"smscx_client.model.{snake(name)}"), name) is getattr(models, name)
    folder = Path(models.__file__).parent.parent / "model"
    assert {path.stem for path in folder.glob("*.py")} == {snake(name) for name in OBJECTS} | {"__init__"}
    assert snake("GetInboundSMSResponse") == "get_inbound_sms_response"
    assert snake("Model400InvalidParam") == "model400_invalid_param"


@pytest.mark.parametrize("name", OBJECTS)
def test_a_model_has_the_fields_of_its_schema(name: str) -> None:
    fields: dict[str, Field] = dict(getattr(models, name).fields)
    declared = properties(name)
    assert {field.name: field.wire for field in fields.values()} == {python_name_of(wire): wire for wire in declared}
    needed = [wire for wire in declared if wire in required(name)]
    assert [field.wire for field in fields.values() if field.required] == needed
    others = [wire for wire in declared if wire not in required(name)]
    assert [field.wire for field in fields.values() if not field.required] == others
    for wire, schema in declared.items():
        field = fields[python_name_of(wire)]
        check_kind(field.kind, schema)
        assert field.nullable == ("null" in types_of(follow(schema))), wire
        since = next((marker.generation for marker in field.markers if isinstance(marker, Since)), None)
        until = next((marker.generation for marker in field.markers if isinstance(marker, Until)), None)
        assert (since, until) == (schema.get("x-since"), schema.get("x-until")), wire
    docstring = vars(getattr(models, name))["__doc__"]
    assert docstring
    assert ("Came with 2023-02" in docstring) == (OBJECTS[name].get("x-since") == "2023-02")
    assert getattr(models, name).min_fields == (name == "EditRentRequest")


FORMATS_OF = {"Uuid": "8-4-4-4-12 hexadecimal digits", "CountryIso": "ISO 3166-1 alpha-2"}


@pytest.mark.parametrize("name", OBJECTS)
def test_a_field_has_the_format_of_its_schema_and_no_other(name: str) -> None:
    for field in getattr(models, name).fields.values():
        schema = properties(name)[field.wire]
        given = [marker.text for marker in field.markers if isinstance(marker, Format)]
        uri = "URL" if follow(schema).get("format") == "uri" else None
        wanted = FORMATS_OF.get(schema.get("$ref", "").rpartition("/")[2], uri)
        assert given == ([wanted] if wanted else []), field.wire


@pytest.mark.parametrize("name", OBJECTS)
def test_a_constructor_takes_the_required_fields_in_order_and_no_unknown_ones(name: str) -> None:
    model = getattr(models, name)
    sample = sample_of(name, GENERATIONS[1])
    values = [model.from_dict(sample)[field.name] for field in model.fields.values() if field.required]
    by_position = model(*values)
    for field, value in zip((field for field in model.fields.values() if field.required), values, strict=True):
        assert by_position[field.name] == value
    with pytest.raises(ApiTypeError, match="has no field 'brand_new'"):
        model(*values, brand_new=1)


def sample_of(name: str, generation: str) -> dict[str, Any]:
    """What a service of a generation could send."""
    other = {"2022-10": ("x-since", "2023-02"), "2023-02": ("x-until", "2023-02")}[generation]
    return {
        wire: value_of(schema, generation)
        for wire, schema in properties(name).items()
        if schema.get(other[0]) != other[1]
    }


def value_of(declared: dict[str, Any], generation: str = "2023-02") -> Any:
    schema, reference = follow(declared), declared.get("$ref", "").rpartition("/")[2]
    if reference in OBJECTS:
        return sample_of(reference, generation)
    if reference == "DateTime":
        return "2021-07-12 14:54:13"
    if allowed_of(schema):
        return allowed_of(schema)[0]
    kind = types_of(schema)[0]
    if kind == "array":
        return [value_of(schema["items"], generation)]
    return {"string": "text", "integer": 5, "number": 0.5, "boolean": True, "object": {"FR": 2}}[kind]


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_what_a_service_of_either_generation_sends_is_read(name: str, generation: str) -> None:
    model, sample = getattr(models, name), sample_of(name, generation)
    read = model.from_dict(copy.deepcopy(sample))
    for field in model.fields.values():
        value = getattr(read, field.name)
        assert (field.wire in sample) == (field.name in read) == (value is not None)
        if value is not None:
            assert isinstance(value, field.kind.classes)
    assert set(read.to_dict()) == {python_name_of(wire) for wire in sample}
    for twin in (model.from_json(read.to_json()), pickle.loads(pickle.dumps(read)), copy.deepcopy(read)):
        assert twin == read
        assert twin.to_dict() == read.to_dict()


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_null_is_read_in_every_field(name: str, generation: str) -> None:
    model = getattr(models, name)
    read = model.from_dict(dict.fromkeys(sample_of(name, generation)))
    assert all(getattr(read, field) is None for field in model.fields)
    assert set(read.to_dict().values()) == {None}


# ---- operations

OPERATIONS: dict[str, tuple[str, str, dict[str, Any], list[dict[str, Any]]]] = {
    item["operationId"]: (path, method, item, [*entry.get("parameters", []), *item.get("parameters", [])])
    for path, entry in CONTRACT["paths"].items()
    for method, item in entry.items()
    if method != "parameters"
}
DECLARED = {
    value.name: value
    for module in (numbers_api, oauth_api)
    for value in vars(module).values()
    if isinstance(value, Operation)
}
METHODS = {
    name: getattr(api, name) for api in (apis.NumbersApi, apis.OauthApi) for name in dir(api) if name in DECLARED
}


def test_every_operation_is_a_method_and_no_method_is_invented() -> None:
    assert DECLARED.keys() == METHODS.keys() == OPERATIONS.keys()
    public = {name for api in (apis.NumbersApi, apis.OauthApi) for name in vars(api) if not name.startswith("_")}
    assert public == OPERATIONS.keys()
    assert [name for name in OPERATIONS if hasattr(apis.OauthApi, name)] == ["get_access_token"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_declared_as_the_contract_has_it(name: str) -> None:
    path, method, item, parameters = OPERATIONS[name]
    operation = DECLARED[name]
    assert (operation.path, operation.method) == (path, method.upper())
    assert (operation.paid, operation.repeatable, operation.since) == (
        item["x-paid"],
        item["x-repeatable"],
        str(item["x-since"]),
    )
    (media, answer), *others = item["responses"]["200"]["content"].items()
    assert (operation.accept, others) == (media, [])
    answers = {"application/json": lambda: getattr(models, answer["schema"]["$ref"].rpartition("/")[2])}
    assert (
        operation.answer_type is answers.get(media, lambda: bytes if "contentEncoding" in answer["schema"] else str)()
    )
    assert operation.security == ("application" if item.get("security") == [{"BasicAuth": []}] else "account")
    body = item.get("requestBody", {"content": {}})["content"]
    if "application/json" in body:
        assert operation.body_type is getattr(models, body["application/json"]["schema"]["$ref"].rpartition("/")[2])
    else:
        assert operation.body_type is None
    form = body.get("application/x-www-form-urlencoded", {"schema": {"properties": {}}})["schema"]["properties"]
    assert operation.form.keys() == form.keys()
    for field, schema in form.items():
        check_kind(kind_of(operation.form[field])[0], schema)
    query = {follow(given)["name"]: follow(given)["schema"] for given in parameters if follow(given)["in"] == "query"}
    assert operation.query.keys() == query.keys()
    for field, schema in query.items():
        check_kind(kind_of(operation.query[field])[0], schema)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_method_takes_the_parameters_of_its_operation(name: str) -> None:
    _, _, _, parameters = OPERATIONS[name]
    operation = DECLARED[name]
    signature = inspect.signature(METHODS[name]).parameters
    in_path = [snake(follow(given)["name"]) for given in parameters if follow(given)["in"] == "path"]
    body = [snake(operation.body)] if isinstance(operation.body, str) else []
    by_position = [
        parameter.name for parameter in signature.values() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert by_position[1:] == [*in_path, *body, *(["grant_type"] if operation.form else [])]
    by_keyword = [parameter.name for parameter in signature.values() if parameter.kind is parameter.KEYWORD_ONLY]
    assert set(by_keyword) == operation.query.keys() | (operation.form.keys() - {"grant_type"})
    assert all(signature[keyword].default is None for keyword in by_keyword)
    for keyword in operation.query:
        hint = signature[keyword].annotation.removesuffix(" | None")
        named = {"Features": int, "NumberType": str, "SetupTime": str, "bool": bool, "int": int, "str": str}
        assert kind_of(operation.query[keyword])[0].classes[0] is named[hint]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_documented_errors_are_declared_and_in_the_docstring(name: str) -> None:
    documented = OPERATIONS[name][2]["x-errors"]
    declared = DECLARED[name].errors
    assert [(error.status, error.code) for error in declared] == [(status, code) for status, code, _, _ in documented]
    for error, (status, code, kind, _) in zip(declared, documented, strict=True):
        same_class = exception_class(error.status, error.type, error.code) is exception_class(status, kind, code)
        assert same_class
        assert error.type == kind or code in (1218, 1220)
        text = inspect.getdoc(METHODS[name]) or ""
        assert code == 1600 or str(code) in text
        assert exception_class(status, kind, code).__name__ in text


GENERAL = [
    (401, 1, "invalid_api_key"),
    (403, 1, "insufficient_scope"),
    (403, 2, "access_denied"),
    (405, 1, "invalid_method"),
    (429, 1, "rate_limit"),
    (500, 1, "server_error"),
]
EXPECTED = {
    (400, 1207): "InvalidPhoneNumberException",
    (400, 1113): "InsufficientBalanceException",
    (400, 1114): "InsufficientBalanceException",
    (403, "insufficient_scope"): "InsufficientScopeException",
    (403, 1214): "NoCoverageException",
    (400, "invalid_scope"): "InvalidScopeException",
    400: "InvalidRequestException",
    401: "InvalidCredentialsException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    405: "ApiMethodNotAllowedException",
    429: "RateLimitExcedeedException",
    500: "ServerErrorException",
}
ERRORS = [
    (name, status, code, kind)
    for name, (_, _, item, _) in OPERATIONS.items()
    for status, code, kind in [*((error[0], error[1], error[2]) for error in item["x-errors"]), *GENERAL]
]
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "validate_numbers": (models.NumbersValidateRequest(["+33612424105"]),),
    "lookup_numbers": (models.NumbersLookupRequest(["+33612424105"]),),
    "rent_number": (models.RentNumberRequest("id", 1),),
    "renew_rent": ("id", models.RenewRentRequest()),
    "edit_rent_settings": ("id", models.EditRentRequest(auto_renew=True)),
}


def call(name: str, api: Any) -> Any:
    arguments = ARGUMENTS.get(name, ("id",) * len(DECLARED[name].path_names))
    if name == "get_access_token":
        api = apis.OauthApi(api.api_client)
    return getattr(api, name)(*arguments)


@pytest.mark.parametrize(("name", "status", "code", "kind"), ERRORS)
def test_every_documented_error_raises_its_class(
    name: str, status: int, code: int, kind: str, serve: Any, connect: Any
) -> None:
    body = {"error": {"type": kind, "code": code, "message": "why", "uri": "https://docs"}}
    server = serve([Reply(status, body, {"X-Request-Id": "r-9"})])
    login = {"username": "app", "password": "secret", "api_key": None}
    api = connect(server, **(login if name == "get_access_token" else {}))
    with pytest.raises(smscx_client.ApiException) as caught:
        call(name, api)
    expected = EXPECTED.get((status, code)) or EXPECTED.get((status, kind)) or EXPECTED[status]  # type: ignore[index, call-overload]
    assert type(caught.value).__name__ == expected
    assert (caught.value.status, caught.value.error_code, caught.value.error_type) == (status, code, kind)
    assert (caught.value.request_id, caught.value.operation) == ("r-9", name)
    assert caught.value.body.startswith('{"error"')


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", [name for name in OPERATIONS if "export" not in name])
def test_every_operation_reads_the_answers_of_either_generation(
    name: str, generation: str, serve: Any, connect: Any
) -> None:
    schema = OPERATIONS[name][2]["responses"]["200"]["content"]["application/json"]["schema"]
    sample = value_of(schema, generation)
    login = {"username": "app", "password": "secret", "api_key": None} if name == "get_access_token" else {}
    answer: Model = call(name, connect(serve([Reply(200, sample)]), **login))
    assert type(answer).__name__ == schema["$ref"].rpartition("/")[2]
    assert answer.to_json() == type(answer).from_dict(sample).to_json()
    read_all(answer)


def read_all(model: Model) -> None:
    for name in type(model).fields:
        value = getattr(model, name)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Model):
                read_all(part)
            if isinstance(part, datetime):
                assert part == datetime(2021, 7, 12, 14, 54, 13, tzinfo=timezone.utc)
