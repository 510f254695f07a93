"""A local server that behaves like the service: real HTTP on loopback, and state, without real charges.

It requires an extra: ``pip install "smscx_client[sandbox]"``.
"""

from importlib.util import find_spec

for _required in ("babel", "openpyxl", "phonenumbers", "werkzeug"):
    if find_spec(_required) is None:
        raise ModuleNotFoundError(
            f'the sandbox requires {_required}. Run: pip install "smscx_client[sandbox]"', name=_required
        )

from smscx_client.sandbox.controls import SandboxAccount  # noqa: E402
from smscx_client.sandbox.credentials import Application  # noqa: E402
from smscx_client.sandbox.server import Sandbox  # noqa: E402

__all__ = ["Application", "Sandbox", "SandboxAccount"]
