"""A sandbox for each test, and a client for it that sends nothing again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smscx_client import ApiClient
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[NumbersApi]:
    with ApiClient(sandbox.configuration(retries=0)) as client:
        yield NumbersApi(client)
