"""Preloaded by the workers of Dask, so that a killed worker loses its intents after a second."""

from smscx_client.journal import postgres_database

postgres_database.HEARTBEAT_INTERVAL, postgres_database.LEASE = 0.3, "1500 ms"
