"""A local server that behaves like the service: real HTTP on loopback, state that changes, nothing to pay.

Needs the extra: ``pip install "smscx_client[sandbox]"``.
"""

try:
    import babel as _babel  # noqa: F401
    import openpyxl as _openpyxl  # noqa: F401
    import phonenumbers as _phonenumbers  # noqa: F401
    import werkzeug as _werkzeug  # noqa: F401
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f'the sandbox needs {missing.name}: pip install "smscx_client[sandbox]"', name=missing.name
    ) from None

from smscx_client.sandbox.server import Sandbox

__all__ = ["Sandbox"]
