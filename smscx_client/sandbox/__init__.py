"""A local server that behaves like the service: real HTTP on loopback, state that changes, nothing to pay.

Needs the extra: ``pip install "smscx_client[sandbox]"``.
"""

from importlib.util import find_spec

for _needed in ("babel", "openpyxl", "phonenumbers", "werkzeug"):
    if find_spec(_needed) is None:
        raise ModuleNotFoundError(f'the sandbox needs {_needed}: pip install "smscx_client[sandbox]"', name=_needed)

from smscx_client.sandbox.server import Sandbox  # noqa: E402

__all__ = ["Sandbox"]
