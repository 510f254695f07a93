"""Matching: which result belongs to which number of a batch."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Collection, Iterable
from typing import NamedTuple

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk.validate import validate_batch
from smscx_client.exceptions import ApiException
from smscx_client.model.data_number_lookup import DataNumberLookup

_DIGITS_AND_SEPARATORS = re.compile(r"\s*\+?[0-9\s().\-/]*", re.ASCII)
_NOT_DIGITS = re.compile(r"[^0-9]+")

logger: logging.Logger = logging.getLogger("smscx_client.bulk")


class BulkLookupItem(NamedTuple):
    """A phone number of the input, with its lookup result."""

    phone_number: str
    """Phone number as you passed it."""
    result: DataNumberLookup | None
    """Lookup result. None if the number is not valid or its destination is not covered; then it was not charged."""
    lookup_bulk_id: str | None
    """Bulk lookup ID of the number's batch; None if no number of the batch was looked up."""


def match_results(
    api: NumbersApi,
    numbers: list[str],
    results: Iterable[DataNumberLookup],
    country_iso: str | None,
    lookup_bulk_id: str | None,
) -> list[BulkLookupItem]:
    """Match each number with its result by E.164 format: results may be in any order, and fewer than the numbers.

    If a number occurs more often than its results, its last result serves the remaining occurrences.

    Raises:
        ApiException: none of the results belongs to a number of the batch, or a call failed.
    """
    unclaimed = _group_by_digits(results)
    malformed = unclaimed.pop("", None)
    keys = _e164_digits(api, numbers, country_iso, unclaimed)
    unmatched = unclaimed.keys() - set(keys)
    if unclaimed and unmatched == unclaimed.keys():
        reason = (
            f"none of the results of the bulk lookup {lookup_bulk_id} belongs to a number of its batch;"
            " it must be the bulk lookup of other numbers"
        )
        raise ApiException(reason=reason, operation="get_bulk_lookup_status")
    if malformed or unmatched:
        logger.warning("The bulk lookup %s has results that match no number of its batch", lookup_bulk_id)
    return [
        BulkLookupItem(number, _claim(unclaimed.get(key)), lookup_bulk_id)
        for number, key in zip(numbers, keys, strict=True)
    ]


def _group_by_digits(results: Iterable[DataNumberLookup]) -> dict[str, deque[DataNumberLookup]]:
    groups: dict[str, deque[DataNumberLookup]] = {}
    for result in results:
        groups.setdefault(_digits(str(result._object().get("phoneNumber"))), deque()).append(result)
    return groups


def _e164_digits(api: NumbersApi, numbers: list[str], country_iso: str | None, known: Collection[str]) -> list[str]:
    """Return the digits of each number's E.164 format. The service converts the numbers whose digits are not known."""
    keys = [_digits(number) if country_iso is None or number.lstrip().startswith("+") else "" for number in numbers]
    unknown = [index for index, key in enumerate(keys) if key not in known]
    if known and unknown:
        validated = validate_batch(api, [numbers[index] for index in unknown], country_iso)
        for index, result in zip(unknown, validated, strict=True):
            keys[index] = _digits(result.phone_number)
    return keys


def _claim(results: deque[DataNumberLookup] | None) -> DataNumberLookup | None:
    if not results:
        return None
    return results.popleft() if len(results) > 1 else results[0]


def _digits(number: str) -> str:
    """Return the digits of a phone number, without separators; an empty string if it contains anything else."""
    return _NOT_DIGITS.sub("", number) if _DIGITS_AND_SEPARATORS.fullmatch(number) else ""
