"""An account at the service. It does not depend on HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from smscx_client.sandbox.credentials import Application, Credentials
from smscx_client.sandbox.ledger import Clock, Ledger
from smscx_client.sandbox.lookups import BulkLookup, Lookups
from smscx_client.sandbox.rentals import Rentals

__all__ = ["Account", "Application"]


class Account:
    """The state of one customer's account.

    Args:
        credit: Starting credit, in the account's currency.
        api_keys: Valid API keys.
        applications: Applications by ID.
        seed: The same seed gives the same numbers to rent and the same IDs.
    """

    def __init__(
        self, credit: float, api_keys: Iterable[str], applications: Mapping[str, Application], seed: int
    ) -> None:
        random = Random(f"{seed} ids")
        self.clock: Clock = Clock()
        self.ledger: Ledger = Ledger(credit, self.clock)
        self.credentials: Credentials = Credentials(api_keys, applications, self.clock, random)
        self.lookups: Lookups = Lookups(self.ledger, random)
        self.rentals: Rentals = Rentals(self.ledger, random, seed)

    @property
    def bulk_list(self) -> list[BulkLookup]:
        """Bulk lookups, oldest first."""
        return list(self.lookups.bulk.values())
