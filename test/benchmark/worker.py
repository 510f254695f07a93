"""Measure one client and hand-written code in alternating rounds, and print the rows as a JSON object.

``python worker.py PORT ROUNDS`` measures the installed ``smscx_client``. It uses only what every published version
supports.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
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


class HandWritten:
    """Calls written by hand with urllib3 and json."""

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

    def look_up(self) -> object:
        self._post("/numbers/lookup", {"phoneNumbers": NUMBERS})
        found = {result["phoneNumber"]: result for result in self.bulk()["data"]}
        return sum(number in found for number in NUMBERS)

    def read_five_fields(self, response: Any) -> None:
        for result in response["data"]:
            _ = result["phoneNumber"], result["status"], result["cost"], result["ported"], result["countryIso"]

    def read_every_field(self, response: Any) -> None:
        for result in response["data"]:
            _ = (
                result["phoneNumber"],
                result["lookupId"],
                result["cost"],
                result["mcc"],
                result["mccmnc"],
                result["countryIso"],
            )
            _ = result["countryName"], result["countryNameLocale"], result["status"], result["statusDescription"]
            _ = result["ported"], result["roaming"]
            _ = datetime.strptime(result["datetime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
            original, ported, roaming = result["originalNetwork"], result["portedNetwork"], result["roamingNetwork"]
            _ = original["name"], original["mnc"], ported["name"], ported["mnc"]
            _ = roaming["countryIso"], roaming["countryName"], roaming["mcc"], roaming["mnc"], roaming["name"]


class Client:
    """The same calls with the client."""

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

    def look_up(self) -> object:
        from smscx_client.bulk import lookup_all  # the published clients have neither
        from smscx_client.journal import Journal

        with tempfile.TemporaryDirectory() as folder, Journal(f"{folder}/journal") as journal:
            return sum(item.result is not None for item in lookup_all(self._api, NUMBERS, journal=journal))

    def read_five_fields(self, response: Any) -> None:
        for result in response.data:
            _ = result.phone_number, result.status, result.cost, result.ported, result.country_iso

    def read_every_field(self, response: Any) -> None:
        for result in response.data:
            _ = result.phone_number, result.lookup_id, result.cost, result.mcc, result.mccmnc, result.country_iso
            _ = result.country_name, result.country_name_locale, result.status, result.status_description
            _ = result.ported, result.roaming, result.datetime
            original, ported, roaming = result.original_network, result.ported_network, result.roaming_network
            _ = original.name, original.mnc, ported.name, ported.mnc
            _ = roaming.country_iso, roaming.country_name, roaming.mcc, roaming.mnc, roaming.name


def seconds(work: Work, times: int) -> float:
    gc.collect()
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times


def alternate(by_hand: Callable[[], Work], by_client: Callable[[], Work], times: int, rounds: int) -> dict[str, float]:
    """Return the median seconds of both, and the median of the ratios within a round.

    Each round opens new connections, so that one slow connection does not affect all rounds.
    """
    pairs = []
    for number in range(rounds):
        first, second = (by_hand, by_client) if number % 2 else (by_client, by_hand)
        timings = measure_one(first(), times), measure_one(second(), times)
        pairs.append(timings if number % 2 else timings[::-1])
    return {
        "ratio": statistics.median(client / hand for hand, client in pairs),
        "hand": statistics.median(hand for hand, _ in pairs),
        "client": statistics.median(client for _, client in pairs),
    }


def measure_one(work: Work, times: int) -> float:
    work()
    return seconds(work, times)


def fetch_and_read(calls: Any, reader: str) -> Work:
    return lambda: getattr(calls, reader)(calls.bulk())


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
    """Return the seconds that an import takes, without the start of the interpreter."""
    bare, urllib3_alone, client = [], [], []
    for _ in range(rounds):
        bare.append(seconds(lambda: imported("sys"), 1))
        urllib3_alone.append(seconds(lambda: imported("urllib3"), 1))
        client.append(seconds(lambda: imported("smscx_client.api.numbers_api"), 1))
    start = statistics.median(bare)
    hand, ours = statistics.median(urllib3_alone) - start, statistics.median(client) - start
    return {"ratio": ours / hand, "hand": hand, "client": ours}


def memory(create: Work) -> tuple[int, int]:
    """Return the bytes that a new object holds, and the peak while it was created."""
    gc.collect()
    tracemalloc.start()
    created = create()
    gc.collect()
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del created
    return held, peak


def copied(response: object) -> object:
    return pickle.loads(pickle.dumps(response))


def measure(port: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return all rows, except those that the client cannot do."""
    url = f"http://127.0.0.1:{port}"
    hand, client = HandWritten(url), Client(url)
    few = max(rounds // 3, 1) if hasattr(NumbersBulkLookupResult, "openapi_types") else rounds

    def sizes(part: int) -> dict[str, float]:
        by_hand, by_client = memory(hand.bulk)[part], memory(client.bulk)[part]
        return {"ratio": by_client / by_hand, "hand": by_hand, "client": by_client}

    def pickled() -> dict[str, float]:
        by_hand, by_client = hand.bulk(), client.bulk()
        return alternate(lambda: lambda: copied(by_hand), lambda: lambda: copied(by_client), 1, few)

    def read(reader: str) -> dict[str, float]:
        return alternate(
            lambda: fetch_and_read(HandWritten(url), reader), lambda: fetch_and_read(Client(url), reader), 1, few
        )

    rows: dict[str, Callable[[], dict[str, float]]] = {
        "one GET": lambda: alternate(lambda: HandWritten(url).get, lambda: Client(url).get, 300, rounds),
        "one POST": lambda: alternate(lambda: HandWritten(url).post, lambda: Client(url).post, 300, rounds),
        "fetch and decode 40,000 results": lambda: alternate(
            lambda: HandWritten(url).bulk, lambda: Client(url).bulk, 1, few
        ),
        "... and read five fields of each": lambda: read("read_five_fields"),
        "... and read every field of each": lambda: read("read_every_field"),
        "40,000-number validate POST": lambda: alternate(
            lambda: HandWritten(url).validate, lambda: Client(url).validate, 1, few
        ),
        "16 threads, 1,600 calls": lambda: alternate(
            lambda: on_threads(HandWritten(url).get), lambda: on_threads(Client(url).get), 1, rounds
        ),
        "look up 40,000 numbers, with a journal": lambda: alternate(
            lambda: HandWritten(url).look_up, lambda: Client(url).look_up, 1, few
        ),
        "import": lambda: import_times(rounds),
        "memory held by 40,000 results": lambda: sizes(0),
        "peak memory": lambda: sizes(1),
        "pickle and unpickle 40,000 results": pickled,
    }
    figures = {}
    for name, row in rows.items():
        try:
            figures[name] = row()
        except Exception as exc:  # noqa: BLE001 - measure the other rows even if a published client fails
            print(f"{name}: {type(exc).__name__}: {exc}", file=sys.stderr)
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
