"""E.164: compare phone numbers that are written differently."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from smscx_client._typing import Unpack
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import ApiException
from smscx_client.model.numbers_validate_request import NumbersValidateRequest
from smscx_client.model_utils import UNSET, items_of

if TYPE_CHECKING:
    from smscx_client.api_client import RequestOptions

_DIGITS_AND_SEPARATORS = re.compile(r"\+?[0-9\s().\-/]*", re.ASCII)
_NOT_DIGITS = re.compile(r"[^0-9]+")
strict_e164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII).fullmatch
"""Matches a number in E.164 format with its plus, without separators."""


def to_e164(number: object) -> str:
    """Return a phone number with a plus and without separators; an empty string if it is anything else."""
    if not isinstance(number, str) or not _DIGITS_AND_SEPARATORS.fullmatch(number.lstrip()):
        return ""
    digits = _NOT_DIGITS.sub("", number)
    return digits and f"+{digits}"


def all_to_e164(api: NumbersApi, numbers: Sequence[str], country_iso: str | None) -> list[str]:
    """Return numbers in E.164 format; an empty string for an invalid one. The service converts those that are not.

    Raises:
        ApiException: the free call failed, or its response does not have one well-formed result per number.
    """
    others = [number for number in numbers if not strict_e164(number)]
    if not others:
        return list(numbers)
    converted = dict(zip(others, convert_to_e164(api, others, country_iso), strict=True))
    return [converted.get(number, number) for number in numbers]


def convert_to_e164(
    api: NumbersApi, numbers: Sequence[str], country_iso: str | None, **options: Unpack[RequestOptions]
) -> list[str]:
    """Convert numbers to E.164 format with a free call; an empty string for an invalid number.

    Raises:
        ApiException: the call failed, or its response does not have one well-formed result per number.
    """
    request = NumbersValidateRequest(list(numbers), country_iso=UNSET if country_iso is None else country_iso)
    response = api.validate_numbers(request, **options)
    rows = items_of(response)
    if len(rows) != len(numbers) or not all(isinstance(row.get("invalid"), bool) for row in rows):
        reason = f"the response does not have one result for each of the {len(numbers):,} numbers"
        info = response.http_info
        raise ApiException(info.status, reason, headers=info.headers, operation="validate_numbers")
    return ["" if row["invalid"] else to_e164(row.get("phoneNumber")) for row in rows]
