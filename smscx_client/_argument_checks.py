"""Argument checks: one wording for every value that a caller passes, before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import cast

from smscx_client.exceptions import ApiTypeError, ApiValueError

_NOT_IN_HEADERS = r"[^\x20-\x7e]"
_HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"


def describe(value: object) -> str:
    """Return the type of a value for an error message, and the value itself if it is short and not a phone number."""
    if value is None or isinstance(value, bool):
        return repr(value)
    brief = isinstance(value, (int, float)) and -1000 < value < 1000
    brief = brief or (isinstance(value, str) and len(value) <= 20 and sum(map(str.isdigit, value)) < 5)
    return f"{value!r} ({type(value).__name__})" if brief else type(value).__name__


def is_number(value: object) -> bool:
    """Return whether a value is a number. True and False are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def check_bool(name: str, value: object) -> bool:
    """Return a value that must be a bool.

    Raises:
        ApiTypeError: the value is not a bool.
    """
    if not isinstance(value, bool):
        raise ApiTypeError(f"{name} must be True or False, not {type(value).__name__}")
    return value


def check_string(name: str, value: object) -> str | None:
    """Return a value that must be a string or None.

    Raises:
        ApiTypeError: the value is neither.
    """
    if value is not None and not isinstance(value, str):
        raise ApiTypeError(f"{name} must be str or None, not {type(value).__name__}")
    return value


def check_int(name: str, value: object, minimum: int, maximum: int | None = None) -> int:
    """Return a value that must be an int from ``minimum`` to ``maximum``.

    Raises:
        ApiTypeError: the value is not an int.
        ApiValueError: the value is out of range.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise ApiTypeError(f"{name} must be int, not {describe(value)}")
    if maximum is None and value < minimum:
        raise ApiValueError(f"{name} must be at least {minimum:,}, not {value:,}")
    if maximum is not None and not minimum <= value <= maximum:
        raise ApiValueError(f"{name} must be {minimum:,} to {maximum:,}, not {value:,}")
    return value


def check_seconds(name: str, value: object) -> float:
    """Return a value that must be a finite number of seconds, 0 or more.

    Raises:
        ApiTypeError: the value is not a number.
        ApiValueError: the value is negative, infinite or not a number.
    """
    if not is_number(value):
        raise ApiTypeError(f"{name} must be a number of seconds, not {describe(value)}")
    seconds = cast("float", value)
    if not 0 <= seconds < float("inf"):
        raise ApiValueError(f"{name} must be 0 seconds or more, not {seconds:g}")
    return seconds


def check_positive(name: str, value: object) -> float:
    """Return a value that must be a finite number above 0.

    Raises:
        ApiTypeError: the value is not a number.
        ApiValueError: the value is not above 0, infinite, or not a number.
    """
    if not is_number(value):
        raise ApiTypeError(f"{name} must be float, not {describe(value)}")
    number = cast("float", value)
    if not 0 < number < float("inf"):
        raise ApiValueError(f"{name} must be more than 0, not {number:g}")
    return number


def check_timeout(name: str, value: object) -> tuple[float | None, float | None]:
    """Return the connect and the read timeout in seconds, from one number, a pair or None.

    Raises:
        ApiTypeError: the value is none of these.
        ApiValueError: a number is not above 0.
    """
    pair = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value, value)
    if len(pair) != 2 or not all(part is None or is_number(part) for part in pair):
        raise ApiTypeError(f"{name} must be seconds, (connect, read) in seconds, or None for no limit")
    seconds = cast("tuple[float | None, float | None]", pair)
    if any(part is not None and not part > 0 for part in seconds):
        raise ApiValueError(f"{name} must be above 0 seconds; None means no limit")
    return seconds


def check_strings(name: str, value: object) -> None:
    """Check that a value is an iterable of strings, and not one string. Its items are checked when they are sent.

    Raises:
        ApiTypeError: the value is not such an iterable.
    """
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ApiTypeError(f"{name} must be a list or another iterable of str, not {type(value).__name__}")


def check_header_value(name: str, value: object) -> str:
    """Return a value that an HTTP header can carry. Error messages do not show it.

    Raises:
        ApiTypeError: the value is not a string.
        ApiValueError: a header cannot carry it.
    """
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be str, not {type(value).__name__}")
    if not value.strip():
        raise ApiValueError(f"{name} is empty")
    if value != value.strip() or re.search(_NOT_IN_HEADERS, value):
        raise ApiValueError(
            f"{name} contains a line break, a space at an end, or another character that HTTP headers cannot carry"
        )
    return value


def check_headers(name: str, headers: object) -> dict[str, str]:
    """Return a copy of HTTP headers. Error messages show no value.

    Raises:
        ApiTypeError: ``headers`` is not a mapping of strings to strings.
        ApiValueError: HTTP cannot carry a name or a value.
    """
    if not isinstance(headers, Mapping):
        raise ApiTypeError(f"{name} must be a dict of str, not {type(headers).__name__}")
    given = cast("Mapping[str, object]", headers)
    for header in given:
        if not re.fullmatch(_HEADER_NAME, check_header_value(f"a header name in {name}", header)):
            raise ApiValueError(f"{name}: {header!r} is not an HTTP header name")
    return {header: check_header_value(f"{name}[{header!r}]", value) for header, value in given.items()}
