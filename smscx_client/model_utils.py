"""Model: a typed view of a JSON object, and the kinds of value that its fields hold.

``json.loads`` has built dicts and lists already. A model holds the dict itself and its fields are properties that read
it, so wrapping an answer costs the same whatever its size; nested models, lists of models and datetimes are made when
they are first read, and kept.

What the service sent is taken as it is: a wrong value is an error only for who reads that very field. What the user
sets is checked at once.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from threading import Lock
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    NoReturn,
    Optional,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from smscx_client.exceptions import (
    ApiAttributeError,
    ApiExceptionBase,
    ApiKeyError,
    ApiTypeError,
    ApiValueError,
)

if TYPE_CHECKING:
    from inspect import Signature

    from typing_extensions import Self, dataclass_transform

    from smscx_client.http_info import HttpInfo
else:

    def dataclass_transform(**_: object) -> Callable[[type], type]:
        """Only type checkers read it, and Python 3.10 has none."""
        return lambda cls: cls


T = TypeVar("T")
M = TypeVar("M", bound="Model")
JsonObject = dict[str, Any]


class _Unset:
    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final[Any] = _Unset()
"""The value of an optional field in a declaration: nothing is sent for the field, and it reads as None."""


class Marker:
    """What a declaration says of a field beside its type. Markers are equal where class and values are, and no tuples:
    ``typing`` takes hints that are equal for one and the same.
    """

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, vars(self).values()))})"


class Size(Marker):
    """How many items a list, or characters a string, may have."""

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most


class Range(Marker):
    """The smallest and the largest value of a number."""

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most


class Format(Marker):
    """What a string should look like. For readers: formats are the service's to judge, it has errors for them."""

    def __init__(self, text: str) -> None:
        self.text = text


class Wire(Marker):
    """The field's JSON name, where it is not the Python name in camelCase."""

    def __init__(self, name: str) -> None:
        self.name = name


class Null(Marker):
    """The field's value may be JSON null."""


class Since(Marker):
    """The generation of the service whose answers brought the field."""

    def __init__(self, generation: str) -> None:
        self.generation = generation


class Until(Marker):
    """The generation of the service whose answers do not have the field any more."""

    def __init__(self, generation: str) -> None:
        self.generation = generation


Nullable = Annotated[Optional[T], Null()]
Since2023 = Annotated[Optional[T], Since("2023-02")]
Until2023 = Annotated[Optional[T], Until("2023-02")]


def wire_name(python_name: str) -> str:
    """The JSON name of a Python name: ``rent_id`` -> ``rentId``, ``_from`` -> ``from``, ``_30`` -> ``30``."""
    first, *others = python_name.lstrip("_").split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def python_name(wire: str) -> str:
    """The Python name of a JSON name that no declaration knows: ``brandNew`` -> ``brand_new``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", wire).lower()


def shown(value: object) -> str:
    """A value for an error message: its type, and itself only where it is short and can be no phone number."""
    if value is None or isinstance(value, bool):
        return repr(value)
    brief = isinstance(value, (int, float)) and -1000 < value < 1000
    brief = brief or (isinstance(value, str) and len(value) <= 20 and sum(map(str.isdigit, value)) < 5)
    return f"{value!r} ({type(value).__name__})" if brief else type(value).__name__


def _in_utc(moment: datetime) -> datetime:
    """Raises OverflowError at the ends of time, where UTC has no such year."""
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def _moment(text: str) -> datetime:
    """Raises ValueError or OverflowError: it is no date, or leaves a part of it to be guessed."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass  # the documented format is ISO 8601; anything else is for who knows all formats
    from dateutil import parser  # seldom needed, and slow to import

    first, second = (
        parser.parse(text, default=datetime(year, year % 12 + 1, 1 + year % 20), tzinfos=_known_zone)  # noqa: DTZ001
        for year in (2000, 2011)
    )
    if first != second:
        raise ValueError("a date without its year, month or day")
    return first


def _known_zone(name: str | None, offset: int | None) -> int | None:
    if name and offset is None:
        raise ValueError(f"no zone is called {name}")
    return offset


