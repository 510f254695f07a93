"""Python client of the SMS.CX Numbers API: validate phone numbers, look them up, rent them, and read their SMS.

A ``Configuration`` has the credential and the settings, an ``ApiClient`` the connections, and ``NumbersApi`` one method
per operation. Set ``SMSCX_API_KEY`` in the environment, and you need none of the arguments:

    from smscx_client import NumbersApi

    print(NumbersApi().validate_number("+33612246450").data.country_iso)

Four methods cost money: ``lookup_number``, ``lookup_numbers``, ``rent_number`` and ``renew_rent``. The sandbox, a local
server, runs the same code for free; it requires ``pip install "smscx_client[sandbox]"``:

>>> from smscx_client import ApiClient, NumbersApi
>>> from smscx_client.sandbox import Sandbox
>>> with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
...     NumbersApi(client).lookup_number("+33612246450").data.status
'ACTIVE'

Once a call has started, it raises only ``ApiException`` or its subclasses. If ``outcome_unknown`` of the exception is
True, the request may have been processed and charged: call ``smscx_client.outcome.find_outcome`` before you retry.

Other modules: ``models`` (requests and responses), ``pagination``, ``waiting`` (wait for an SMS or a bulk lookup),
``bulk`` (any number of phone numbers), ``idempotency`` and ``journal`` (pay at most once), ``webhooks``.
"""

import logging
import os
from importlib import import_module
from typing import TYPE_CHECKING

from smscx_client._version import __version__
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
    CallCancelledException,
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

if TYPE_CHECKING:
    from smscx_client.api.numbers_api import NumbersApi
    from smscx_client.api.oauth_api import OauthApi
    from smscx_client.api_client import ApiClient
    from smscx_client.configuration import Configuration

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
    "CallCancelledException",
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
    "NumbersApi",
    "OauthApi",
    "RateLimitExcedeedException",
    "RateLimitExceededException",
    "ResourceNotFoundException",
    "ServerErrorException",
    "__version__",
]

logging.getLogger("smscx_client").addHandler(logging.NullHandler())
if os.environ.get("SMSCX_LOG"):
    from smscx_client._log_output import log_to_stderr

    log_to_stderr(os.environ["SMSCX_LOG"])

# urllib3 is slow to import, and the pytest plugin is imported in every environment that has this package.
_LAZY = {
    "ApiClient": "smscx_client.api_client",
    "Configuration": "smscx_client.configuration",
    "NumbersApi": "smscx_client.api.numbers_api",
    "OauthApi": "smscx_client.api.oauth_api",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(_LAZY[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
