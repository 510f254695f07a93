"""DataFrames: look up or validate the phone numbers in a column of a pandas or Dask DataFrame."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib import import_module
from typing import Any, TypeVar, cast

from smscx_client._argument_checks import check_string, describe
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api_client import ApiClient
from smscx_client.bulk import BATCH_SIZE, BulkLookupItem, lookup_all, validate_all
from smscx_client.configuration import Configuration
from smscx_client.exceptions import ApiTypeError, ApiValueError
from smscx_client.journal import Journal
from smscx_client.journal.calls import GRACE

try:
    pd: Any = import_module("pandas")  # no type checker needs its stubs
except ImportError:
    raise ImportError('smscx_client.dataframe needs pandas. Run: pip install "smscx_client[pandas]"') from None

Frame = TypeVar("Frame")

MISSING = "missing"
"""Reason of a row without a phone number."""
LOOKUP_TYPES = {
    "phone_e164": "string",
    "status": "category",
    "country_iso": "category",
    "mccmnc": "category",
    "operator": "category",
    "ported": "boolean",
    "roaming": "boolean",
    "cost": "float64",
    "looked_up_at": "datetime64[us, UTC]",
    "reason": "category",
}
FIELDS_BEFORE_OPERATOR = ("phoneNumber", "status", "countryIso", "mccmnc")
FIELDS_AFTER_OPERATOR = ("ported", "roaming", "cost", "datetime")
VALIDATE_TYPES = {
    "phone_e164": "string",
    "country_iso": "category",
    "operator": "category",
    "timezone": "category",
    "valid": "boolean",
    "reason": "category",
}
VALIDATE_FIELDS = ("phoneNumber", "countryIso", "networkOperator", "timezone")
VALUES: dict[str, type | tuple[type, ...]] = {"boolean": bool, "float64": (int, float)}
"""What a column accepts besides strings. A malformed value of a response is a missing one."""


def lookup_frame(
    frame: Frame,
    column: str,
    *,
    journal: str | os.PathLike[str] | None = None,
    job: str | None = None,
    configuration: Configuration | None = None,
    country_iso: str | None = None,
    batch_size: int = BATCH_SIZE,
    threads: int = 1,
    grace: float = GRACE,
    max_cost: float | None = None,
    max_price: float | None = None,
    prefix: str = "",
) -> Frame:
    """Look up the phone numbers in a column. Each distinct valid number costs money, once per journal or job.

    The result has the same rows and the same index, and these columns in addition to yours: ``phone_e164``, ``status``,
    ``country_iso``, ``mccmnc``, ``operator`` (the current one), ``ported``, ``roaming``, ``cost``, ``looked_up_at``,
    and ``reason`` for rows without a result: ``missing``, ``invalid``, ``not covered`` or ``unknown outcome``.

    A pandas DataFrame is looked up now. A Dask DataFrame is looked up when it is computed. Each partition is a task; a
    task that runs again, anywhere, gets the same results and is not charged. That needs a PostgreSQL journal, which
    the workers share.

    Args:
        frame: A pandas or Dask DataFrame.
        column: Name of the column with phone numbers: strings, or missing values.
        journal: A path of a SQLite file (pandas only), or a ``postgresql://`` URL. None keeps no journal (pandas only).
        job: Name of the job in the PostgreSQL database, such as ``customers-2026-11``.
        configuration: Host and credential; None reads the environment, on Dask the environment of each worker. A
            configuration that you pass to Dask is in the task graph, with its credential.
        country_iso: Country of numbers in national format.
        batch_size: Numbers per request, 1 to 40,000.
        threads: How many batches of a partition to send at the same time; more than 1 needs a journal.
        grace: Settling time in seconds; see :func:`~smscx_client.bulk.lookup_all`.
        max_cost: Maximum amount to spend, in the account's currency; with PostgreSQL it is the budget of the job, and
            needs ``max_price``.
        max_price: Highest price that one number may have, in the account's currency.
        prefix: Put before the names of the new columns.

    Returns:
        A DataFrame of the same kind.

    Raises:
        ApiTypeError: an argument is of the wrong type, or a phone number is not a string.
        ApiValueError: a column is missing, a new column would replace one of yours, or the journal cannot be used by
            several workers. Nothing was sent.
        JournalException, UnknownOutcomeException, CostLimitException, ApiException: as in ``lookup_all``.
    """
    _columns(frame)
    is_url = isinstance(journal, str) and journal.startswith(("postgresql:", "postgres:"))
    if is_url != (job is not None):
        raise ApiValueError("a PostgreSQL journal needs a job, and a journal in a file has none")
    if not isinstance(frame, pd.DataFrame) and not is_url:
        raise ApiValueError("Dask needs a journal that its workers share: journal='postgresql://...', job='...'")
    if is_url and max_cost is not None and max_price is None:
        raise ApiValueError("max_cost of a job needs max_price")
    options = {
        "country_iso": country_iso,
        "batch_size": batch_size,
        "threads": threads,
        "grace": grace,
        "max_cost": max_cost,
        "max_price": max_price,
    }
    look_up = partial(_look_up, configuration, None if journal is None else os.fspath(journal), job, options)
    return _extend(frame, column, prefix, LOOKUP_TYPES, look_up)


def validate_frame(
    frame: Frame,
    column: str,
    *,
    configuration: Configuration | None = None,
    country_iso: str | None = None,
    batch_size: int = BATCH_SIZE,
    threads: int = 1,
    prefix: str = "",
) -> Frame:
    """Validate the phone numbers in a column for free.

    The result has the same rows and the same index, and these columns in addition to yours: ``phone_e164``, ``valid``,
    ``country_iso``, ``operator``, ``timezone``, and ``reason`` for rows without a result: ``missing`` or ``invalid``.

    Args:
        frame: A pandas or Dask DataFrame.
        column: Name of the column with phone numbers: strings, or missing values.
        configuration: Host and credential; None reads the environment, on Dask the environment of each worker.
        country_iso: Country of numbers in national format.
        batch_size: Numbers per request, 1 to 40,000.
        threads: How many requests of a partition to send at the same time.
        prefix: Put before the names of the new columns.

    Returns:
        A DataFrame of the same kind.

    Raises:
        ApiTypeError: an argument is of the wrong type, or a phone number is not a string.
        ApiValueError: a column is missing, or a new column would replace one of yours. Nothing was sent.
        ApiException: a call failed.
    """
    options = {"country_iso": country_iso, "batch_size": batch_size, "threads": threads}
    return _extend(frame, column, prefix, VALIDATE_TYPES, partial(_validate, configuration, options))


def _extend(
    frame: Frame,
    column: str,
    prefix: str,
    types: dict[str, str],
    read: Callable[[list[str]], Iterable[tuple[Any, ...]]],
) -> Frame:
    """Return the DataFrame with the new columns, or a lazy one of Dask."""
    columns = _columns(frame)
    if column not in columns:
        raise ApiValueError(f"the DataFrame has no column {column!r}")
    clash = sorted({f"{check_string('prefix', prefix)}{name}" for name in types} & set(columns))
    if clash:
        raise ApiValueError(f"the DataFrame has a column {clash[0]!r} already; pass a prefix for the new columns")
    extend = partial(_extend_part, column=column, prefix=prefix, types=types, read=read)
    if isinstance(frame, pd.DataFrame):
        return cast("Frame", extend(frame))
    lazy: Any = frame
    meta = _extend_part(lazy._meta, column=column, prefix=prefix, types=types, read=lambda _: ())
    return cast("Frame", lazy.map_partitions(extend, meta=meta))


def _columns(frame: object) -> list[str]:
    """Return the names of the columns.

    Raises:
        ApiTypeError: the frame is not a DataFrame.
    """
    columns: Any = getattr(frame, "columns", None)
    if columns is None:
        raise ApiTypeError(f"frame must be a pandas or Dask DataFrame, not {describe(frame)}")
    return [str(name) for name in columns]


def _extend_part(
    part: Any,
    column: str,
    prefix: str,
    types: dict[str, str],
    read: Callable[[list[str]], Iterable[tuple[Any, ...]]],
) -> Any:
    given = part[column]
    present = given.notna().tolist()
    rows = iter(read([number for number, there in zip(given.tolist(), present, strict=True) if there]))
    no_number = (*(None,) * (len(types) - 1), MISSING)
    table = [next(rows) if there else no_number for there in present]
    columns = list(zip(*table, strict=True)) if table else [()] * len(types)
    kinds = zip(types.items(), columns, strict=True)
    new = {f"{prefix}{name}": _series(values, kind, part.index) for (name, kind), values in kinds}
    return part.assign(**new)


def _series(values: Sequence[Any], kind: str, index: Any) -> Any:
    accepted = VALUES.get(kind, str)
    valid = [value if isinstance(value, accepted) else None for value in values]
    if kind.startswith("datetime"):
        moments = pd.Series(valid, index=index, dtype="object")
        return pd.to_datetime(moments, utc=True, errors="coerce").astype(kind)
    if kind == "category":  # the categories of all partitions have the same type
        categories = pd.Index(sorted(set(map(str, filter(None, valid)))), dtype="str")
        return pd.Series(pd.Categorical(valid, categories), index=index)
    return pd.Series(valid, index=index, dtype=kind)


def _look_up(
    configuration: Configuration | None,
    journal: str | None,
    job: str | None,
    options: dict[str, Any],
    numbers: list[str],
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of the new columns for each number."""
    if not numbers:
        return
    with ApiClient(configuration) as client, _open(journal, job) as opened:
        yield from map(_lookup_row, lookup_all(NumbersApi(client), numbers, journal=opened, **options))


