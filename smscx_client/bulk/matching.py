"""Matching: find the result of each number of a batch."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Collection, Iterable
from typing import NamedTuple

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.bulk.validate import request_validation
from smscx_client.exceptions import ApiException
from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model_utils import items_of

_DIGITS_AND_SEPARATORS = re.compile(r"\+?[0-9\s().\-/]*", re.ASCII)
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
        groups.setdefault(_digits(result._object().get("phoneNumber")), deque()).append(result)
    return groups


def _e164_digits(api: NumbersApi, numbers: list[str], country_iso: str | None, known: Collection[str]) -> list[str]:
    """Return the digits of each number's E.164 format. The service converts the numbers whose digits are not known."""
    keys = [_digits(number) if country_iso is None or number.lstrip().startswith("+") else "" for number in numbers]
    unknown = [index for index, key in enumerate(keys) if key not in known]
    if known and unknown:
        converted = _convert(api, [numbers[index] for index in unknown], country_iso)
        for index, digits in zip(unknown, converted, strict=True):
            keys[index] = digits
    return keys


def _convert(api: NumbersApi, numbers: list[str], country_iso: str | None) -> list[str]:
    """Return the E.164 digits of numbers, from the service; empty strings if the response is malformed.

    The batch is charged by now, so no response may stop the delivery of its results.
    """
    rows = items_of(request_validation(api, numbers, country_iso))
    if len(rows) != len(numbers):
        return [""] * len(numbers)
    return [_digits(row.get("phoneNumber")) for row in rows]


def _claim(results: deque[DataNumberLookup] | None) -> DataNumberLookup | None:
    if not results:
        return None
    return results.popleft() if len(results) > 1 else results[0]


def _digits(number: object) -> str:
    """Return the digits of a phone number, without separators; an empty string if it is anything else."""
    if not isinstance(number, str) or not _DIGITS_AND_SEPARATORS.fullmatch(number.lstrip()):
        return ""
    return _NOT_DIGITS.sub("", number)
