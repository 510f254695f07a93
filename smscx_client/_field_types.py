"""Field types: how a declared type reads, checks and prints a JSON value."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from types import NoneType, UnionType
from typing import (
    Annotated,
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
)

from smscx_client._argument_checks import describe
from smscx_client.exceptions import ApiExceptionBase, ApiTypeError, ApiValueError

T = TypeVar("T")

MAX_DATE_LENGTH = 64

FIELD_TYPE_HOOK: Final = "_field_type"
"""Name of the method that returns the field type of a class, if a declaration uses that class."""


class Marker:
    """Part of a declaration that describes a field besides its type, such as its size.

    Markers are equal if their classes and values are equal. They are not tuples, because ``typing`` merges equal hints:
    ``Size(1, 2)`` and ``Range(1, 2)`` must differ.
    """

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, vars(self).values()))})"


class Size(Marker):
    """Minimum and maximum number of items of a list, or characters of a string."""

    def __init__(self, minimum: int, maximum: int) -> None:
        self.minimum = minimum
        self.maximum = maximum


class Range(Marker):
    """Minimum and maximum of a number."""

    def __init__(self, minimum: int, maximum: int) -> None:
        self.minimum = minimum
        self.maximum = maximum


class Format(Marker):
    """Format of a string, for the documentation. The service checks formats and has errors for them."""

    def __init__(self, text: str) -> None:
        self.text = text


class Wire(Marker):
    """JSON name of a field whose JSON name is not its Python name in camelCase."""

    def __init__(self, name: str) -> None:
        self.name = name


class Null(Marker):
    """The value may be JSON null."""


class Since(Marker):
    """First API version whose responses have the field."""

    def __init__(self, api_version: str) -> None:
        self.api_version = api_version


class Until(Marker):
    """First API version whose responses no longer have the field."""

    def __init__(self, api_version: str) -> None:
        self.api_version = api_version


Nullable = Annotated[Optional[T], Null()]
Since2023 = Annotated[Optional[T], Since("2023-02")]
Until2023 = Annotated[Optional[T], Until("2023-02")]


def wire_name(python_name: str) -> str:
    """Return the JSON name of a Python name: ``rent_id`` -> ``rentId``, ``_from`` -> ``from``, ``_30`` -> ``30``."""
    first, *others = python_name.lstrip("_").split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def python_name(wire: str) -> str:
    """Return the Python name of a JSON name that is not declared: ``brandNew`` -> ``brand_new``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", wire).lower()


class FieldType:
    """The type of a field: ``read`` turns JSON into Python, ``check`` turns Python into JSON.

    ``where`` is the name of the field in error messages, such as ``RentNumberRequest.number_id``.
    """

    name: str
    """Name in messages and in the documentation."""
    classes: tuple[type, ...]
    """Classes of the Python values."""
    as_is = True
    """Whether the JSON value is the Python value."""

    def read(self, value: object, where: str) -> object:
        """Return the Python value of a JSON value from the service.

        Raises:
            ApiTypeError: the value has another type.
            ApiValueError: the value has that type but cannot be read.
        """
        return value if value is None or value.__class__ in self.classes else self.reject(value, where)

    def read_items(self, items: list[object], where: str) -> list[object]:
        """Return the Python values of a list of JSON values; see :meth:`read`."""
        return [self.read(item, f"{where}[{index}]") for index, item in enumerate(items)]

    def check(self, value: object, where: str) -> object:
        """Return the JSON value of a Python value from the caller.

        Raises:
            ApiTypeError: the value has another type.
            ApiValueError: the value has that type but is not allowed.
        """
        if value.__class__ in self.classes or (isinstance(value, self.classes) and not isinstance(value, bool)):
            return value
        raise ApiTypeError(f"{where} must be {self.name}, not {describe(value)}")

    def show(self, value: object) -> object:
        """Return the value for ``to_dict()``. A JSON value that cannot be read stays unchanged."""
        return value

    def reject(self, value: object, where: str) -> NoReturn:
        """Report a JSON value of the wrong type.

        Raises:
            ApiTypeError: always.
        """
        raise ApiTypeError(
            f"{where}: the service sent {describe(value)}, not {self.name}; to_dict() and to_json() show the value"
        )


class ScalarType(FieldType):
    """A string, number or boolean, perhaps with allowed values or bounds."""

    def __init__(self, *classes: type, allowed: tuple[object, ...] = (), bounds: Size | Range | None = None) -> None:
        self.classes: tuple[type, ...] = (float, int) if classes == (float,) else classes
        self.allowed = allowed
        self.bounds = bounds
        self.name: str = " or ".join(cls.__name__ for cls in classes)

    def check(self, value: object, where: str) -> object:
        super().check(value, where)
        if self.allowed and value not in self.allowed:
            raise ApiValueError(f"{where} must be one of {', '.join(map(repr, self.allowed))}, not {describe(value)}")
        if isinstance(self.bounds, Range):
            _check_bounds(cast("int", value), self.bounds, where)
        if isinstance(self.bounds, Size):
            _check_bounds(len(cast("str", value)), self.bounds, f"the length of {where}")
        return value


