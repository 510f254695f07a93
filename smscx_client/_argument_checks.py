"""Argument checks: one wording for every value that a caller passes, before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import SupportsIndex, TypeVar, cast
from urllib.parse import urlsplit

from smscx_client.exceptions import ApiTypeError, ApiValueError

T = TypeVar("T")

MAX_SECONDS = 100_000_000
"""About three years. Operating systems do not accept timeouts without limit."""
_NOT_IN_HEADERS = r"[^\x20-\x7e]"
_HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"


class Secret(str):
    """A string that error trackers cannot show: its ``repr`` is masked, and so is that of a part of it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __getitem__(self, key: SupportsIndex | slice) -> Secret:
        return Secret(super().__getitem__(key))


def secret(value: T) -> T:
    """Return a string, or the strings in a list or mapping, as secrets; any other value unchanged."""
    if isinstance(value, Mapping):
        return cast("T", {name: secret(part) for name, part in cast("Mapping[object, object]", value).items()})
    if isinstance(value, list):
        return cast("T", [secret(part) for part in cast("list[object]", value)])
    return cast("T", Secret(value)) if isinstance(value, str) else value


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
    """Return a value that must be a number of seconds, 0 or more.

    Raises:
        ApiTypeError: the value is not a number.
        ApiValueError: the value is negative, too large, or NaN.
    """
    if not is_number(value):
        raise ApiTypeError(f"{name} must be a number of seconds, not {describe(value)}")
    seconds = cast("float", value)
    if not 0 <= seconds <= MAX_SECONDS:
        raise ApiValueError(f"{name} must be 0 to {MAX_SECONDS:,} seconds, not {seconds:g}")
    return seconds


def check_moment(name: str, value: object) -> datetime | None:
    """Return a value that must be an aware datetime or None.

    Raises:
        ApiTypeError: the value is neither.
        ApiValueError: the datetime is not aware.
    """
    if value is not None and not isinstance(value, datetime):
        raise ApiTypeError(f"{name} must be datetime or None, not {describe(value)}")
    if value is not None and value.utcoffset() is None:
        raise ApiValueError(f"{name} must be an aware datetime, such as the rent_start of a rental")
    return value


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


def check_total_timeout(name: str, value: object) -> float | None:
    """Return a value that must be a number of seconds above 0, or None for no limit.

    Raises:
        ApiTypeError: the value is neither.
        ApiValueError: the value is not above 0, or too large.
    """
    seconds, _ = check_timeout(name, value if not isinstance(value, tuple) else "")
    return seconds


def check_retries(name: str, value: object) -> int:
    """Return a number of retries; False means none.

    Raises:
        ApiTypeError: the value is not an int.
        ApiValueError: the value is not 0 to 100.
    """
    return check_int(name, 0 if value is False else value, 0, 100)


def check_callable(name: str, value: object) -> object:
    """Return a value that must be callable or None.

    Raises:
        ApiTypeError: the value is neither.
    """
    if value is not None and not callable(value):
        raise ApiTypeError(f"{name} must be callable or None, not {describe(value)}")
    return value


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
    if any(part is not None and not 0 < part <= MAX_SECONDS for part in seconds):
        raise ApiValueError(f"{name} must be above 0 and at most {MAX_SECONDS:,} seconds; None means no limit")
    return seconds


def check_url(name: str, value: object, expected: str) -> str:
    """Return a URL with a host and the scheme http or https. Error messages do not show it, because of its password.

    Raises:
        ApiTypeError: the value is not a string.
        ApiValueError: the value is not such a URL.
    """
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be {expected}, not {type(value).__name__}")
    if not _is_url(value):
        raise ApiValueError(f"{name} must be {expected}; percent-encode special characters in it")
    return value


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    # urlsplit would take a part of the password for a path, and urllib3 takes a backslash for a slash.
    return valid and ("@" in parts.netloc) == ("@" in value) and not re.search(r"[\x00-\x20\x7f\\]", value)


def check_strings(name: str, value: object) -> None:
    """Check that a value is an iterable of strings, and not one string. Its items are checked when they are sent.

    Raises:
        ApiTypeError: the value is not such an iterable.
    """
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ApiTypeError(f"{name} must be a list or another iterable of str, not {type(value).__name__}")


def check_header_value(name: str, value: object) -> str:
    """Return a value that an HTTP header can carry. Errors do not show it.

    Raises:
        ApiTypeError: the value is not a string.
        ApiValueError: a header cannot carry it.
    """
    value = secret(value)
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be str, not {type(value).__name__}")
    if not value.strip():
        raise ApiValueError(f"{name} is empty")
    if value != value.strip() or re.search(_NOT_IN_HEADERS, value):
        raise ApiValueError(
            f"{name} contains a line break, a leading or trailing space, or a character that HTTP headers cannot carry"
        )
    return value


def check_headers(name: str, headers: object) -> dict[str, str]:
    """Return a copy of HTTP headers, as secrets. Errors show no value.

    Raises:
        ApiTypeError: ``headers`` is not a mapping of strings to strings.
        ApiValueError: HTTP cannot carry a name or a value.
    """
    if not isinstance(headers, Mapping):
        raise ApiTypeError(f"{name} must be a dict of str, not {type(headers).__name__}")
    headers = given = secret(cast("Mapping[str, object]", headers))
    for header in given:
        if not re.fullmatch(_HEADER_NAME, check_header_value(f"a header name in {name}", header)):
            raise ApiValueError(f"{name}: {header!r} is not an HTTP header name")
    return {header: check_header_value(f"{name}[{header!r}]", value) for header, value in given.items()}
