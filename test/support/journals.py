"""What tests of a journal ask a sandbox, and how they make calls with an unknown outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from smscx_client import ApiException
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.journal import Intent, Journal
from smscx_client.models import RentNumberRequest, RentNumberResponse
from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.controls import SandboxAccount

NOT_FREE = ("lookup_number", "lookup_numbers", "rent_number", "renew_rent", "cancel_rent")


def french(count: int, first: int = 0) -> list[str]:
    """Return valid phone numbers."""
    return [f"+336122{number:05}" for number in range(40000 + first, 40000 + first + count)]


def sent(sandbox: SandboxAccount) -> int:
    """Return how many requests the sandbox received that cost money or must not be processed twice."""
    return sum(request.operation in NOT_FREE for request in sandbox.requests)


def charged(sandbox: SandboxAccount) -> Counter[str]:
    """Return how often the sandbox charged the lookup of each number."""
    with sandbox.locked() as account:
        return Counter(lookup.number.e164 for lookup in account.lookups.values())


def rentals(sandbox: SandboxAccount) -> int:
    """Return how many rentals the sandbox charged."""
    return sum(entry.operation == "rent_number" for entry in sandbox.ledger)


def offer(api: NumbersApi, index: int = 0, days: int = 7) -> RentNumberRequest:
    """Return the request to rent an available number."""
    return RentNumberRequest(api.get_available_numbers("FR").data[index].number_id, days)  # type: ignore[arg-type]


def lose(call: Callable[[], object]) -> ApiException:
    """Make a call whose response is lost, and return its exception."""
    with pytest.raises(ApiException) as caught:
        call()
    assert caught.value.outcome_unknown
    assert caught.value.in_journal
    return caught.value


def lose_rental(
    sandbox: Sandbox, api: NumbersApi, journal: Journal, key: str = "k", fault: str = "after", index: int = 0
) -> Callable[[], RentNumberResponse]:
    """Rent a number whose response is lost, and return the same call again."""
    request = offer(api, index)
    keyed = IdempotentNumbersApi(api, journal)

    def call() -> RentNumberResponse:
        return keyed.rent_number(request, idempotency_key=key)

    sandbox.fail_next(drop=fault, operation="rent_number")  # type: ignore[arg-type]
    lose(call)
    return call


def by_key(journal: Journal) -> dict[str | None, Intent]:
    """Return the intents of a journal by their keys."""
    return {intent.key: intent for intent in journal.entries()}
