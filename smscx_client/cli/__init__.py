"""The command line. Needs the extra: ``pip install "smscx_client[cli]"``."""
