"""The code matches the contract: operations, parameters, schemas, properties and types, none missing and none added."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import smscx_client
from smscx_client import ApiTypeError, apis, models
from smscx_client._field_types import (
    CountsType,
    DateTimeType,
    Field,
    FieldType,
    Format,
    ListType,
    Range,
    ScalarType,
    Since,
    Size,
    Until,
    field_type_of,
)
from smscx_client._request import body_class, response_class
from smscx_client._transport.errors import exception_class
from smscx_client.model_utils import Model, NestedType
from support.contract import CONTRACT, EXPECTED, OPERATIONS
from support.operations import DECLARED, call
from support.scripted_server import Reply

SCHEMAS: dict[str, Any] = CONTRACT["components"]["schemas"]
OBJECTS = {name: schema for name, schema in SCHEMAS.items() if schema.get("type") == "object"}
FORMATS = {"Uuid", "CountryIso", "DateTime", "Cost", "RentPeriod"}
CLASSES: dict[str, type] = {"string": str, "integer": int, "number": float, "boolean": bool}
API_VERSIONS = ("2022-10", "2023-02")


def follow(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its references resolved. Keys next to ``$ref`` take precedence."""
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


def check_field_type(field_type: FieldType, declared: dict[str, Any]) -> None:
    """Check that a field type matches its schema."""
    schema = follow(declared)
    reference = declared.get("$ref", "").rpartition("/")[2]
    if reference == "DateTime":
        assert isinstance(field_type, DateTimeType)
    elif reference in OBJECTS:
        assert isinstance(field_type, NestedType)
        assert field_type.model is getattr(models, reference)
    elif types_of(schema) == ["array"]:
        check_list_type(field_type, schema)
    elif types_of(schema) == ["object"]:
        assert isinstance(field_type, CountsType)
        assert schema["additionalProperties"] == {"type": "integer"}
    else:
        check_scalar_type(field_type, schema, reference)


def check_scalar_type(field_type: FieldType, schema: dict[str, Any], reference: str) -> None:
    assert isinstance(field_type, ScalarType)
    assert field_type.name == " or ".join(CLASSES[name].__name__ for name in types_of(schema) if name != "null")
    assert field_type.allowed == allowed_of(schema)
    assert field_type.bounds == bounds_of(schema, reference)


def check_list_type(field_type: FieldType, schema: dict[str, Any]) -> None:
    assert isinstance(field_type, ListType)
    check_field_type(field_type.item, schema["items"])
    bounds = Size(schema.get("minItems", 0), schema["maxItems"]) if "maxItems" in schema else None
    assert field_type.bounds == bounds


def bounds_of(schema: dict[str, Any], reference: str) -> Size | Range | None:
    if reference in FORMATS:
        return None  # the service checks formats, and lengths that belong to one
    if "maxLength" in schema:
        return Size(schema["minLength"], schema["maxLength"])
    return Range(schema["minimum"], schema["maximum"]) if "maximum" in schema else None


def test_every_schema_has_a_model_in_its_own_module_and_every_model_has_a_schema() -> None:
    assert models.__all__ == sorted(OBJECTS)
    for name in OBJECTS:
        assert getattr(import_module(f"smscx_client.model.{snake(name)}"), name) is getattr(models, name)
    folder = Path(models.__file__).parent.parent / "model"
    assert {path.stem for path in folder.glob("*.py")} == {snake(name) for name in OBJECTS} | {"__init__"}
    assert snake("GetInboundSMSResponse") == "get_inbound_sms_response"
    assert snake("Model400InvalidParam") == "model400_invalid_param"


@pytest.mark.parametrize("name", OBJECTS)
def test_a_model_has_exactly_the_fields_of_its_schema(name: str) -> None:
    fields: list[Field] = list(getattr(models, name).fields.values())
    declared = properties(name)
    assert {field.name: field.wire for field in fields} == {python_name_of(wire): wire for wire in declared}
    required_names = [wire for wire in declared if wire in required(name)]
    assert [field.wire for field in fields if field.required] == required_names
    optional_names = [wire for wire in declared if wire not in required(name)]
    assert [field.wire for field in fields if not field.required] == optional_names


@pytest.mark.parametrize("name", OBJECTS)
def test_a_field_has_the_type_and_api_versions_of_its_schema(name: str) -> None:
    for wire, schema in properties(name).items():
        field: Field = getattr(models, name).fields[python_name_of(wire)]
        check_field_type(field.type, schema)
        assert field.nullable == ("null" in types_of(follow(schema))), wire
        since = [marker.api_version for marker in field.markers if isinstance(marker, Since)]
        until = [marker.api_version for marker in field.markers if isinstance(marker, Until)]
        expected = [[schema[key]] if key in schema else [] for key in ("x-since", "x-until")]
        assert [since, until] == expected, wire


