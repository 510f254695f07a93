"""Bulk: validate or look up any number of phone numbers, in batches, with the results in input order."""

from smscx_client.bulk.batches import BATCH_SIZE, Progress
from smscx_client.bulk.cost_limit import CostLimitException
from smscx_client.bulk.lookup import lookup_all
from smscx_client.bulk.repeats import AlreadyLookedUpException
from smscx_client.bulk.results import BulkLookupItem
from smscx_client.bulk.validate import validate_all
from smscx_client.journal.intents import UnknownOutcomeException

__all__ = [
    "BATCH_SIZE",
    "AlreadyLookedUpException",
    "BulkLookupItem",
    "CostLimitException",
    "Progress",
    "UnknownOutcomeException",
    "lookup_all",
    "validate_all",
]