class Kind:
    """The values that a field holds: ``read`` turns JSON into Python, ``check`` turns Python into JSON."""

    name: str
    """How messages and the documentation call it."""
    classes: tuple[type, ...]
    """Classes of its Python values."""
    as_is = True
    """Whether the JSON value is the Python value."""

    def read(self, value: object, where: str) -> object:
        """The Python value of what the service sent.

        Raises:
            ApiTypeError: it is of another type.
            ApiValueError: it is of that type and cannot be read.
        """
        return value if value is None or value.__class__ in self.classes else self._misfit(value, where)

    def check(self, value: object, where: str) -> object:
        """The JSON value of what the user gave.

        Raises:
            ApiTypeError: it is of another type.
            ApiValueError: it is of that type and not allowed.
        """
        if value.__class__ in self.classes or (isinstance(value, self.classes) and not isinstance(value, bool)):
            return value
        raise ApiTypeError(f"{where} must be {self.name}, not {shown(value)}")

    def show(self, value: object) -> object:
        """What ``to_dict()`` has for a JSON value, whatever it is."""
        return value

    def _misfit(self, value: object, where: str) -> NoReturn:
        raise ApiTypeError(
            f"{where}: the service sent {shown(value)}, not {self.name}; to_dict() and to_json() have it"
        )


class Scalar(Kind):
    """A string, number or boolean; perhaps one of a few, or bounded."""

    def __init__(self, *classes: type, allowed: tuple[object, ...] = (), bounds: Size | Range | None = None) -> None:
        self.classes: tuple[type, ...] = (float, int) if classes == (float,) else classes
        self.allowed = allowed
        self.bounds = bounds
        self.name: str = " or ".join(cls.__name__ for cls in classes)

    def check(self, value: object, where: str) -> object:
        super().check(value, where)
        if self.allowed and value not in self.allowed:
            raise ApiValueError(f"{where} must be one of {', '.join(map(repr, self.allowed))}, not {shown(value)}")
        if isinstance(self.bounds, Range):
            _check_bounds(cast("int", value), self.bounds, where)
        if isinstance(self.bounds, Size):
            _check_bounds(len(cast("str", value)), self.bounds, f"the length of {where}")
        return value


class Timestamp(Kind):
    """A date and time: aware and in UTC in Python, ``YYYY-MM-DD HH:MM:SS`` in JSON."""

    name: str = "datetime"
    classes: tuple[type, ...] = (datetime,)
    as_is = False

    def read(self, value: object, where: str) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, str):
            self._misfit(value, where)
        try:
            return _in_utc(_moment(value))
        except (ValueError, OverflowError):
            raise ApiValueError(f"{where}: what the service sent is no date; to_dict() and to_json() have it") from None

    def check(self, value: object, where: str) -> str:
        moment = cast("datetime", super().check(value, where))
        if moment.tzinfo is None:
            raise ApiValueError(f"{where} must be an aware datetime, such as datetime.now(timezone.utc)")
        try:
            return _in_utc(moment).strftime("%Y-%m-%d %H:%M:%S")
        except OverflowError:
            raise ApiValueError(f"{where} must be a date that is one in UTC too") from None

    def show(self, value: object) -> object:
        try:
            return self.read(value, "")
        except ApiExceptionBase:
            return value


class Nested(Kind):
    """A JSON object that another model views."""

    as_is = False

    def __init__(self, model: type[Model]) -> None:
        model.install()
        self.model = model
        self.classes: tuple[type, ...] = (model,)
        self.name: str = model.__name__

    def read(self, value: object, where: str) -> Model | None:
        if value is None:
            return None
        if type(value) is not dict:
            self._misfit(value, where)
        return view(self.model, cast("JsonObject", value))

    def check(self, value: object, where: str) -> JsonObject:
        model = cast("Model", super().check(value, where))
        model.check()
        return model._object()

    def show(self, value: object) -> object:
        return view(self.model, cast("JsonObject", value)).to_dict() if type(value) is dict else value


