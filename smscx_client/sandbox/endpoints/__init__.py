"""Handlers of the API's operations, one module per resource.

A handler takes a :class:`Call` and the path parameters. It returns a JSON object, or a response with a file.
"""

from __future__ import annotations

from typing import NamedTuple

from smscx_client.sandbox.account import Account
from smscx_client.sandbox.parameters import Parameters
from smscx_client.sandbox.responses import ResponseSerializer


class Call(NamedTuple):
    """A call of an operation."""

    account: Account
    parameters: Parameters
    serializer: ResponseSerializer
