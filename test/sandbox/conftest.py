"""Fixtures of the sandbox's tests: plain HTTP, controls over HTTP, and a rental."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import RentNumberRequest
from smscx_client.sandbox import Sandbox


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[Callable[..., Any]]:
    """Send a request without our client, with the API key unless ``headers`` says otherwise."""
    pool = urllib3.PoolManager(retries=False)

    def send(method: str, path: str, body: object = None, headers: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        sent = {"X-API-KEY": sandbox.api_key, "Content-Type": "application/json", **(headers or {})}
        return pool.request(method, sandbox.url + path, body=data, headers=sent)

    yield send
    pool.clear()


@pytest.fixture
def rent(api: NumbersApi) -> Callable[..., str]:
    """Rent the first available number that is left, for seven days, and return the rental ID."""

    def rent(**options: Any) -> str:
        offer = api.get_available_numbers("FR").data[0]
        return api.rent_number(RentNumberRequest(offer.number_id, 7, **options)).info.rent_id

    return rent
