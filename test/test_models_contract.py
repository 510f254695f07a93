"""The models against the contract, by what they do and how they are written; their fields are in ``test_contract``."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import sys
from datetime import datetime, timezone
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from test_contract import (
    CLASSES,
    GENERATIONS,
    OBJECTS,
    allowed_of,
    follow,
    properties,
    python_name_of,
    required,
    sample_of,
    types_of,
)

from smscx_client import ApiTypeError, ApiValueError, models
from smscx_client.model_utils import Field, Format, Model

MOMENT = datetime(2021, 7, 12, 14, 54, 13, tzinfo=timezone.utc)
FORMATS = {"Uuid", "CountryIso"}
FIELDS = [(name, wire) for name in OBJECTS for wire in properties(name)]
BOUNDS = [
    ("NumbersValidateRequest", "phoneNumbers", 1, 40_000),
    ("NumbersLookupRequest", "phoneNumbers", 1, 40_000),
    ("CallBackRequestNumberLookup", "data", 0, 200),
    ("CallBackRequestReceiveSms", "data", 0, 200),
    ("Paging", "size", 0, 500),
]


def model_of(name: str) -> type[Model]:
    model: type[Model] = getattr(models, name)
    return model


def field_of(name: str, wire: str) -> Field:
    return model_of(name).fields[python_name_of(wire)]


def reference_of(declared: dict[str, Any]) -> str:
    return str(declared.get("$ref", "")).rpartition("/")[2]


def in_order(name: str) -> list[str]:
    """The wire's names as a declaration has them: the required ones first, each group as in the schema."""
    return sorted(properties(name), key=lambda wire: wire not in required(name))


def python_value(declared: dict[str, Any], value: Any) -> Any:
    """What ``to_dict()`` should make of a JSON value."""
    reference, schema = reference_of(declared), follow(declared)
    if reference in OBJECTS:
        return {python_name_of(wire): python_value(properties(reference)[wire], part) for wire, part in value.items()}
    if types_of(schema)[0] == "array":
        return [python_value(schema["items"], item) for item in value]
    return MOMENT if reference == "DateTime" else value


def check_type(declared: dict[str, Any], value: object) -> None:
    """A value is of the class that its schema asks for, and so are its items."""
    reference, schema = reference_of(declared), follow(declared)
    if reference in OBJECTS:
        assert type(value) is model_of(reference)
    elif reference == "DateTime":
        assert value == MOMENT
    elif types_of(schema)[0] == "array":
        assert isinstance(value, list)
        assert value
        for item in value:
            check_type(schema["items"], item)
    else:
        assert type(value) is {**CLASSES, "object": dict}[types_of(schema)[0]]


@pytest.mark.parametrize("name", OBJECTS)
def test_fields_stand_in_the_order_of_the_schema_the_required_ones_first(name: str) -> None:
    assert [field.wire for field in model_of(name).fields.values()] == in_order(name)


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_an_answer_goes_in_and_out_unchanged(name: str, generation: str) -> None:
    sample = sample_of(name, generation)
    read = model_of(name).from_dict(copy.deepcopy(sample))
    for wire in sample:
        check_type(properties(name)[wire], getattr(read, python_name_of(wire)))
    assert read.to_dict() == python_value({"$ref": f"#/components/schemas/{name}"}, sample)
    assert json.loads(read.to_json()) == sample
    for twin in (copy.copy(read), copy.deepcopy(read), pickle.loads(pickle.dumps(read))):
        assert (type(twin), twin.to_dict(), json.loads(twin.to_json())) == (type(read), read.to_dict(), sample)


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_what_was_read_makes_the_same_model_again_and_can_be_sent(name: str, generation: str) -> None:
    model, sample = model_of(name), sample_of(name, generation)
    read = model.from_dict(copy.deepcopy(sample))
    made = model(**{python_name_of(wire): read[python_name_of(wire)] for wire in sample})
    assert made == read
    made.check()


@pytest.mark.parametrize("name", OBJECTS)
def test_a_constructor_takes_the_required_fields_by_position_all_of_them_and_no_more(name: str) -> None:
    model, wires = model_of(name), [wire for wire in in_order(name) if wire in required(name)]
    read = model.from_dict(sample_of(name, "2023-02"))
    values = [read[python_name_of(wire)] for wire in wires]
    assert json.loads(model(*values).to_json()) == {wire: sample_of(name, "2023-02")[wire] for wire in wires}
    with pytest.raises(ApiTypeError, match=f"^{name} takes {len(wires)} fields by position"):
        model(*values, "one more")
    for left_out in wires:
        given = {python_name_of(wire): value for wire, value in zip(wires, values) if wire != left_out}
        with pytest.raises(ApiTypeError, match=f"^{name}.{python_name_of(left_out)} is missing"):
            model(**given)


@pytest.mark.parametrize(("name", "wire"), FIELDS)
def test_none_can_be_set_where_the_schema_has_null(name: str, wire: str) -> None:
    model, field = model_of(name).from_dict({}), python_name_of(wire)
    if "null" in types_of(follow(properties(name)[wire])):
        setattr(model, field, None)
        assert model.to_json() == f'{{"{wire}":null}}'
    else:
        with pytest.raises(ApiTypeError, match=f"^{name}.{field} must be .*, not None"):
            setattr(model, field, None)


