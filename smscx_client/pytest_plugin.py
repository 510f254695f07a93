"""The fixture ``smscx_sandbox``: a sandbox with a fresh account for each test.

It stands outside :mod:`smscx_client.sandbox` because pytest imports it in every environment that has the package, with
the extra or without.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from smscx_client.sandbox import Sandbox


@pytest.fixture(scope="session")
def _smscx_server() -> Iterator[Sandbox]:
    from smscx_client.sandbox import Sandbox  # for the tests that use it, in environments that have the extra

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def smscx_sandbox(_smscx_server: Sandbox) -> Sandbox:
    """A running sandbox whose account is as new: ``ApiClient(smscx_sandbox.configuration())``."""
    _smscx_server.reset()
    return _smscx_server
