"""Rows of output: the fields and columns of a command, and how to read a field of a row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, Protocol, cast

from smscx_client.cli.messages import UNPRINTABLE, print_message
from smscx_client.model_utils import Model, NestedType

Format = Literal["table", "json", "csv"]
Row = Mapping[str, Any]


class Column(NamedTuple):
    """A column of a table."""

    header: str
    path: str
    """Field names of the API, joined by dots."""
    width: int | None = None
    """Characters, for a table whose rows are printed as they arrive. If None, the column fits its values."""


class Layout(NamedTuple):
    """The output of a command."""

    model: type[Model]
    """The model whose fields are the columns of CSV."""
    columns: tuple[Column, ...] = ()
    """Columns of a table. If empty, each field of a row is printed on its own line."""
    leading: tuple[str, ...] = ()
    """Fields of a row that come before those of the model."""


class RowWriter(Protocol):
    """Writes rows in one format."""

    def write(self, row: Row) -> None:
        """Write a row, or keep it until :meth:`close`."""
        ...

    def close(self) -> None:
        """Write the rows that were kept."""
        ...


def to_row(model: Model, **leading: object) -> dict[str, Any]:
    """Return a model as a row, with the field names of the API and every field that the service sent.

    The service cannot replace the leading fields.
    """
    return {**leading, **model._object(), **leading}


def unwrap(response: Model | None, name: str, layout: Layout) -> Row:
    """Return an object inside the response to a processed request as a row, or the response if the object is missing.

    If no column has a value, also print the response as received, because it may have been charged.
    """
    if response is None:
        return {}
    whole = response._object()
    nested = whole.get(name)
    row = cast("Row", nested) if nested and isinstance(nested, dict) else whole
    paths = [column.path for column in layout.columns] or field_paths(layout.model)
    if all(value_at(row, path) is None for path in paths):
        print_message(f"The request was processed, but its response is malformed: {to_json(whole)}")
    return row


def to_json(value: object) -> str:
    """Return a JSON value as one line without control characters. NaN and infinity become strings."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return to_json(json.loads(json.dumps(value), parse_constant=str))
    return re.sub(UNPRINTABLE, lambda found: f"\\u{ord(found[0]):04x}", text)


def field_paths(model: type[Model]) -> Iterator[str]:
    """Yield the path of each field of a model, including the fields of nested models."""
    for field in model.fields.values():
        if isinstance(field.type, NestedType):
            yield from (f"{field.wire}.{path}" for path in field_paths(field.type.model))
        else:
            yield field.wire


def value_at(row: object, path: str) -> object:
    """Return the value at a path of field names, or None if there is none."""
    for name in path.split("."):
        row = cast("Row", row).get(name) if isinstance(row, Mapping) else None
    return row
