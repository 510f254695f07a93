"""Fixtures with a sandbox account: ``smscx_sandbox``, ``smscx_sandbox_module`` and ``smscx_sandbox_session``.

It is outside :mod:`smscx_client.sandbox` because pytest imports it in every environment that has the package installed,
even without the ``sandbox`` extra.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from smscx_client.sandbox import Sandbox, SandboxAccount

MARKER = "smscx_sandbox(credit=100, api_version='2023-02', seed=0, rate_limit=100000): options of the sandbox account"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def _smscx_server() -> Iterator[Sandbox]:
    from smscx_client.sandbox import Sandbox  # the extra may not be installed

    with Sandbox() as sandbox:
        yield sandbox


def _account(server: Sandbox, request: pytest.FixtureRequest) -> Iterator[SandboxAccount]:
    marker: pytest.Mark | None = request.node.get_closest_marker("smscx_sandbox")
    account = server.create_account(**(marker.kwargs if marker else {}))
    yield account
    account.close()


@pytest.fixture
def smscx_sandbox(_smscx_server: Sandbox, request: pytest.FixtureRequest) -> Iterator[SandboxAccount]:
    """Create a sandbox account for one test: ``ApiClient(smscx_sandbox.configuration())``."""
    yield from _account(_smscx_server, request)


@pytest.fixture(scope="module")
def smscx_sandbox_module(_smscx_server: Sandbox, request: pytest.FixtureRequest) -> Iterator[SandboxAccount]:
    """Create a sandbox account that the tests of a module share."""
    yield from _account(_smscx_server, request)


@pytest.fixture(scope="session")
def smscx_sandbox_session(_smscx_server: Sandbox, request: pytest.FixtureRequest) -> Iterator[SandboxAccount]:
    """Create a sandbox account that all tests share."""
    yield from _account(_smscx_server, request)