@pytest.mark.parametrize(("name", "wire"), FIELDS)
def test_type_checkers_see_none_where_a_field_may_be_null_or_absent(name: str, wire: str) -> None:
    may_be_none = "null" in types_of(follow(properties(name)[wire])) or wire not in required(name)
    hint = get_type_hints(model_of(name))[python_name_of(wire)]
    assert (NoneType in get_args(hint)) == may_be_none


@pytest.mark.parametrize(("name", "wire"), FIELDS)
def test_a_value_of_another_type_or_not_among_the_allowed_ones_cannot_be_set(name: str, wire: str) -> None:
    schema, model, field = follow(properties(name)[wire]), model_of(name).from_dict({}), python_name_of(wire)
    with pytest.raises(ApiTypeError, match=f"^{name}.{field} must be "):
        setattr(model, field, object())
    item = follow(schema.get("items", schema))
    for allowed in allowed_of(item):
        setattr(model, field, [allowed] if item is not schema else allowed)
    if allowed_of(item):
        wrong = 2 if isinstance(allowed_of(item)[0], int) else "other"
        with pytest.raises(ApiValueError, match=f"^{name}.{field}.* must be one of "):
            setattr(model, field, [wrong] if item is not schema else wrong)


@pytest.mark.parametrize(("name", "wire", "least", "most"), BOUNDS)
def test_both_bounds_are_in_and_what_is_beyond_is_not(name: str, wire: str, least: int, most: int) -> None:
    model, field = model_of(name), python_name_of(wire)
    one = getattr(model.from_dict(sample_of(name, "2023-02")), field)
    for number in (least - 1, least, most, most + 1):
        if isinstance(one, list) and number < 0:
            continue
        value = one * number if isinstance(one, list) else number
        if least <= number <= most:
            setattr(model.from_dict({}), field, value)
        else:
            with pytest.raises(ApiValueError, match=f"{name}.{field} must be {least:,} to {most:,}, not {number:,}"):
                setattr(model.from_dict({}), field, value)


def test_these_are_all_bounds_of_the_contract() -> None:
    named = {"minItems", "maxItems", "minimum", "maximum", "minLength", "maxLength"}
    bounded = [
        (name, wire, schema.get("minItems", schema.get("minimum", 0)), schema.get("maxItems", schema.get("maximum")))
        for name, wire in FIELDS
        if named & (schema := follow(properties(name)[wire])).keys()
        if reference_of(properties(name)[wire]) not in FORMATS
    ]
    assert sorted(bounded) == sorted(BOUNDS)


@pytest.mark.parametrize(("name", "wire"), FIELDS)
def test_a_format_of_the_contract_is_in_the_declaration(name: str, wire: str) -> None:
    schema = properties(name)[wire]
    formats = [marker.text for marker in field_of(name, wire).markers if isinstance(marker, Format)]
    if reference_of(schema) == "Uuid":
        assert formats == ["8-4-4-4-12 hexadecimal digits"]
    elif reference_of(schema) == "CountryIso":
        assert formats == ["ISO 3166-1 alpha-2"]
    else:
        assert formats == ["URL"] or follow(schema).get("format") != "uri"


def test_an_edit_must_change_something_and_no_other_model_needs_an_optional_field() -> None:
    assert {name: model_of(name).min_fields for name in OBJECTS if model_of(name).min_fields} == {"EditRentRequest": 1}
    with pytest.raises(ApiValueError, match="EditRentRequest has nothing to send"):
        models.EditRentRequest().check()


@pytest.mark.parametrize("name", OBJECTS)
def test_a_module_is_one_model_with_docstrings_of_one_line(name: str) -> None:
    source = Path(sys.modules[model_of(name).__module__].__file__ or "").read_text(encoding="utf-8")
    tree = ast.parse(source)
    (model,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    assert ast.unparse(tree.body[1]) == "from __future__ import annotations"
    assert "TYPE_CHECKING" not in source
    assert max(map(len, source.splitlines())) <= 120
    docstrings = [ast.get_docstring(tree, clean=False), ast.get_docstring(model, clean=False)]
    for node, before in zip(model.body[1:], model.body):
        if isinstance(node, ast.Expr):
            assert isinstance(before, ast.AnnAssign)
            docstrings.append(ast.literal_eval(node.value))
        else:
            assert isinstance(node, ast.AnnAssign)
            assert node.lineno == node.end_lineno
    assert all(docstring and "\n" not in docstring and docstring.endswith(".") for docstring in docstrings)
    lines = (model.end_lineno or 0) - model.body[1].lineno + 1
    assert lines <= 3 * sum(isinstance(node, ast.AnnAssign) for node in model.body)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_model_says_which_generation_it_came_or_went_with(name: str) -> None:
    since, until = OBJECTS[name].get("x-since"), OBJECTS[name].get("x-until")
    said = model_of(name).__doc__ or ""
    assert (f"Came with {since}." in said, "Came with" in said) == (since is not None, since is not None)
    assert (f"Until {until}." in said, "Until" in said) == (until is not None, until is not None)