class DateTimeType(FieldType):
    """A date and time: an aware datetime in UTC in Python, ``YYYY-MM-DD HH:MM:SS`` in JSON."""

    name: str = "datetime"
    classes: tuple[type, ...] = (datetime,)
    as_is = False

    def read(self, value: object, where: str) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, str):
            self.reject(value, where)
        try:
            return _in_utc(_parse_datetime(value))
        except (ArithmeticError, ValueError):
            message = "the service sent a value that is not a date; to_dict() and to_json() show it"
            raise ApiValueError(f"{where}: {message}") from None

    def check(self, value: object, where: str) -> str:
        moment = cast("datetime", super().check(value, where))
        if moment.tzinfo is None:
            raise ApiValueError(f"{where} must be an aware datetime, such as datetime.now(timezone.utc)")
        try:
            return _in_utc(moment).strftime("%Y-%m-%d %H:%M:%S")
        except OverflowError:
            raise ApiValueError(f"{where} must be a date that exists in UTC") from None

    def show(self, value: object) -> object:
        try:
            return self.read(value, "")
        except ApiExceptionBase:
            return value


class ListType(FieldType):
    """A list whose items have one type."""

    classes: tuple[type, ...] = (list,)

    def __init__(self, item: FieldType, bounds: Size | None = None) -> None:
        self.item = item
        self.bounds = bounds
        self.as_is: bool = item.as_is
        self.name: str = f"list[{item.name}]"

    def read(self, value: object, where: str) -> object:
        items = super().read(value, where)
        if self.as_is or items is None:
            return items
        return self.item.read_items(cast("list[object]", items), where)

    def check(self, value: object, where: str) -> object:
        items = cast("list[object]", super().check(value, where))
        if self.bounds:
            _check_bounds(len(items), self.bounds, f"the length of {where}")
        plain = type(self.item) is ScalarType and not self.item.allowed and self.item.classes == (str,)
        if plain and _are_strings(items):
            return items
        return [self.item.check(item, f"{where}[{index}]") for index, item in enumerate(items)]

    def show(self, value: object) -> object:
        return [self.item.show(item) for item in cast("list[object]", value)] if type(value) is list else value


class CountsType(FieldType):
    """A JSON object that maps names to numbers. The names are data and keep their spelling."""

    name: str = "dict[str, int]"
    classes: tuple[type, ...] = (dict,)


class Field(NamedTuple):
    """One field of a model, as declared."""

    name: str
    wire: str
    type: FieldType
    hint: object
    required: bool
    markers: tuple[object, ...]

    @property
    def nullable(self) -> bool:
        return any(isinstance(marker, Null) for marker in self.markers)

    def check(self, value: object, where: str) -> object:
        """Return the JSON value of a Python value from the caller; see :meth:`FieldType.check`."""
        if value is not None:
            return self.type.check(value, where)
        if not self.nullable:
            omit = "" if self.required else "; omit it instead"
            raise ApiTypeError(f"{where} must be {self.type.name}, not None{omit}")
        return None


def field_type_of(hint: object) -> tuple[FieldType, tuple[object, ...]]:
    """Return the field type that a type hint declares, and the markers around it.

    Raises:
        TypeError: the hint declares none, which is a mistake in the declaration.
    """
    members, markers = _unwrap(hint)
    bounds = next((marker for marker in markers if isinstance(marker, (Size, Range))), None)
    member = members[0]
    if get_origin(member) is Literal:
        return ScalarType(cast("type[object]", type(get_args(member)[0])), allowed=get_args(member)), markers
    if get_origin(member) is list:
        item, _ = field_type_of(get_args(member)[0])
        return ListType(item, cast("Size | None", bounds)), markers
    if get_origin(member) is dict:
        return CountsType(), markers
    if member is datetime:
        return DateTimeType(), markers
    if hook := cast("Callable[[], FieldType] | None", getattr(member, FIELD_TYPE_HOOK, None)):
        return hook(), markers
    if {str, int, float, bool}.issuperset(members):
        return ScalarType(*cast("list[type]", members), bounds=bounds), markers
    raise TypeError(f"no field type for {hint!r}")


def _unwrap(hint: object) -> tuple[list[object], tuple[object, ...]]:
    """Return the types that a hint allows, without None, and all markers around them."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        members, markers = _unwrap(arguments[0])
        return members, (*markers, *arguments[1:])
    if origin not in (Union, UnionType):
        return [] if hint is NoneType else [hint], ()
    parts = [_unwrap(argument) for argument in arguments]
    return [member for members, _ in parts for member in members], tuple(mark for _, marks in parts for mark in marks)


def _in_utc(moment: datetime) -> datetime:
    """Return the datetime in UTC; a naive one already is. Raise OverflowError if its year does not exist in UTC."""
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def _parse_datetime(text: str) -> datetime:
    """Return the datetime that a string contains, in any common format.

    Raises:
        ValueError: the string is not a date, or omits a part of it.
        ArithmeticError: a part of the date is out of range.
    """
    if len(text) > MAX_DATE_LENGTH:
        raise ValueError("too long for a date")  # dateutil takes quadratic time
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass  # the documented format is ISO 8601; dateutil reads any other
    from dateutil import parser  # seldom needed, and slow to import

    first, second = (
        parser.parse(text, default=datetime(year, year % 12 + 1, 1 + year % 20), tzinfos=_known_zone)  # noqa: DTZ001
        for year in (2000, 2011)
    )
    if first != second:
        raise ValueError("the year, month or day is missing")
    return first


def _known_zone(name: str | None, offset: int | None) -> int | None:
    if name and offset is None:
        raise ValueError(f"unknown time zone {name}")
    return offset


def _are_strings(items: list[object]) -> bool:
    """Return whether all items are strings, in one pass in C: a bulk request has 40,000."""
    try:
        "".join(cast("list[str]", items))
    except TypeError:
        return False
    return True


def _check_bounds(number: int, bounds: Size | Range, what: str) -> None:
    if not bounds.minimum <= number <= bounds.maximum:
        raise ApiValueError(f"{what} must be {bounds.minimum:,} to {bounds.maximum:,}, not {number:,}")