@pytest.mark.parametrize("name", OBJECTS)
def test_the_docstring_of_a_model_says_if_it_was_added_in_api_version_2023_02(name: str) -> None:
    docstring = vars(getattr(models, name))["__doc__"]
    assert docstring
    assert ("Added in API version 2023-02." in docstring) == (OBJECTS[name].get("x-since") == "2023-02")


def test_only_edit_rent_request_needs_at_least_one_field() -> None:
    assert [name for name in OBJECTS if getattr(models, name).min_fields] == ["EditRentRequest"]
    assert models.EditRentRequest.min_fields == 1


FORMATS_OF = {"Uuid": "8-4-4-4-12 hexadecimal digits", "CountryIso": "ISO 3166-1 alpha-2"}


@pytest.mark.parametrize("name", OBJECTS)
def test_a_field_has_exactly_the_format_of_its_schema(name: str) -> None:
    for field in getattr(models, name).fields.values():
        schema = properties(name)[field.wire]
        given = [marker.text for marker in field.markers if isinstance(marker, Format)]
        uri = "URL" if follow(schema).get("format") == "uri" else None
        wanted = FORMATS_OF.get(schema.get("$ref", "").rpartition("/")[2], uri)
        assert given == ([wanted] if wanted else []), field.wire


@pytest.mark.parametrize("name", OBJECTS)
def test_a_constructor_takes_required_fields_by_position_and_rejects_unknown_ones(name: str) -> None:
    model = getattr(models, name)
    sample = sample_of(name, API_VERSIONS[1])
    values = [model.from_dict(sample)[field.name] for field in model.fields.values() if field.required]
    by_position = model(*values)
    for field, value in zip((field for field in model.fields.values() if field.required), values, strict=True):
        assert by_position[field.name] == value
    with pytest.raises(ApiTypeError, match="has no field 'brand_new'"):
        model(*values, brand_new=1)


def sample_of(name: str, api_version: str) -> dict[str, Any]:
    """Return a JSON object that a service of an API version could send."""
    other = {"2022-10": ("x-since", "2023-02"), "2023-02": ("x-until", "2023-02")}[api_version]
    return {
        wire: value_of(schema, api_version)
        for wire, schema in properties(name).items()
        if schema.get(other[0]) != other[1]
    }


def value_of(declared: dict[str, Any], api_version: str = "2023-02") -> Any:
    schema, reference = follow(declared), declared.get("$ref", "").rpartition("/")[2]
    if reference in OBJECTS:
        return sample_of(reference, api_version)
    if reference == "DateTime":
        return "2021-07-12 14:54:13"
    if allowed_of(schema):
        return allowed_of(schema)[0]
    kind = types_of(schema)[0]
    if kind == "array":
        return [value_of(schema["items"], api_version)]
    return {"string": "text", "integer": 5, "number": 0.5, "boolean": True, "object": {"FR": 2}}[kind]


