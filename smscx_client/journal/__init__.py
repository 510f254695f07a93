"""Journal: what was sent and what came of it, so that a call that costs money is charged at most once."""

from smscx_client.journal.intents import Intent, JournalException, UnknownOutcomeException
from smscx_client.journal.sqlite import Journal

__all__ = ["Intent", "Journal", "JournalException", "UnknownOutcomeException"]
