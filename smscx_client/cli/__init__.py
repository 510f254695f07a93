"""The ``smscx`` command line. Install the extra to use it: ``pip install "smscx_client[cli]"``."""
