"""Rate limiter: a busy worker waits for the window to reset and gets no 429."""

from __future__ import annotations

import threading
import time
from email.utils import formatdate
from typing import Any

import pytest

import smscx_client
from smscx_client import ApiClient, Configuration
from smscx_client._transport.call import Call
from smscx_client._transport.rate_limiter import RateLimiter
from smscx_client.api.numbers_api import VALIDATE_NUMBER, NumbersApi
from smscx_client.models import RentNumberRequest
from support.scripted_server import Reply, Request


class Windows:
    """Accepts some requests per window and rejects the others with 429."""

    def __init__(self, limit: int, seconds: int) -> None:
        self._limit = limit
        self._seconds = seconds
        self._window = 0
        self._used = 0
        self.rejected = 0

    def __call__(self, _: Request) -> Reply:
        now = time.time()
        if int(now) // self._seconds != self._window:
            self._window, self._used = int(now) // self._seconds, 0
        headers = {"X-Rate-Limit-Reset": str((self._window + 1) * self._seconds), "Date": formatdate(now, usegmt=True)}
        if self._used == self._limit:
            self.rejected += 1
            return Reply(429, {}, {**headers, "X-Rate-Limit-Remaining": "0"})
        self._used += 1
        return Reply(200, {}, {**headers, "X-Rate-Limit-Remaining": str(self._limit - self._used)})


def test_a_throttled_client_waits_and_gets_no_429(serve: Any) -> None:
    windows = Windows(5, 1)
    with ApiClient(Configuration(serve(windows).url, "k", throttle=True)) as client:
        for _ in range(17):
            NumbersApi(client).validate_number("1")
    assert windows.rejected == 0


def test_threads_share_the_state_of_the_window(serve: Any) -> None:
    windows = Windows(20, 1)
    server = serve(windows)
    with ApiClient(Configuration(server.url, "k", throttle=True, retries=0)) as client:
        api = NumbersApi(client)
        api.validate_number("1")
        threads = [threading.Thread(target=lambda: [api.validate_number("1") for _ in range(2)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (windows.rejected, len(server.requests)) == (0, 17)


def test_without_throttle_a_client_does_not_wait(serve: Any) -> None:
    windows = Windows(1, 1000)
    with ApiClient(Configuration(serve(windows).url, "k", retries=0)) as client:
        NumbersApi(client).validate_number("1")
        with pytest.raises(smscx_client.RateLimitExceededException):
            NumbersApi(client).validate_number("1")
    assert windows.rejected == 1


def test_a_window_that_resets_too_late_raises_before_anything_is_sent(serve: Any) -> None:
    server = serve(Windows(1, 100_000_000))
    with ApiClient(Configuration(server.url, "k", throttle=True)) as client:
        NumbersApi(client).validate_number("1")
        with pytest.raises(smscx_client.RateLimitExceededException, match="not sent") as caught:
            NumbersApi(client).rent_number(RentNumberRequest("id", 1))
    assert (caught.value.retry_after or 0) > 60
    assert (caught.value.status, caught.value.operation, len(server.requests)) == (0, "rent_number", 1)


def test_requests_left_are_used_once_and_renewed_with_the_next_window(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [100.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(time, "sleep", sleep)
    date = {"Date": formatdate(1000, usegmt=True)}
    call = Call(VALIDATE_NUMBER, "/numbers/validate/1", None, None, 0, stream=False)
    paced = RateLimiter(60)
    paced.update({"X-Rate-Limit-Remaining": "0"})
    paced.acquire(call)
    assert slept == []
    paced.update({**date, "X-Rate-Limit-Remaining": "1", "X-Rate-Limit-Reset": "1030"})
    paced.acquire(call)
    paced.acquire(call)
    assert slept == [30.0]
    paced.acquire(call)
    assert slept == [30.0]
    paced.update({**date, "X-Rate-Limit-Remaining": "2", "X-Rate-Limit-Reset": "1010"})
    paced.update({**date, "X-Rate-Limit-Remaining": "5", "X-Rate-Limit-Reset": "1010"})
    paced.acquire(call)
    paced.acquire(call)
    paced.acquire(call)
    assert slept == [30.0, 10.0]


@pytest.mark.parametrize("reset", [1_900_000_000_000, 9_999_999_999_999_999_999])
def test_an_odd_reset_does_not_stop_the_client_for_good(reset: int, serve: Any) -> None:
    headers = {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": str(reset)}
    server = serve(lambda _: Reply(200, {}, headers))
    with ApiClient(Configuration(server.url, "k", throttle=True)) as client:
        NumbersApi(client).validate_number("1")
        NumbersApi(client).validate_number("1")
