"""Schemas with which pydantic and FastAPI accept, describe and return models. pydantic is imported when it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smscx_client._field_types import CountsType, Field, FieldType, ListType

_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}


def core_schema(model: type[Any], from_dict: Callable[[Any], Any], to_json_object: Callable[[Any], object]) -> Any:
    """Return the schema of a model. It accepts the model, or a dict with the JSON names of the API."""
    from pydantic_core import core_schema as schemas

    def read(value: object) -> object:
        if isinstance(value, model):
            return value
        try:
            return from_dict(value)
        except TypeError as error:
            raise ValueError(str(error)) from None

    serializer = schemas.plain_serializer_function_ser_schema(to_json_object)
    return schemas.no_info_plain_validator_function(read, serialization=serializer)


def json_schema(name: str, fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the JSON schema of a model, with the JSON names of the API."""
    required = [field.wire for field in fields.values() if field.required]
    properties = {field.wire: _property(field) for field in fields.values()}
    return {"title": name, "type": "object", "properties": properties, **({"required": required} if required else {})}


def _property(field: Field) -> dict[str, Any]:
    schema = _schema_of(field.type)
    return {"anyOf": [schema, {"type": "null"}]} if field.nullable else schema


def _schema_of(field_type: FieldType) -> dict[str, Any]:
    if isinstance(field_type, ListType):
        return {"type": "array", "items": _schema_of(field_type.item)}
    if isinstance(field_type, CountsType):
        return {"type": "object", "additionalProperties": {"type": "integer"}}
    nested = getattr(field_type, "model", None)
    if nested is not None:
        return json_schema(nested.__name__, nested.fields)
    return {"type": _JSON_TYPES.get(field_type.classes[0], "string")}
