"""Fixtures of many tests: servers on loopback, and an environment without credentials."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator

import pytest

from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.sandbox import Sandbox
from support.fast_clock import FastClock
from support.scripted_server import Handler, Reply, ScriptedServer

pytest_plugins = ["pytester"]

KEY = "test-key-7f3a"


def pytest_configure() -> None:
    # A shell starts background jobs with SIGINT ignored, and programs that tests start inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
    for name in [*proxies, *(name for name in os.environ if name.startswith("SMSCX_"))]:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    yield
    Configuration.set_default(None)


@pytest.fixture
def serve() -> Iterator[Callable[[Handler | Iterable[Reply]], ScriptedServer]]:
    """Start scripted servers, and close them after the test."""
    servers: list[ScriptedServer] = []

    def start(handler: Handler | Iterable[Reply]) -> ScriptedServer:
        servers.append(ScriptedServer(handler))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def connect() -> Iterator[Callable[..., NumbersApi]]:
    """Create a NumbersApi for a server, without retries unless the test sets them."""
    clients: list[ApiClient] = []

    def make(server: ScriptedServer | str, **options: object) -> NumbersApi:
        host = server if isinstance(server, str) else server.url
        configuration = Configuration(**{"host": host, "api_key": KEY, "retries": 0, **options})  # type: ignore[arg-type]
        clients.append(ApiClient(configuration))
        return NumbersApi(clients[-1])

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Start a sandbox for one test."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[NumbersApi]:
    """Make a NumbersApi for the sandbox, without retries."""
    with ApiClient(sandbox.configuration(retries=0)) as client:
        yield NumbersApi(client)


@pytest.fixture
def fast_clock(monkeypatch: pytest.MonkeyPatch) -> FastClock:
    """Make the package wait without waiting."""
    return FastClock().install(monkeypatch)