class Many(Kind):
    """A list whose items are of one kind."""

    classes: tuple[type, ...] = (list,)

    def __init__(self, item: Kind, bounds: Size | None = None) -> None:
        self.item = item
        self.bounds = bounds
        self.as_is: bool = item.as_is
        self.name: str = f"list[{item.name}]"

    def read(self, value: object, where: str) -> object:
        items = super().read(value, where)
        if self.as_is or items is None:
            return items
        return self._views(cast("list[object]", items), cast("Nested", self.item), where)

    def _views(self, items: list[object], item: Nested, where: str) -> list[Model]:
        if not {dict}.issuperset(map(type, items)):
            wrong = next(index for index, value in enumerate(items) if type(value) is not dict)
            item._misfit(items[wrong], f"{where}[{wrong}]")
        model, new = item.model, object.__new__
        views: list[Model] = []
        for value in cast("list[JsonObject]", items):  # what view() does, without a call for each of 40,000
            viewed = new(model)
            _set_json(viewed, value)
            _set_made(viewed, _NOTHING)
            views.append(viewed)
        return views

    def check(self, value: object, where: str) -> object:
        items = cast("list[object]", super().check(value, where))
        if self.bounds:
            _check_bounds(len(items), self.bounds, f"the length of {where}")
        if type(self.item) is Scalar and not self.item.allowed and self.item.classes == (str,) and _are_texts(items):
            return items
        return [self.item.check(item, f"{where}[{index}]") for index, item in enumerate(items)]

    def show(self, value: object) -> object:
        return [self.item.show(item) for item in cast("list[object]", value)] if type(value) is list else value


class Counts(Kind):
    """A JSON object that maps names to numbers; the names are data, and stay as they are."""

    name: str = "dict[str, int]"
    classes: tuple[type, ...] = (dict,)


class Field(NamedTuple):
    """One field of a model, as its declaration says."""

    name: str
    wire: str
    kind: Kind
    hint: object
    required: bool
    markers: tuple[object, ...]

    @property
    def nullable(self) -> bool:
        return any(isinstance(marker, Null) for marker in self.markers)

    def check(self, value: object, where: str) -> object:
        """The JSON value of what the user gave; see :meth:`Kind.check`."""
        if value is not None:
            return self.kind.check(value, where)
        if not self.nullable:
            raise ApiTypeError(f"{where} must be {self.kind.name}, not None{'' if self.required else '; leave it out'}")
        return None


def kind_of(hint: object) -> tuple[Kind, tuple[object, ...]]:
    """The kind of value that a type hint stands for, and the markers around it.

    Raises:
        TypeError: no kind fits, which is a mistake in the declaration.
    """
    members, markers = _unwrap(hint)
    bounds = next((marker for marker in markers if isinstance(marker, (Size, Range))), None)
    member = members[0]
    if get_origin(member) is Literal:
        return Scalar(cast("type[object]", type(get_args(member)[0])), allowed=get_args(member)), markers
    if get_origin(member) is list:
        item, _ = kind_of(get_args(member)[0])
        return Many(item, cast("Size | None", bounds)), markers
    if get_origin(member) is dict:
        return Counts(), markers
    if member is datetime:
        return Timestamp(), markers
    if isinstance(member, ModelType):
        return Nested(cast("type[Model]", member)), markers
    if {str, int, float, bool}.issuperset(members):
        return Scalar(*cast("list[type]", members), bounds=bounds), markers
    raise TypeError(f"no kind of field for {hint!r}")


