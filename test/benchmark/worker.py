"""Measures one client against its hand-written twin, round after round in turn, and prints a JSON object of the rows.

``python worker.py PORT ROUNDS`` measures the ``smscx_client`` that its interpreter has. It keeps to what every
published version can do, so that it runs in their environments too.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import statistics
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import urllib3

import smscx_client
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.model.numbers_bulk_lookup_result import NumbersBulkLookupResult
from smscx_client.model.numbers_validate_request import NumbersValidateRequest
from smscx_client.model.rent_number_request import RentNumberRequest

NUMBERS = [f"+336{number:08}" for number in range(40_000)]
BULK_ID = "68aa4d9f-ee25-4a32-95d0-7272efe3b238"
NUMBER_ID = "bf325375-e030-fccb-a009-17317c574773"
THREADS, CALLS = 16, 100
Work = Callable[[], object]
PLAIN = [
    "phone_number",
    "lookup_id",
    "cost",
    "mcc",
    "mccmnc",
    "country_iso",
    "country_name",
    "country_name_locale",
    "status",
    "status_description",
    "ported",
    "roaming",
]


class ByHand:
    """What one writes with urllib3 and json."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(maxsize=THREADS)
        self._headers = {"X-API-KEY": "key", "Accept": "application/json"}

    def _get(self, path: str) -> Any:
        return json.loads(self._pool.request("GET", self._url + path, headers=self._headers).data)

    def _post(self, path: str, body: object) -> Any:
        headers = {**self._headers, "Content-Type": "application/json"}
        data = json.dumps(body).encode()
        return json.loads(self._pool.request("POST", self._url + path, body=data, headers=headers).data)

    def get(self) -> object:
        return self._get("/numbers/validate/33612246450")["data"]["countryIso"]

    def post(self) -> object:
        return self._post("/numbers/rent", {"numberId": NUMBER_ID, "rentPeriod": 7})["info"]["rentId"]

    def bulk(self) -> Any:
        return self._get("/numbers/lookup/lookupBulkId/" + BULK_ID)

    def validate(self) -> Any:
        return self._post("/numbers/validate", {"phoneNumbers": NUMBERS})

    def five(self, answer: Any) -> None:
        for one in answer["data"]:
            _ = one["phoneNumber"], one["status"], one["cost"], one["ported"], one["countryIso"]

    def every(self, answer: Any) -> None:
        for one in answer["data"]:
            _ = one["phoneNumber"], one["lookupId"], one["cost"], one["mcc"], one["mccmnc"], one["countryIso"]
            _ = one["countryName"], one["countryNameLocale"], one["status"], one["statusDescription"]
            _ = one["ported"], one["roaming"]
            _ = datetime.strptime(one["datetime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
            original, ported, roaming = one["originalNetwork"], one["portedNetwork"], one["roamingNetwork"]
            _ = original["name"], original["mnc"], ported["name"], ported["mnc"]
            _ = roaming["countryIso"], roaming["countryName"], roaming["mcc"], roaming["mnc"], roaming["name"]


class ByClient:
    """The same with the client."""

    def __init__(self, url: str) -> None:
        configuration = smscx_client.Configuration(host=url, api_key="key")
        self._api: Any = NumbersApi(smscx_client.ApiClient(configuration))
        self._numbers = NumbersValidateRequest(phone_numbers=NUMBERS)
        self._rent: Any = RentNumberRequest(number_id=NUMBER_ID, rent_period=7)

    def get(self) -> object:
        return self._api.validate_number("33612246450").data.country_iso

    def post(self) -> object:
        return self._api.rent_number(self._rent).info.rent_id

    def bulk(self) -> Any:
        return self._api.get_bulk_lookup_status(BULK_ID)

    def validate(self) -> Any:
        return self._api.validate_numbers(self._numbers)

    def five(self, answer: Any) -> None:
        for one in answer.data:
            _ = one.phone_number, one.status, one.cost, one.ported, one.country_iso

    def every(self, answer: Any) -> None:
        for one in answer.data:
            _ = one.phone_number, one.lookup_id, one.cost, one.mcc, one.mccmnc, one.country_iso
            _ = one.country_name, one.country_name_locale, one.status, one.status_description
            _ = one.ported, one.roaming, one.datetime
            original, ported, roaming = one.original_network, one.ported_network, one.roaming_network
            _ = original.name, original.mnc, ported.name, ported.mnc
            _ = roaming.country_iso, roaming.country_name, roaming.mcc, roaming.mnc, roaming.name


def seconds(work: Work, times: int) -> float:
    gc.collect()
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times


def in_turn(by_hand: Callable[[], Work], by_client: Callable[[], Work], times: int, rounds: int) -> dict[str, float]:
    """Medians over the rounds: of the seconds of each, and of the ratios within a round.

    Each round starts with connections of its own: the luck of one, with the scheduler say, is not the luck of all.
    """
    pairs = []
    for number in range(rounds):
        first, second = (by_hand, by_client) if number % 2 else (by_client, by_hand)
        one, other = measured(first(), times), measured(second(), times)
        pairs.append((one, other) if number % 2 else (other, one))
    return {
        "ratio": statistics.median(client / hand for hand, client in pairs),
        "hand": statistics.median(hand for hand, _ in pairs),
        "client": statistics.median(client for _, client in pairs),
    }


def measured(work: Work, times: int) -> float:
    work()
    return seconds(work, times)


def job(one: Any, part: str) -> Work:
    return lambda: getattr(one, part)(one.bulk())


def on_threads(call: Work) -> Work:
    def run() -> None:
        threads = [threading.Thread(target=lambda: [call() for _ in range(CALLS)]) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run


def imported(module: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, env=environment)


def import_times(rounds: int) -> dict[str, float]:
    """Beyond the start of the interpreter."""
    bare, urllib3_alone, client = [], [], []
    for _ in range(rounds):
        bare.append(seconds(lambda: imported("sys"), 1))
        urllib3_alone.append(seconds(lambda: imported("urllib3"), 1))
        client.append(seconds(lambda: imported("smscx_client.api.numbers_api"), 1))
    start = statistics.median(bare)
    hand, ours = statistics.median(urllib3_alone) - start, statistics.median(client) - start
    return {"ratio": ours / hand, "hand": hand, "client": ours}


def memory(make: Work) -> tuple[int, int]:
    """Bytes held by what is made, and at the peak of making it."""
    gc.collect()
    tracemalloc.start()
    made = make()
    gc.collect()
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del made
    return held, peak


def copied(answer: object) -> object:
    return pickle.loads(pickle.dumps(answer))


def measure(port: int, rounds: int) -> dict[str, dict[str, float]]:
    """The rows; one that the client cannot do is left out."""
    url = f"http://127.0.0.1:{port}"
    hand, client = ByHand(url), ByClient(url)
    few = max(rounds // 3, 1) if hasattr(NumbersBulkLookupResult, "openapi_types") else rounds

    def sizes(part: int) -> dict[str, float]:
        by_hand, by_client = memory(hand.bulk)[part], memory(client.bulk)[part]
        return {"ratio": by_client / by_hand, "hand": by_hand, "client": by_client}

    def pickled() -> dict[str, float]:
        by_hand, by_client = hand.bulk(), client.bulk()
        return in_turn(lambda: lambda: copied(by_hand), lambda: lambda: copied(by_client), 1, few)

    def read(part: str) -> dict[str, float]:
        return in_turn(lambda: job(ByHand(url), part), lambda: job(ByClient(url), part), 1, few)

    rows: dict[str, Callable[[], dict[str, float]]] = {
        "one GET": lambda: in_turn(lambda: ByHand(url).get, lambda: ByClient(url).get, 300, rounds),
        "one POST": lambda: in_turn(lambda: ByHand(url).post, lambda: ByClient(url).post, 300, rounds),
        "fetch and decode 40,000 results": lambda: in_turn(
            lambda: ByHand(url).bulk, lambda: ByClient(url).bulk, 1, few
        ),
        "... and read five fields of each": lambda: read("five"),
        "... and read every field of each": lambda: read("every"),
        "40,000-number validate POST": lambda: in_turn(
            lambda: ByHand(url).validate, lambda: ByClient(url).validate, 1, few
        ),
        "16 threads, 1,600 calls": lambda: in_turn(
            lambda: on_threads(ByHand(url).get), lambda: on_threads(ByClient(url).get), 1, rounds
        ),
        "import": lambda: import_times(rounds),
        "memory held by 40,000 results": lambda: sizes(0),
        "memory at the peak": lambda: sizes(1),
        "pickle 40,000 results, and back": pickled,
    }
    figures = {}
    for name, row in rows.items():
        try:
            figures[name] = row()
        except Exception as exc:  # noqa: BLE001 - whatever a published client stumbles over, the other rows are still to be had
            print(f"{name}: {type(exc).__name__}: {exc}", file=sys.stderr)
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
