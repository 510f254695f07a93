"""Model: a typed view of a JSON object.

``json.loads`` has already built dicts and lists. A model holds the dict itself, and its fields are properties that read
it. Wrapping a response therefore takes the same time whatever its size; nested models, lists of models and datetimes
are built when they are first read, and kept.

A malformed value in a response raises only for the caller that reads that field. A value that the caller sets is
checked at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_type_hints

from smscx_client._argument_checks import describe
from smscx_client._display import MAX_ROWS, shortened, to_html
from smscx_client._field_types import (
    Field,
    FieldType,
    Format,
    Null,
    Nullable,
    Range,
    Since,
    Since2023,
    Size,
    Until,
    Until2023,
    Wire,
    field_type_of,
    python_name,
    wire_name,
)
from smscx_client._pydantic_schema import core_schema, json_schema
from smscx_client._typing import Self
from smscx_client.exceptions import ApiAttributeError, ApiKeyError, ApiTypeError, ApiValueError
from smscx_client.http_info import HttpInfo

if TYPE_CHECKING:
    from inspect import Signature

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Callable[[type], type]:
        """Mark the class for type checkers; Python 3.10 does not have it at run time."""
        return lambda cls: cls


__all__ = [
    "UNSET",
    "Format",
    "JsonObject",
    "Model",
    "Null",
    "Nullable",
    "Range",
    "Since",
    "Since2023",
    "Size",
    "Until",
    "Until2023",
    "Wire",
    "info_of",
    "items_of",
    "view",
]

M = TypeVar("M", bound="Model")
JsonObject = dict[str, Any]


class _Unset:
    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final[Any] = _Unset()
"""Default of an optional field: the field is not sent, and reads as None."""


class NestedType(FieldType):
    """A JSON object that another model views."""

    as_is = False

    def __init__(self, model: type[Model]) -> None:
        model.resolve_fields()
        self.model = model
        self.classes: tuple[type, ...] = (model,)
        self.name: str = model.__name__

    def read(self, value: object, where: str) -> Model | None:
        if value is None:
            return None
        if type(value) is not dict:
            self.reject(value, where)
        return view(self.model, cast("JsonObject", value))

    def read_items(self, items: list[object], where: str) -> list[object]:
        if not {dict}.issuperset(map(type, items)):
            wrong = next(index for index, value in enumerate(items) if type(value) is not dict)
            self.reject(items[wrong], f"{where}[{wrong}]")
        model, new = self.model, object.__new__
        views: list[object] = []
        for value in cast("list[JsonObject]", items):  # what view() does, without a call for each of 40,000
            viewed = new(model)
            _set_json(viewed, value)
            _set_cache(viewed, _EMPTY_CACHE)
            views.append(viewed)
        return views

    def check(self, value: object, where: str) -> JsonObject:
        model = cast("Model", super().check(value, where))
        model.validate()
        return model._object()

    def show(self, value: object) -> object:
        return view(self.model, cast("JsonObject", value)).to_dict() if type(value) is dict else value


# The plain attribute would be looked up in ModelType and in base classes too, which have annotations of their own.
_own_annotations: Callable[[type], dict[str, object]] = type.__dict__["__annotations__"].__get__  # noqa: RUF063


class ModelType(type):
    """Type of the model classes. It turns the declared fields into properties when they are first needed."""

    _fields: dict[str, Field] | None
    _min_fields: int
    _optional: frozenset[str]

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, min_fields: int = 0
    ) -> ModelType:
        namespace.setdefault("__slots__", ())
        namespace["_fields"] = None
        namespace["_min_fields"] = min_fields
        namespace["_optional"] = frozenset(field for field, value in namespace.items() if value is UNSET)
        return super().__new__(mcs, name, bases, namespace)

    @property
    def fields(cls) -> Mapping[str, Field]:
        """Fields by Python name, in the order of their declaration."""
        return cls.resolve_fields()

    @property
    def min_fields(cls) -> int:
        """How many fields must be set before the model can be sent."""
        return cls._min_fields

    def resolve_fields(cls) -> dict[str, Field]:
        """Turn the declared fields into properties, at the first use, so that importing a model is cheap."""
        if cls._fields is not None:
            return cls._fields
        fields = dict(cls.__base__.resolve_fields()) if isinstance(cls.__base__, ModelType) else {}
        hints = get_type_hints(cls, include_extras=True)
        for name in _own_annotations(cls):
            field_type, markers = field_type_of(hints[name])
            wire = next((marker.name for marker in markers if isinstance(marker, Wire)), wire_name(name))
            fields[name] = Field(name, wire, field_type, hints[name], name not in cls._optional, markers)
        for name, field in fields.items():
            setattr(cls, name, _property(f"{cls.__name__}.{name}", field))
        cls._fields = fields
        return fields

    def _field_type(cls) -> NestedType:
        return NestedType(cast("type[Model]", cls))

    @property
    def __signature__(cls) -> Signature:
        from inspect import Parameter, Signature  # slow to import, and only tools that show signatures need it

        return Signature(
            [
                Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, annotation=field.hint)
                if field.required
                else Parameter(name, Parameter.KEYWORD_ONLY, annotation=field.hint, default=UNSET)
                for name, field in cls.fields.items()
            ]
        )


@dataclass_transform()
class Model(metaclass=ModelType):  # noqa: PLW1641 - mutable, so not hashable
    """A typed view of one JSON object.

    Pass required fields by position or keyword, optional ones by keyword. A missing field reads as None and is not
    ``in`` the model. Setting None sends null; ``del`` removes a field. Undeclared fields are kept: they can be read as
    attributes, show in ``to_dict()`` and are sent back.

    Raises:
        ApiTypeError: a field is missing, unknown, or of the wrong type.
        ApiValueError: a field has a value that is not allowed.
    """

    __slots__ = ("_cache", "_http_info", "_json")

    if TYPE_CHECKING:
        _json: JsonObject
        _cache: dict[str, object]
        _http_info: HttpInfo

    def __init__(self, *args: object, **kwargs: object) -> None:
        model, fields = type(self).__name__, type(self).fields
        required = [name for name, field in fields.items() if field.required]
        if len(args) > len(required):
            raise ApiTypeError(
                f"{model} takes {len(required)} fields by position, not {len(args)}; pass the others by name"
            )
        given = dict(zip(required, args, strict=False))
        if twice := given.keys() & kwargs.keys():
            raise ApiTypeError(f"{model}.{min(twice)} was passed by position and by name")
        given.update(kwargs)
        if unknown := given.keys() - fields.keys():
            raise ApiTypeError(f"{model} has no field {min(unknown)!r}; valid fields: {', '.join(fields)}")
        _set_json(self, {})
        _set_cache(self, _EMPTY_CACHE)
        for name, value in given.items():
            if value is not UNSET:
                setattr(self, name, value)
        self._check_required()

    @classmethod
    def from_dict(cls, data: JsonObject) -> Self:
        """Return a model that views a dict with JSON names. The dict is not copied, and its values are not checked.

        Raises:
            ApiTypeError: ``data`` is not a dict.
        """
        if not isinstance(data, dict):
            raise ApiTypeError(f"{cls.__name__}.from_dict takes a dict, not {describe(data)}")
        return view(cls, data)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return a model of a JSON string. Its values are not checked.

        Raises:
            ApiValueError: ``text`` does not contain a JSON object.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            raise ApiValueError(f"{cls.__name__}.from_json: the text is not JSON") from None
        if not isinstance(data, dict):
            raise ApiValueError(f"{cls.__name__}.from_json: the text is not a JSON object")
        return view(cls, cast("JsonObject", data))

    @property
    def http_info(self) -> HttpInfo:
        """The HTTP response that the model was read from.

        Raises:
            ApiAttributeError: the model is not a response. Only the whole response has it, not its parts.
        """
        return self._http_info

    def validate(self) -> None:
        """Check that the model can be sent.

        Raises:
            ApiTypeError: a field is missing or of the wrong type.
            ApiValueError: a field has a value that is not allowed, or too few fields are set.
        """
        self._check_required()
        data = self._object()
        for name, field in type(self).fields.items():
            if field.wire in data:
                field.check(
                    data[field.wire] if field.type.as_is else getattr(self, name), f"{type(self).__name__}.{name}"
                )
        if len(data) < type(self).min_fields:
            raise ApiValueError(f"{type(self).__name__} has nothing to send; set {' or '.join(type(self).fields)}")

    def to_dict(self) -> JsonObject:
        """Return the fields that are not missing, by Python name. A date that cannot be read stays a string."""
        data, fields = self._object(), type(self).fields
        result = {name: field.type.show(data[field.wire]) for name, field in fields.items() if field.wire in data}
        known = {field.wire for field in fields.values()}
        for wire in data:
            if wire not in known:
                name = python_name(wire)
                result.setdefault(name if wire_name(name) == wire else wire, data[wire])
        return result

    def to_str(self) -> str:
        """Return ``to_dict()`` as a pretty-printed string."""
        from pprint import pformat  # slow to import

        try:
            return pformat(self.to_dict())
        except RecursionError:  # nested deeper than pformat can follow
            return self.to_json()

    def to_json(self) -> str:
        """Return the model as a JSON string, with the names of the API."""
        return json.dumps(self._object(), ensure_ascii=False, separators=(",", ":"))

    def get(self, name: str, default: object = None) -> Any:
        """Return the value of a field, or ``default`` if the field is missing."""
        return self[name] if name in self else default  # noqa: SIM401

    def keys(self) -> KeysView[str]:
        """Return the Python names of the fields that are not missing. A model is a mapping: ``dict(model)`` works."""
        return KeysView(cast("Mapping[str, Any]", self))

    def values(self) -> ValuesView[Any]:
        """Return the values of the fields that are not missing."""
        return ValuesView(cast("Mapping[str, Any]", self))

    def items(self) -> ItemsView[str, Any]:
        """Return the Python names and the values of the fields that are not missing."""
        return ItemsView(cast("Mapping[str, Any]", self))

    def __getitem__(self, name: str) -> Any:
        """Return the value of a field, as an attribute does; but a malformed value as the service sent it."""
        if name not in self:
            raise ApiKeyError(f"{type(self).__name__} has no {name!r}")
        raw = self._json[self._wire(name)]
        try:
            return getattr(self, name) if name in type(self).fields else raw
        except (ApiTypeError, ApiValueError):
            return raw

    def __setitem__(self, name: str, value: object) -> None:
        setattr(self, name, value)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise ApiKeyError(f"{type(self).__name__} has no {name!r}")
        wire = self._wire(name)
        del self._json[wire]
        self._cache.pop(wire, None)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._wire(name) in self._json

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.to_dict() if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return True

    if not TYPE_CHECKING:  # type checkers should find misspelt fields

        def __getattr__(self, name: str) -> object:
            if name in ("_http_info", "http_info"):
                raise ApiAttributeError(
                    f"this {type(self).__name__} is not the response of a call, so it has no http_info"
                )
            if name.startswith("_") or name not in self:
                raise ApiAttributeError(f"{type(self).__name__} has no {name!r}")
            return self._json[self._wire(name)]

        def __setattr__(self, name: str, value: object) -> None:
            if name not in type(self).fields:
                raise ApiAttributeError(f"{type(self).__name__} has no field {name!r}")
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._object() == other._object()

    def __repr__(self) -> str:
        return self.to_str()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the model in IPython, with the first items of long lists."""
        printer.text("..." if cycle else view(type(self), shortened(self._object())).to_str())

    def _repr_html_(self) -> str:
        """Show the model as a table in a notebook."""
        data = self._object().get("data")
        rows = cast("list[object]", data) if isinstance(data, list) else [self._object()]
        shown = [view(Model, cast("JsonObject", row)).to_dict() for row in rows[:MAX_ROWS] if isinstance(row, dict)]
        return to_html(shown, len(rows))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        """Let pydantic and FastAPI accept, describe and return the model."""
        return core_schema(cls, cls.from_dict, cls._object)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        return json_schema(cls.__name__, cls.fields)

    def __copy__(self) -> Self:
        return view(type(self), dict(self._object()), getattr(self, "_http_info", None))

    def __reduce__(self) -> tuple[Callable[..., Model], tuple[object, ...]]:
        return view, (type(self), self._object(), getattr(self, "_http_info", None))

    def _wire(self, name: str) -> str:
        field = type(self).fields.get(name)
        if field:
            return field.wire
        return name if name in self._json else wire_name(name)

    def _object(self) -> JsonObject:
        """Return the JSON object, with the changes that the caller made to lists of nested models."""
        for wire, value in list(self._cache.items()):  # another thread may be reading a field
            if isinstance(value, Model):
                value._object()
            elif isinstance(value, list):
                items = cast("list[object]", value)
                self._json[wire] = [item._object() if isinstance(item, Model) else item for item in items]
        return self._json

    def _check_required(self) -> None:
        for name, field in type(self).fields.items():
            if field.required and field.wire not in self._json:
                raise ApiTypeError(f"{type(self).__name__}.{name} is missing; it must be {field.type.name}")


