"""Requests: turn an operation and checked arguments into path, query and body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode

from smscx_client._argument_checks import describe
from smscx_client._field_types import FieldType, field_type_of, python_name
from smscx_client.exceptions import ApiTypeError, ApiValueError
from smscx_client.model_utils import Model
from smscx_client.operation import Operation

T = TypeVar("T")

_encode_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_CONTROL_CHARACTERS = r"[\x00-\x1f\x7f-\x9f]"
_cached = lru_cache(maxsize=64)  # bounded, because programs may create operations in every call


@_cached
def response_class(operation: Operation[T]) -> type[T]:
    """Return the class of the operation's response."""
    declared = operation.response_type
    return cast("type[T]", _model_class(declared) if isinstance(declared, str) else declared)


@_cached
def body_class(operation: Operation[Any]) -> type[Model] | None:
    """Return the class of the operation's request model."""
    declared = operation.body
    return _model_class(declared) if isinstance(declared, str) else declared


@_cached
def path_arguments(operation: Operation[Any]) -> tuple[str, ...]:
    """Return the Python names of the arguments in the operation's path."""
    return tuple(python_name(name) for name in re.findall(r"{(\w+)}", operation.path))


@_cached
def _path_template(operation: Operation[Any]) -> str:
    return re.sub(r"{\w+}", "%s", operation.path.replace("%", "%%"))


@_cached
def _parameter_types(operation: Operation[Any]) -> dict[str, FieldType]:
    declared = {**operation.query, **operation.form}
    return {name: field_type_of(hint)[0] for name, hint in declared.items()}


def request_target(
    operation: Operation[Any], path_values: tuple[str, ...], query: Mapping[str, object] | None, check: bool
) -> str:
    """Return the path and query of a request.

    Raises:
        ApiTypeError: an argument is missing, unknown or of the wrong type.
        ApiValueError: an argument has a value that is not allowed, or that would leave its segment of the path.
    """
    names = path_arguments(operation)
    if len(path_values) != len(names):
        raise ApiTypeError(f"{operation.name} takes {len(names)} path arguments, not {len(path_values)}")
    path = operation.path
    if path_values:
        segments = [_segment(operation, name, value) for name, value in zip(names, path_values, strict=True)]
        path = _path_template(operation) % tuple(segments)
    if not query:
        return path
    given = {name: value for name, value in query.items() if value is not None}
    if check:
        _check_parameters(operation, given)
    return f"{path}?{_urlencode(given)}" if given else path


def request_body(operation: Operation[Any], body: object, check: bool) -> tuple[bytes | None, str | None]:
    """Return the body of a request and its media type.

    Raises:
        ApiTypeError: the body, or a field of it, is missing or of the wrong type.
        ApiValueError: a field has a value that is not allowed.
    """
    if operation.form:
        return _form_body(operation, cast("Mapping[str, object]", body), check)
    if check:
        _check_model(operation, body)
    if body is None:
        return None, None
    try:
        text = _encode_json(body._object() if isinstance(body, Model) else body)
    except (TypeError, ValueError, RecursionError) as exc:
        raise ApiTypeError(f"{operation.name}: the body cannot be sent as JSON: {exc}") from None
    return text.encode("ascii"), "application/json"


def identifying_arguments(operation: Operation[Any], path_values: tuple[str, ...], body: object) -> dict[str, object]:
    """Return the arguments by which ``find_outcome`` recognizes a call. A list is replaced by its length."""
    given: dict[str, object] = dict(zip(path_arguments(operation), path_values, strict=True))
    model = body_class(operation)
    if isinstance(body, dict) and model is not None:  # sent without checks
        body = model.from_dict(cast("dict[str, Any]", body))
    if isinstance(body, Model):
        given |= body.to_dict()
    kept = {name: given[name] for name in operation.identified_by if name in given}
    lengths = {name: len(cast("list[object]", value)) for name, value in kept.items() if isinstance(value, list)}
    return kept | lengths


def _model_class(name: str) -> type[Model]:
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return cast("type[Model]", getattr(import_module(f"smscx_client.model.{module}"), name))


def _segment(operation: Operation[Any], name: str, value: str) -> str:
    if not isinstance(value, str):
        raise ApiTypeError(f"{operation.name}: {name} must be str, not {describe(value)}")
    if value.isalnum() and value.isascii():
        return value
    if name == "phone_number":
        value = value.removeprefix("%2B").removeprefix("%2b").removeprefix("+")
    if value in ("", ".", ".."):
        raise ApiValueError(f"{operation.name}: {name} must not be {'empty' if not value else 'dots'}")
    if not value.isprintable() and re.search(_CONTROL_CHARACTERS, value):
        raise ApiValueError(f"{operation.name}: {name} must not contain line breaks or other control characters")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise ApiValueError(f"{operation.name}: {name} contains a character that UTF-8 cannot encode") from None


def _check_parameters(operation: Operation[Any], given: Mapping[str, object]) -> None:
    types = _parameter_types(operation)
    for name, value in given.items():
        if name in types:
            types[name].check(value, f"{operation.name}: {name}")
        elif types:
            raise ApiTypeError(f"{operation.name} has no parameter {name!r}; valid parameters: {', '.join(types)}")


def _check_model(operation: Operation[Any], body: object) -> None:
    expected = body_class(operation)
    if expected is None:
        return
    if not isinstance(body, expected):
        raise ApiTypeError(f"{operation.name} takes a {expected.__name__}, not {describe(body)}")
    body.validate()


def _form_body(operation: Operation[Any], fields: Mapping[str, object], check: bool) -> tuple[bytes, str]:
    given = {name: value for name, value in fields.items() if value is not None}
    if check:
        _check_parameters(operation, given)
    return _urlencode(given).encode("ascii"), "application/x-www-form-urlencoded"


def _urlencode(fields: Mapping[str, object]) -> str:
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in fields.items()}
    try:
        return urlencode(texts)
    except UnicodeEncodeError:
        raise ApiValueError("a parameter contains a character that UTF-8 cannot encode") from None