def _unwrap(hint: object) -> tuple[list[object], tuple[object, ...]]:
    """The types that a hint admits, without None, and all markers around them."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        members, markers = _unwrap(arguments[0])
        return members, (*markers, *arguments[1:])
    if origin not in (Union, UnionType):
        return [] if hint is NoneType else [hint], ()
    parts = [_unwrap(argument) for argument in arguments]
    return [member for members, _ in parts for member in members], tuple(mark for _, marks in parts for mark in marks)


def _are_texts(items: list[object]) -> bool:
    """Whether all of them are str: one pass in C, for the 40,000 numbers of a bulk request."""
    try:
        "".join(cast("list[str]", items))
    except TypeError:
        return False
    return True


def _check_bounds(number: int, bounds: Size | Range, what: str) -> None:
    if not bounds.least <= number <= bounds.most:
        raise ApiValueError(f"{what} must be {bounds.least:,} to {bounds.most:,}, not {number:,}")


# The plain attribute would be looked up in ModelType and in base classes too, which have annotations of their own.
_own_annotations: Callable[[type], dict[str, object]] = type.__dict__["__annotations__"].__get__  # noqa: RUF063


class ModelType(type):
    """The type of model classes: keeps a declaration, and turns it into properties when it is first needed."""

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
        """The fields by Python name, in the order of their declaration."""
        return cls.install()

    @property
    def min_fields(cls) -> int:
        """How many fields a model needs to be worth sending."""
        return cls._min_fields

    def install(cls) -> dict[str, Field]:
        """Turn the declaration into properties; the first instance needs it, so the import does not."""
        if cls._fields is not None:
            return cls._fields
        fields = dict(cls.__base__.install()) if isinstance(cls.__base__, ModelType) else {}
        hints = get_type_hints(cls, include_extras=True)
        for name in _own_annotations(cls):
            kind, markers = kind_of(hints[name])
            wire = next((marker.name for marker in markers if isinstance(marker, Wire)), wire_name(name))
            fields[name] = Field(name, wire, kind, hints[name], name not in cls._optional, markers)
        for name, field in fields.items():
            setattr(cls, name, _property(f"{cls.__name__}.{name}", field))
        cls._fields = fields
        return fields

    @property
    def __signature__(cls) -> Signature:
        from inspect import Parameter, Signature  # for who asks: it would take longer to import than all else here

        return Signature(
            [
                Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, annotation=field.hint)
                if field.required
                else Parameter(name, Parameter.KEYWORD_ONLY, annotation=field.hint, default=UNSET)
                for name, field in cls.fields.items()
            ]
        )


@dataclass_transform()
class Model(metaclass=ModelType):  # noqa: PLW1641 - what can change has no hash
    """A typed view of one JSON object.

    Required fields are given by position or keyword, optional ones by keyword. A field that is absent reads as None and
    is not ``in`` the model; setting None sends null, ``del`` makes a field absent. Fields that no declaration knows are
    kept: they read as attributes, show in ``to_dict()`` and are sent back.

    Raises:
        ApiTypeError: a field is missing, unknown, or of the wrong type.
        ApiValueError: a field has a value that is not allowed.
    """

    __slots__ = ("_http_info", "_json", "_made")

    if TYPE_CHECKING:
        _json: JsonObject
        _made: dict[str, object]
        _http_info: HttpInfo

    def __init__(self, *args: object, **kwargs: object) -> None:
        model, fields = type(self).__name__, type(self).fields
        required = [name for name, field in fields.items() if field.required]
        if len(args) > len(required):
            raise ApiTypeError(f"{model} takes {len(required)} fields by position, not {len(args)}; name the others")
        given = dict(zip(required, args, strict=False))
        if twice := given.keys() & kwargs.keys():
            raise ApiTypeError(f"{model}.{min(twice)} is given by position and by name")
        given.update(kwargs)
        if unknown := given.keys() - fields.keys():
            raise ApiTypeError(f"{model} has no field {min(unknown)!r}; it has {', '.join(fields)}")
        _set_json(self, {})
        _set_made(self, _NOTHING)
        for name, value in given.items():
            if value is not UNSET:
                setattr(self, name, value)
        self._check_required()

    @classmethod
    def from_dict(cls, data: JsonObject) -> Self:
        """A model of a dict with the wire's names. The dict is viewed, not copied, and nothing in it is checked.

        Raises:
            ApiTypeError: it is no dict.
        """
        if not isinstance(data, dict):
            raise ApiTypeError(f"{cls.__name__}.from_dict takes a dict, not {shown(data)}")
        return view(cls, data)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """A model of a JSON text with the wire's names. What is in it is not checked.

        Raises:
            ApiValueError: the text is no JSON object.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            raise ApiValueError(f"{cls.__name__}.from_json: the text is no JSON") from None
        if not isinstance(data, dict):
            raise ApiValueError(f"{cls.__name__}.from_json: the text is no JSON object")
        return view(cls, cast("JsonObject", data))

    @property
    def http_info(self) -> HttpInfo:
        """The HTTP answer that the model came from.

        Raises:
            ApiAttributeError: it came from none. A part of an answer does not know it, the whole does.
        """
        return self._http_info

    def check(self) -> None:
        """Check that the model can be sent.

        Raises:
            ApiTypeError: a field is missing, or of the wrong type.
            ApiValueError: a field has a value that is not allowed, or nothing is set where something must be.
        """
        self._check_required()
        data = self._object()
        for name, field in type(self).fields.items():
            if field.wire in data:
                field.check(
                    data[field.wire] if field.kind.as_is else getattr(self, name), f"{type(self).__name__}.{name}"
                )
        if len(data) < type(self).min_fields:
            raise ApiValueError(f"{type(self).__name__} has nothing to send: give {' or '.join(type(self).fields)}")

    def to_dict(self) -> JsonObject:
        """The fields that are there, by Python name: models as dicts, dates as datetimes where they can be read."""
        data, fields = self._object(), type(self).fields
        result = {name: field.kind.show(data[field.wire]) for name, field in fields.items() if field.wire in data}
        known = {field.wire for field in fields.values()}
        for wire in data:
            if wire not in known:
                name = python_name(wire)
                result.setdefault(name if wire_name(name) == wire else wire, data[wire])
        return result

    def to_str(self) -> str:
        """``to_dict()`` as text, over several lines where it is long."""
        from pprint import pformat  # it would slow down every import of the package

        try:
            return pformat(self.to_dict())
        except RecursionError:  # nested deeper than pformat can follow
            return self.to_json()

    def to_json(self) -> str:
        """The JSON text with the wire's names, as it is sent."""
        return json.dumps(self._object(), ensure_ascii=False, separators=(",", ":"))

    def get(self, name: str, default: object = None) -> Any:
        """The value of a field, or ``default`` where the field is absent."""
        return self[name] if name in self else default  # noqa: SIM401

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise ApiKeyError(f"{type(self).__name__} has no {name!r}")
        return getattr(self, name) if name in type(self).fields else self._json[self._wire(name)]

    def __setitem__(self, name: str, value: object) -> None:
        setattr(self, name, value)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise ApiKeyError(f"{type(self).__name__} has no {name!r}")
        wire = self._wire(name)
        del self._json[wire]
        self._made.pop(wire, None)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._wire(name) in self._json

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    if not TYPE_CHECKING:  # type checkers are to find misspelt fields

        def __getattr__(self, name: str) -> object:
            if name in ("_http_info", "http_info"):
                raise ApiAttributeError(f"this {type(self).__name__} is not what a call returned, it has no http_info")
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
        """The JSON object, with what was done to the lists of models that were made from it."""
        for wire, value in list(self._made.items()):  # another thread may read a field now
            if isinstance(value, Model):
                value._object()
            elif isinstance(value, list):
                items = cast("list[object]", value)
                self._json[wire] = [item._object() if isinstance(item, Model) else item for item in items]
        return self._json

    def _check_required(self) -> None:
        for name, field in type(self).fields.items():
            if field.required and field.wire not in self._json:
                raise ApiTypeError(f"{type(self).__name__}.{name} is missing; it must be {field.kind.name}")


