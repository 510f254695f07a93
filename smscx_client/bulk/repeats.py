"""Repeats: find out whether the numbers of a run were looked up before, by a run with another journal."""

from __future__ import annotations

from datetime import datetime, timedelta

from smscx_client._e164 import to_e164
from smscx_client._transport.cancellation import sleep
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.exceptions import ApiExceptionBase, ApiMethodNotAllowedException, ResourceNotFoundException
from smscx_client.http_info import service_time
from smscx_client.journal.sqlite import Journal
from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.model_utils import items_of

MAX_FREE_CALLS = 50
RESULTS_PER_CALL = 500
MAX_READS, WAIT_FOR_RESULTS = 5, 1.0
"""How often a bulk lookup of as many numbers is read that has no results yet, and seconds between two reads."""


class AlreadyLookedUpException(ApiExceptionBase):
    """The account looked up these numbers a short time ago, so nothing was sent.

    Attributes:
        lookup_bulk_id: ID of the earlier bulk lookup.
        looked_up_at: When the service processed it, in UTC.
        cost: What it cost, in the account's currency; None if the service does not say.
    """

    def __init__(self, lookup_bulk_id: str, looked_up_at: datetime, cost: float | None) -> None:
        super().__init__(lookup_bulk_id, looked_up_at, cost)
        self.lookup_bulk_id: str = lookup_bulk_id
        self.looked_up_at: datetime = looked_up_at
        self.cost: float | None = cost

    def __str__(self) -> str:
        cost = "an unknown amount" if self.cost is None else f"{self.cost:g}"
        return (
            f"The bulk lookup {self.lookup_bulk_id} of {self.looked_up_at:%Y-%m-%d %H:%M:%S} UTC has these numbers, and"
            f" cost {cost}. Nothing was sent. Read its results for free with wait_for_lookup(), resume with the journal"
            " of that run, or pass allow_repeat=True to pay again."
        )


def refuse_repeat(api: NumbersApi, journal: Journal, sent: list[str], window: timedelta) -> None:
    """Check that no recent bulk lookup outside of the journal has these numbers.

    It compares the first results of up to 49 bulk lookups, so it finds a list that another run sent, in the same order
    or in small batches. API version 2022-10 does not list bulk lookups; with it, this check finds nothing.

    Raises:
        AlreadyLookedUpException: a bulk lookup has them.
        ApiException: a call failed.
    """
    numbers = set(sent)
    calls = 1
    for bulk in _recent(api, window):
        if (bulk.total_phone_numbers or 0) < len(sent) or journal.is_taken(bulk.id):
            continue
        found: set[str] = set()
        for attempt in range(MAX_READS if bulk.total_phone_numbers == len(sent) else 1):
            sleep(WAIT_FOR_RESULTS if attempt else 0.0, "lookup_numbers")
            calls += 1
            if calls > MAX_FREE_CALLS or found or journal.is_taken(bulk.id):
                break
            page = api.get_bulk_lookup_status(bulk.id, limit=RESULTS_PER_CALL)
            found = {to_e164(row.get("phoneNumber")) for row in items_of(page)}
        if calls > MAX_FREE_CALLS:
            return
        if found and (found <= numbers or numbers <= found):
            raise AlreadyLookedUpException(bulk.id, bulk.datetime_added, bulk.total_cost)


def _recent(api: NumbersApi, window: timedelta) -> list[DataLookupCampaigns]:
    try:
        page = api.get_bulk_lookup_campaigns(limit=RESULTS_PER_CALL)
    except (ResourceNotFoundException, ApiMethodNotAllowedException):
        return []
    earliest = service_time(page.http_info.headers) - window
    dated = [bulk for bulk in page.data or () if bulk.get("datetime_added")]
    return [bulk for bulk in dated if bulk.datetime_added >= earliest]
