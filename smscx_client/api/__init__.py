"""The calls, a class for each part of the API; :mod:`smscx_client.apis` has both."""
