"""asyncio: calls in threads run at the same time, and cancelling a task does not undo a call."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from smscx_client import ApiClient, CallCancelledException
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import RentNumberRequest
from smscx_client.sandbox import Sandbox
from smscx_client.waiting import wait_for_code


def test_an_executor_of_64_threads_makes_64_calls_at_the_same_time(sandbox: Sandbox) -> None:
    barrier = threading.Barrier(64)

    async def main(api: NumbersApi) -> list[object]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(64))
        return await asyncio.gather(*(asyncio.to_thread(api.validate_number, "+33612246450") for _ in range(64)))

    with ApiClient(sandbox.configuration(on_attempt=lambda _: barrier.wait(timeout=20))) as client:
        assert len(asyncio.run(main(NumbersApi(client)))) == 64
    assert not barrier.broken


def test_a_cancelled_task_does_not_undo_a_paid_call_and_shield_keeps_its_result(
    sandbox: Sandbox, api: NumbersApi
) -> None:
    offer = api.get_available_numbers("FR").data[0]
    kept: list[str] = []

    async def rent() -> None:
        call = asyncio.create_task(asyncio.to_thread(api.rent_number, RentNumberRequest(offer.number_id, 7)))
        try:
            await asyncio.shield(call)
        except asyncio.CancelledError:
            kept.append((await call).info.rent_id)
            raise

    async def main() -> None:
        task = asyncio.create_task(rent())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert [rental.rent_id for rental in api.get_rented_numbers().data] == kept


def test_the_cancel_event_ends_the_thread_of_a_wait(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0]
    rent_id = api.rent_number(RentNumberRequest(offer.number_id, 7)).info.rent_id
    cancel = threading.Event()
    ended: list[type[BaseException]] = []

    def wait() -> str:
        try:
            return wait_for_code(api, rent_id, timeout=60, cancel=cancel)
        except CallCancelledException as exception:
            ended.append(type(exception))
            raise

    async def main() -> None:
        try:
            await asyncio.wait_for(asyncio.to_thread(wait), timeout=0.2)
        except asyncio.TimeoutError:
            cancel.set()

    started = time.monotonic()
    asyncio.run(main())  # waits for the threads of its executor
    assert ended == [CallCancelledException]
    assert time.monotonic() - started < 5