_set_json: Callable[[Model, JsonObject], None] = Model.__dict__["_json"].__set__
_set_made: Callable[[Model, dict[str, object]], None] = Model.__dict__["_made"].__set__
_set_http_info: Callable[[Model, HttpInfo], None] = Model.__dict__["_http_info"].__set__


def view(model: type[M], data: JsonObject, http_info: HttpInfo | None = None) -> M:
    """A model that views a JSON object."""
    model.install()
    viewed = object.__new__(model)
    _set_json(viewed, data)
    _set_made(viewed, _NOTHING)
    if http_info is not None:
        _set_http_info(viewed, http_info)
    return viewed


_NOTHING: dict[str, object] = {}
"""What was made of a model of which nothing was made yet: most of 40,000 results need no dict of their own."""
_making = Lock()


def _made_of(model: Model) -> dict[str, object]:
    """The model's own dict of what was made; threads that come at the same time get the same one."""
    if model._made is _NOTHING:
        with _making:
            if model._made is _NOTHING:
                _set_made(model, {})
    return model._made


def _unlock() -> None:
    """A thread that held the lock is not there in a forked child."""
    global _making  # noqa: PLW0603
    _making = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)


def _property(where: str, field: Field) -> property:
    wire, as_is = field.wire, field.kind.as_is

    def write(self: Model, value: object) -> None:
        self._json[wire] = field.check(value, where)
        if not as_is:
            _made_of(self)[wire] = value

    def unset(self: Model) -> None:
        self._json.pop(wire, None)
        if not as_is:
            self._made.pop(wire, None)

    return property(_reader(where, field) if as_is else _maker(where, field), write, unset)


def _reader(where: str, field: Field) -> Callable[[Model], object]:
    wire, kind, usual = field.wire, field.kind, field.kind.classes[0]

    def read(self: Model) -> object:
        try:
            value = self._json[wire]
        except KeyError:
            return None
        if type(value) is usual:
            return value
        return kind.read(value, where)

    return read


def _maker(where: str, field: Field) -> Callable[[Model], object]:
    """Reads what has to be made of the JSON value, and keeps it: every reader gets the same object."""
    wire, kind = field.wire, field.kind

    def read(self: Model) -> object:
        made = self._made
        if wire in made:
            return made[wire]
        value = kind.read(self._json.get(wire), where)
        return value if value is None else _made_of(self).setdefault(wire, value)

    return read
