"""Transport: from a prepared request to a response. Connections, retries, rate limits, credentials, redaction."""