cast("Any", Mapping).register(Model)
_set_json: Callable[[Model, JsonObject], None] = Model.__dict__["_json"].__set__
_set_cache: Callable[[Model, dict[str, object]], None] = Model.__dict__["_cache"].__set__
_set_http_info: Callable[[Model, HttpInfo], None] = Model.__dict__["_http_info"].__set__


def view(model: type[M], data: JsonObject, http_info: HttpInfo | None = None) -> M:
    """Return a model that views a JSON object."""
    model.resolve_fields()
    viewed = object.__new__(model)
    _set_json(viewed, data)
    _set_cache(viewed, _EMPTY_CACHE)
    if http_info is not None:
        _set_http_info(viewed, http_info)
    return viewed


def info_of(response: Model) -> JsonObject:
    """Return the JSON object ``info`` of a response; an empty one if it is missing or malformed."""
    info = response._object().get("info")
    return cast("JsonObject", info) if isinstance(info, dict) else {}


def items_of(response: Model) -> list[JsonObject]:
    """Return the JSON objects in the list ``data`` of a response; an empty one for each malformed item."""
    data = response._object().get("data")
    items = cast("list[object]", data) if isinstance(data, list) else []
    return [cast("JsonObject", item) if isinstance(item, dict) else {} for item in items]


_EMPTY_CACHE: dict[str, object] = {}
"""Shared cache of the models that have none of their own yet: most of 40,000 results never need one."""
_cache_lock = Lock()


