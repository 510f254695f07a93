"""One module per API class. :mod:`smscx_client.apis` exports both classes."""
