"""The ``smscx_sandbox`` fixture: a sandbox with a fresh account for each test.

It is outside :mod:`smscx_client.sandbox` because pytest imports it in every environment that has the package installed,
even without the ``sandbox`` extra.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from smscx_client.sandbox import Sandbox


@pytest.fixture(scope="session")
def _smscx_server() -> Iterator[Sandbox]:
    from smscx_client.sandbox import Sandbox  # the extra may not be installed

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def smscx_sandbox(_smscx_server: Sandbox) -> Sandbox:
    """Return a running sandbox with a fresh account: ``ApiClient(smscx_sandbox.configuration())``."""
    _smscx_server.reset()
    return _smscx_server
