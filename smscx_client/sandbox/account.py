"""An account at the service. It does not depend on HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from smscx_client.sandbox.clock import Clock
from smscx_client.sandbox.credentials import Application, Credentials
from smscx_client.sandbox.faults import FaultQueue
from smscx_client.sandbox.ledger import Ledger
from smscx_client.sandbox.lookups import Lookups
from smscx_client.sandbox.rate_limit import RateLimit
from smscx_client.sandbox.rentals import Rentals
from smscx_client.sandbox.requests import History, RecordedRequest
from smscx_client.sandbox.responses import ApiVersion, ResponseSerializer
from smscx_client.sandbox.webhooks import Webhooks

RATE_LIMIT_WINDOW = 60


class AccountOptions(NamedTuple):
    """What a new account starts with."""

    credit: float
    api_keys: tuple[str, ...]
    applications: Mapping[str, Application]
    """Applications by ID."""
    seed: int
    """The same seed gives the same numbers to rent and the same IDs."""
    rate_limit: int
    """Requests per minute."""
    api_version: ApiVersion


class Account:
    """The state of one customer's account. A deep copy of it is independent.

    Args:
        options: What the account starts with.
    """

    def __init__(self, options: AccountOptions) -> None:
        random = Random(f"{options.seed} ids")
        self.api_version: ApiVersion = options.api_version
        self.clock: Clock = Clock()
        self.serializer: ResponseSerializer = ResponseSerializer(options.api_version, self.clock)
        self.ledger: Ledger = Ledger(options.credit, self.clock)
        self.credentials: Credentials = Credentials(options.api_keys, options.applications, self.clock, random)
        self.webhooks: Webhooks = Webhooks(self.clock)
        self.lookups: Lookups = Lookups(self.ledger, self.clock, random, self.webhooks)
        legacy = self.serializer.legacy
        self.rentals: Rentals = Rentals(self.ledger, self.clock, random, options.seed, self.webhooks, legacy)
        self.rate_limit: RateLimit = RateLimit(options.rate_limit, RATE_LIMIT_WINDOW)
        self.faults: FaultQueue = FaultQueue()
        self.requests: History[RecordedRequest] = History()
