"""Bulk: validate or look up any number of phone numbers, in batches, with the results in input order."""

from smscx_client.bulk.batches import BATCH_SIZE, Progress
from smscx_client.bulk.cost_limit import CostLimitException
from smscx_client.bulk.lookup import lookup_all
from smscx_client.bulk.matching import BulkLookupItem
from smscx_client.bulk.unknown_outcomes import UnknownOutcomeException, settle_unknown
from smscx_client.bulk.validate import validate_all

__all__ = [
    "BATCH_SIZE",
    "BulkLookupItem",
    "CostLimitException",
    "Progress",
    "UnknownOutcomeException",
    "lookup_all",
    "settle_unknown",
    "validate_all",
]