def _own_cache(model: Model) -> dict[str, object]:
    """Return the model's own cache of nested models and datetimes. Concurrent threads get the same one."""
    if model._cache is _EMPTY_CACHE:
        with _cache_lock:
            if model._cache is _EMPTY_CACHE:
                _set_cache(model, {})
    return model._cache


def _replace_lock() -> None:
    """In a forked child, the thread that held the lock does not exist."""
    global _cache_lock  # noqa: PLW0603
    _cache_lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_replace_lock)


def _property(where: str, field: Field) -> property:
    wire, as_is = field.wire, field.type.as_is

    def write(self: Model, value: object) -> None:
        self._json[wire] = field.check(value, where)
        if not as_is:
            _own_cache(self)[wire] = value

    def unset(self: Model) -> None:
        self._json.pop(wire, None)
        if not as_is:
            self._cache.pop(wire, None)

    return property(_scalar_reader(where, field) if as_is else _cached_reader(where, field), write, unset)


def _scalar_reader(where: str, field: Field) -> Callable[[Model], object]:
    wire, field_type, expected = field.wire, field.type, field.type.classes[0]

    def read(self: Model) -> object:
        try:
            value = self._json[wire]
        except KeyError:
            return None
        if type(value) is expected:
            return value
        return field_type.read(value, where)

    return read


def _cached_reader(where: str, field: Field) -> Callable[[Model], object]:
    """Return a getter that builds the value once, so that every reader gets the same object."""
    wire, field_type = field.wire, field.type

    def read(self: Model) -> object:
        cache = self._cache
        if wire in cache:
            return cache[wire]
        value = field_type.read(self._json.get(wire), where)
        return value if value is None else _own_cache(self).setdefault(wire, value)

    return read
