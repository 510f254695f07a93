"""Validation of phone numbers."""

from __future__ import annotations

from smscx_client.sandbox import errors
from smscx_client.sandbox.endpoints import Call
from smscx_client.sandbox.errors import ServiceError
from smscx_client.sandbox.numbering import Number, parse
from smscx_client.sandbox.responses import Json


def validate_number(call: Call, phone_number: str) -> Json:
    """Validate one phone number."""
    return call.serializer.validated_number(check_phone_number(phone_number))


def validate_numbers(call: Call) -> Json:
    """Validate many phone numbers, in the order of the request."""
    phone_numbers, country = call.parameters.phone_numbers()
    return call.serializer.validated_numbers([(given, parse(given, country)) for given in phone_numbers])


def check_phone_number(phone_number: str) -> Number:
    """Return the number of a path parameter.

    Raises:
        ServiceError: The phone number is not valid.
    """
    number = parse(phone_number)
    if number is None:
        raise ServiceError(errors.INVALID_PHONE_NUMBER)
    return number
