"""One module per schema of the API, named after it; :mod:`smscx_client.models` has them all."""
