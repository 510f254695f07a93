"""Bulk validation: check any number of phone numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk.batches import BATCH_SIZE, NumberStream, Progress, check_run_arguments, or_unset, run_in_order
from smscx_client.exceptions import ApiException
from smscx_client.model.data_numbers_validate import DataNumbersValidate
from smscx_client.model.numbers_validate_request import NumbersValidateRequest


def validate_all(
    api: NumbersApi,
    numbers: Iterable[str],
    *,
    country_iso: str | None = None,
    batch_size: int = BATCH_SIZE,
    threads: int = 1,
    progress: Callable[[Progress], object] | None = None,
) -> Iterator[DataNumbersValidate]:
    """Validate any number of phone numbers for free, as :meth:`NumbersApi.validate_numbers` does.

    At most ``threads`` batches are in memory, plus the one whose results you are reading. If a batch fails, you receive
    the results of all earlier batches, and then the exception. To resume, count the results and pass
    ``itertools.islice(numbers, count, None)``.

    Args:
        api: Client for the calls.
        numbers: A list, generator or other iterable of phone numbers, in E.164 format or in the national format of
            ``country_iso``.
        country_iso: Country of the numbers in national format.
        batch_size: Numbers per request, 1 to 40,000.
        threads: How many requests to send at the same time, 1 to 100.
        progress: Called with the :class:`Progress` after each batch, in the caller's thread.

    Returns:
        One result per number, in input order.

    Raises:
        ApiTypeError: an argument is of the wrong type. A number of the wrong type raises when its batch is read.
        ApiValueError: an argument has a value that is not allowed.
        ApiException: a call failed, or a response did not have one result per number.
    """
    check_run_arguments(numbers, country_iso, batch_size, threads)
    batches = iter(partial(NumberStream(numbers).take, batch_size), [])
    calls = (partial(validate_batch, api, batch, country_iso) for batch in batches)
    return _report(run_in_order(calls, threads), progress)


def _report(
    batches: Iterator[list[DataNumbersValidate]], progress: Callable[[Progress], object] | None
) -> Iterator[DataNumbersValidate]:
    completed = 0
    for number, results in enumerate(batches, start=1):
        completed += len(results)
        if progress is not None:
            progress(Progress(completed, number, 0.0))
        yield from results


def validate_batch(api: NumbersApi, numbers: list[str], country_iso: str | None) -> list[DataNumbersValidate]:
    """Validate the numbers in one request.

    Raises:
        ApiException: the call failed, or the response does not have one result per number.
    """
    response = api.validate_numbers(NumbersValidateRequest(numbers, country_iso=or_unset(country_iso)))
    results = response.data or []
    if len(results) != len(numbers):
        reason = f"the response has {len(results):,} results for {len(numbers):,} numbers"
        info = response.http_info
        raise ApiException(info.status, reason, headers=info.headers, operation="validate_numbers")
    return results
