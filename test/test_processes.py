"""Clients work in other processes: after a fork with open connections, and pickled to a process pool."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest

from smscx_client import ApiClient, ApiException
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.server import APPLICATION_ID, APPLICATION_SECRET

NUMBERS = [f"+3361224{number:04}" for number in range(6400, 6420)]


def validate(api: NumbersApi, number: str) -> tuple[int, Any]:
    return os.getpid(), api.validate_number(number)


def fail(api: NumbersApi) -> None:
    api.validate_number("0")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("login", [{}, {"username": APPLICATION_ID, "password": APPLICATION_SECRET}])
def test_a_forked_child_shares_no_connection_with_its_parent(login: dict[str, str]) -> None:
    with Sandbox() as sandbox, ApiClient(sandbox.configuration(**login)) as client:
        api = NumbersApi(client)
        api.validate_number(NUMBERS[0])
        children = [fork_and_validate(api) for _ in range(4)]
        for number in NUMBERS:
            assert api.validate_number(number).data.phone_number == number
        assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
        assert len([request for request in sandbox.requests if request.operation == "validate_number"]) == 101


def fork_and_validate(api: NumbersApi) -> int:
    """Fork a child that makes calls, and return its process ID. It exits with 0 if all responses are right."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        if all(api.validate_number(number).data.phone_number == number for number in NUMBERS):
            status = 0
    finally:
        os._exit(status)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_that_is_forked_while_a_thread_pool_starts_can_start_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, starting, forked = os.getpid(), threading.Event(), threading.Event()

    class SlowToStart(ThreadPool):
        def __init__(self, *arguments: Any) -> None:
            if os.getpid() == parent:
                starting.set()
                forked.wait(10)
            super().__init__(*arguments)

    monkeypatch.setattr("multiprocessing.pool.ThreadPool", SlowToStart)
    with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        first = threading.Thread(target=lambda: api.validate_number(NUMBERS[0], async_req=True).get(10))
        first.start()
        assert starting.wait(10)
        child = os.fork()
        if not child:
            signal.alarm(5)  # ends a deadlock
            try:
                api.validate_number(NUMBERS[0], async_req=True).get(5)
                os._exit(0)
            finally:
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        forked.set()
        first.join()
    assert status == 0


def test_clients_models_and_exceptions_can_be_sent_to_a_process_pool() -> None:
    with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            responses = list(pool.map(validate, [api] * len(NUMBERS), NUMBERS))
            assert [response.data.phone_number for _, response in responses] == NUMBERS
            assert os.getpid() not in {process for process, _ in responses}
            assert all(response.http_info.request_id for _, response in responses)
            with pytest.raises(ApiException) as caught:
                pool.submit(fail, api).result()
        assert (caught.value.error_code, caught.value.operation) == (1207, "validate_number")
        assert caught.value.error is not None
        assert caught.value.error.code == 1207