def _open(journal: str | None, job: str | None) -> AbstractContextManager[Journal | None]:
    if journal is None:
        return nullcontext()
    if job is None:
        return Journal(journal)
    from smscx_client.journal.postgres import PostgresJournal  # psycopg is an extra

    return PostgresJournal(journal, job=job)


def _lookup_row(item: BulkLookupItem) -> tuple[Any, ...]:
    if item.result is None:
        return (*(None,) * (len(LOOKUP_TYPES) - 1), item.reason)
    result = item.result._object()
    operator = _network_name(result.get("portedNetwork")) or _network_name(result.get("originalNetwork"))
    return (*map(result.get, FIELDS_BEFORE_OPERATOR), operator, *map(result.get, FIELDS_AFTER_OPERATOR), None)


def _network_name(network: object) -> object:
    return cast("dict[str, object]", network).get("name") if isinstance(network, dict) else None


def _validate(
    configuration: Configuration | None, options: dict[str, Any], numbers: list[str]
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of the new columns for each number."""
    if not numbers:
        return
    with ApiClient(configuration) as client:
        for result in validate_all(NumbersApi(client), numbers, **options):
            get = result._object().get
            valid = get("invalid") is False
            fields = map(get, VALIDATE_FIELDS) if valid else (None,) * len(VALIDATE_FIELDS)
            yield (*fields, valid, None if valid else "invalid")
