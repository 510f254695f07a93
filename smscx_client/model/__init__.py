"""One module per schema of the API, named after the schema. :mod:`smscx_client.models` exports them all."""
