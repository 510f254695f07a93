"""Python client of the SMS.CX Numbers API: validate phone numbers, look them up, rent them, read their SMS."""

import logging

from smscx_client._version import __version__
from smscx_client.api_client import ApiClient
from smscx_client.configuration import Configuration
from smscx_client.exceptions import (
    AccessDeniedException,
    ApiAttributeError,
    ApiConnectionException,
    ApiException,
    ApiExceptionBase,
    ApiKeyError,
    ApiMethodNotAllowedException,
    ApiTimeoutException,
    ApiTypeError,
    ApiValueError,
    DuplicateIdException,
    DuplicateValueException,
    InsufficientBalanceException,
    InsufficientScopeException,
    InvalidCredentialsException,
    InvalidPhoneNumberException,
    InvalidRequestException,
    InvalidScopeException,
    NoCoverageException,
    RateLimitExcedeedException,
    RateLimitExceededException,
    ResourceNotFoundException,
    ServerErrorException,
)

__all__ = [
    "AccessDeniedException",
    "ApiAttributeError",
    "ApiClient",
    "ApiConnectionException",
    "ApiException",
    "ApiExceptionBase",
    "ApiKeyError",
    "ApiMethodNotAllowedException",
    "ApiTimeoutException",
    "ApiTypeError",
    "ApiValueError",
    "Configuration",
    "DuplicateIdException",
    "DuplicateValueException",
    "InsufficientBalanceException",
    "InsufficientScopeException",
    "InvalidCredentialsException",
    "InvalidPhoneNumberException",
    "InvalidRequestException",
    "InvalidScopeException",
    "NoCoverageException",
    "RateLimitExcedeedException",
    "RateLimitExceededException",
    "ResourceNotFoundException",
    "ServerErrorException",
    "__version__",
]

logging.getLogger("smscx_client").addHandler(logging.NullHandler())
