"""Pace: a busy worker waits for the end of the window, and never sees a 429."""

from __future__ import annotations

import threading
import time
from email.utils import formatdate
from typing import Any

import pytest

import smscx_client
from scripted_server import Reply, Request
from smscx_client import ApiClient, Configuration, pace
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import RentNumberRequest


class Windows:
    """Takes some requests in each window, and turns the others away."""

    def __init__(self, limit: int, seconds: int) -> None:
        self._limit = limit
        self._seconds = seconds
        self._window = 0
        self._used = 0
        self.turned_away = 0

    def __call__(self, _: Request) -> Reply:
        now = time.time()
        if int(now) // self._seconds != self._window:
            self._window, self._used = int(now) // self._seconds, 0
        headers = {"X-Rate-Limit-Reset": str((self._window + 1) * self._seconds), "Date": formatdate(now, usegmt=True)}
        if self._used == self._limit:
            self.turned_away += 1
            return Reply(429, {}, {**headers, "X-Rate-Limit-Remaining": "0"})
        self._used += 1
        return Reply(200, {}, {**headers, "X-Rate-Limit-Remaining": str(self._limit - self._used)})


def test_a_paced_client_waits_and_is_not_turned_away(serve: Any) -> None:
    windows = Windows(5, 1)
    with ApiClient(Configuration(serve(windows).url, "k", pace=True)) as client:
        for _ in range(17):
            NumbersApi(client).validate_number("1")
    assert windows.turned_away == 0


def test_threads_share_what_is_known_of_the_window(serve: Any) -> None:
    windows = Windows(20, 1)
    server = serve(windows)
    with ApiClient(Configuration(server.url, "k", pace=True, retries=0)) as client:
        api = NumbersApi(client)
        api.validate_number("1")
        threads = [threading.Thread(target=lambda: [api.validate_number("1") for _ in range(2)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (windows.turned_away, len(server.requests)) == (0, 17)


def test_without_pace_a_client_does_not_wait_before_it_sends(serve: Any) -> None:
    windows = Windows(1, 1000)
    with ApiClient(Configuration(serve(windows).url, "k", retries=0)) as client:
        NumbersApi(client).validate_number("1")
        with pytest.raises(smscx_client.RateLimitExceededException):
            NumbersApi(client).validate_number("1")
    assert windows.turned_away == 1


def test_a_window_that_ends_too_late_raises_before_anything_is_sent(serve: Any) -> None:
    server = serve(Windows(1, 100_000_000))
    with ApiClient(Configuration(server.url, "k", pace=True)) as client:
        NumbersApi(client).validate_number("1")
        with pytest.raises(smscx_client.RateLimitExceededException, match="nothing was sent") as caught:
            NumbersApi(client).rent_number(RentNumberRequest("id", 1))
    assert (caught.value.retry_after or 0) > 60
    assert (caught.value.status, caught.value.operation, len(server.requests)) == (0, "rent_number", 1)


def test_what_remains_is_taken_once_and_comes_back_with_the_next_window(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [100.0], []
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(pace.time, "sleep", sleep)
    date = {"Date": formatdate(1000, usegmt=True)}
    paced = pace.Pace(60)
    paced.learn({"X-Rate-Limit-Remaining": "0"})
    paced.wait_turn("a")
    assert slept == []
    paced.learn({**date, "X-Rate-Limit-Remaining": "1", "X-Rate-Limit-Reset": "1030"})
    paced.wait_turn("a")
    paced.wait_turn("a")
    assert slept == [30.0]
    paced.wait_turn("a")
    assert slept == [30.0]
    paced.learn({**date, "X-Rate-Limit-Remaining": "2", "X-Rate-Limit-Reset": "1010"})
    paced.learn({**date, "X-Rate-Limit-Remaining": "5", "X-Rate-Limit-Reset": "1010"})
    paced.wait_turn("a")
    paced.wait_turn("a")
    paced.wait_turn("a")
    assert slept == [30.0, 10.0]
