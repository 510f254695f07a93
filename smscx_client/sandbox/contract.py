"""The OpenAPI document of each API version, and the errors that it documents."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

from smscx_client.sandbox import errors

_METHODS = {"get", "post", "patch", "delete"}
_PATH_PARAMETERS = {"phoneNumber", "rentId", "lookupBulkId"}


@cache
def openapi(api_version: str) -> dict[str, Any]:
    """Return the OpenAPI document of an API version."""
    document = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))
    described: dict[str, Any] = _of_version(document, api_version)
    described["paths"] = {path: item for path, item in described["paths"].items() if _METHODS & item.keys()}
    return described


def _of_version(node: Any, version: str) -> Any:
    """Return a part of the document without what the API version does not have."""
    kind = cast("type[object]", type(node))
    if kind is list:
        return [_of_version(item, version) for item in node if _exists(item, version)]
    if kind is not dict:
        return node
    kept: dict[str, Any] = {key: _of_version(value, version) for key, value in node.items() if _exists(value, version)}
    return _with_required(kept) if {"properties", "required"} <= kept.keys() and "allOf" not in kept else kept


def _with_required(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "required": [name for name in schema["required"] if name in schema["properties"]]}


def _exists(node: Any, version: str) -> bool:
    kind = cast("type[object]", type(node))
    if kind is list and node and version == "2022-10":
        return not str(node[-1]).endswith("(2023-02)")  # an error: status, code, type and meaning
    if kind is not dict:
        return True
    if _is_query(node):
        return version > "2022-10"  # all query parameters came with 2023-02
    until = "2023-02" if node.get("description") == "Sent by 2022-10 servers only" else node.get("x-until", "9999")
    return str(node.get("x-since", version)) <= version < str(until)


def _is_query(node: dict[str, Any]) -> bool:
    section, _, name = str(node.get("$ref")).rpartition("/")
    return node.get("in") == "query" or (section.endswith("/parameters") and name not in _PATH_PARAMETERS)


@cache
def documented_errors(api_version: str, operation: str | None) -> tuple[errors.DocumentedError, ...]:
    """Return the errors that an operation can meet, or those of all operations, the general ones last."""
    described = [item[method] for item in openapi(api_version)["paths"].values() for method in _METHODS & item.keys()]
    documented = {
        tuple(error[:2])
        for description in described
        if operation in (None, description["operationId"])
        for error in description["x-errors"]
    }
    return (*(error for error in errors.ALL if error[:2] in documented), *errors.GENERAL)