@pytest.mark.parametrize("api_version", API_VERSIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_responses_of_both_api_versions_are_read(name: str, api_version: str) -> None:
    model, sample = getattr(models, name), sample_of(name, api_version)
    read = model.from_dict(copy.deepcopy(sample))
    for field in model.fields.values():
        value = getattr(read, field.name)
        assert (field.wire in sample) == (field.name in read) == (value is not None)
        if value is not None:
            assert isinstance(value, field.type.classes)
    assert set(read.to_dict()) == {python_name_of(wire) for wire in sample}
    for twin in (model.from_json(read.to_json()), pickle.loads(pickle.dumps(read)), copy.deepcopy(read)):
        assert twin == read
        assert twin.to_dict() == read.to_dict()


@pytest.mark.parametrize("api_version", API_VERSIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_null_in_any_field_reads_as_none(name: str, api_version: str) -> None:
    model = getattr(models, name)
    read = model.from_dict(dict.fromkeys(sample_of(name, api_version)))
    assert all(getattr(read, field) is None for field in model.fields)
    assert set(read.to_dict().values()) == {None}


# ---- operations

METHODS = {
    name: getattr(api, name) for api in (apis.NumbersApi, apis.OauthApi) for name in dir(api) if name in DECLARED
}


def test_every_operation_has_a_method_and_every_method_has_an_operation() -> None:
    assert DECLARED.keys() == METHODS.keys() == OPERATIONS.keys()
    public = {name for api in (apis.NumbersApi, apis.OauthApi) for name in vars(api) if not name.startswith("_")}
    assert public == OPERATIONS.keys()
    assert [name for name in OPERATIONS if hasattr(apis.OauthApi, name)] == ["get_access_token"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_declared_as_in_the_contract(name: str) -> None:
    path, method, item, _ = OPERATIONS[name]
    operation = DECLARED[name]
    assert (operation.path, operation.method) == (path, method.upper())
    assert operation.paid == item["x-paid"]
    assert operation.idempotent == item["x-repeatable"]
    assert operation.api_version == str(item["x-since"])
    assert operation.security == ("application" if item.get("security") == [{"BasicAuth": []}] else "account")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_the_response_type_of_the_contract(name: str) -> None:
    ((media_type, content),) = OPERATIONS[name][2]["responses"]["200"]["content"].items()
    operation = DECLARED[name]
    assert operation.accept == media_type
    schema = content["schema"]
    if media_type == "application/json":
        assert response_class(operation) is getattr(models, schema["$ref"].rpartition("/")[2])
    else:
        assert response_class(operation) is (bytes if "contentEncoding" in schema else str)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_the_body_form_and_query_of_the_contract(name: str) -> None:
    _, _, item, parameters = OPERATIONS[name]
    operation = DECLARED[name]
    body = item.get("requestBody", {"content": {}})["content"]
    schema = body.get("application/json", {"schema": {"$ref": ""}})["schema"]
    assert body_class(operation) is getattr(models, schema["$ref"].rpartition("/")[2], None)
    form = body.get("application/x-www-form-urlencoded", {"schema": {"properties": {}}})["schema"]["properties"]
    check_parameter_types(operation.form, form)
    query = {follow(given)["name"]: follow(given)["schema"] for given in parameters if follow(given)["in"] == "query"}
    check_parameter_types(operation.query, query)


def check_parameter_types(declared: Mapping[str, object], schemas: dict[str, Any]) -> None:
    assert declared.keys() == schemas.keys()
    for name, schema in schemas.items():
        check_field_type(field_type_of(declared[name])[0], schema)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_method_takes_path_arguments_and_body_by_position(name: str) -> None:
    operation = DECLARED[name]
    in_path = [snake(follow(given)["name"]) for given in OPERATIONS[name][3] if follow(given)["in"] == "path"]
    body = [snake(operation.body)] if isinstance(operation.body, str) else []
    by_position = names_of_kind(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    assert by_position == ["self", *in_path, *body, *(["grant_type"] if operation.form else [])]


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_method_takes_query_parameters_by_keyword_and_omits_them_by_default(name: str) -> None:
    operation = DECLARED[name]
    by_keyword = names_of_kind(name, inspect.Parameter.KEYWORD_ONLY)
    assert set(by_keyword) == operation.query.keys() | (operation.form.keys() - {"grant_type"})
    signature = inspect.signature(METHODS[name]).parameters
    assert {signature[keyword].default for keyword in by_keyword} <= {None}
    for keyword in operation.query:
        hint = signature[keyword].annotation.removesuffix(" | None")
        classes = {"Features": int, "NumberType": str, "SetupTime": str, "bool": bool, "int": int, "str": str}
        assert field_type_of(operation.query[keyword])[0].classes[0] is classes[hint]


def names_of_kind(name: str, kind: object) -> list[str]:
    return [
        parameter.name for parameter in inspect.signature(METHODS[name]).parameters.values() if parameter.kind is kind
    ]


@pytest.mark.parametrize("name", OPERATIONS)
def test_documented_errors_are_declared_and_described_in_the_docstring(name: str) -> None:
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
ERRORS = [
    (name, status, code, kind)
    for name, (_, _, item, _) in OPERATIONS.items()
    for status, code, kind in [*((error[0], error[1], error[2]) for error in item["x-errors"]), *GENERAL]
]


@pytest.mark.parametrize(("name", "status", "code", "kind"), ERRORS)
def test_a_documented_error_raises_its_exception_class(
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


@pytest.mark.parametrize("api_version", API_VERSIONS)
@pytest.mark.parametrize("name", [name for name in OPERATIONS if "export" not in name])
def test_an_operation_reads_the_responses_of_both_api_versions(
    name: str, api_version: str, serve: Any, connect: Any
) -> None:
    schema = OPERATIONS[name][2]["responses"]["200"]["content"]["application/json"]["schema"]
    sample = value_of(schema, api_version)
    login = {"username": "app", "password": "secret", "api_key": None} if name == "get_access_token" else {}
    response: Model = call(name, connect(serve([Reply(200, sample)]), **login))
    assert type(response).__name__ == schema["$ref"].rpartition("/")[2]
    assert response.to_json() == type(response).from_dict(sample).to_json()
    read_all(response)


def read_all(model: Model) -> None:
    for name in type(model).fields:
        value = getattr(model, name)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Model):
                read_all(part)
            if isinstance(part, datetime):
                assert part == datetime(2021, 7, 12, 14, 54, 13, tzinfo=timezone.utc)
