"""A service that has the results of every bulk lookup at once; it prints its URL. For measurements only."""

from __future__ import annotations

import json
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE_SIZE = 500
PRICE = 0.01
lookups: dict[str, list[str]] = {}
"""Numbers of the bulk lookups, by ID."""


def result(number: str) -> dict[str, Any]:
    """Return a result that is as large as those of the service."""
    network = {"name": "Orange", "mnc": "01"}
    nothing = {"countryIso": None, "countryName": None, "mcc": None, "mnc": None, "name": None}
    return {
        "phoneNumber": number,
        "lookupId": str(uuid.uuid5(uuid.NAMESPACE_OID, number)),
        "cost": PRICE,
        "mcc": "208",
        "mccmnc": "20801",
        "countryIso": "FR",
        "countryName": "France",
        "status": "ACTIVE",
        "statusDescription": "Subscriber reachable",
        "ported": False,
        "roaming": False,
        "originalNetwork": network,
        "portedNetwork": {"name": None, "mnc": None},
        "roamingNetwork": nothing,
        "datetime": "2026-11-25 03:00:00",
    }


class Handler(BaseHTTPRequestHandler):
    """Starts bulk lookups, and returns pages of their results."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def do_POST(self) -> None:
        numbers = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["phoneNumbers"]
        bulk_id = str(uuid.uuid4())
        lookups[bulk_id] = numbers
        info = {"lookupBulkId": bulk_id, **self._totals(numbers)}
        self._send({"info": info, "data": [{"phoneNumber": number, "cost": PRICE} for number in numbers]})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        numbers = lookups.get(url.path.rpartition("/")[2], [])
        start = int(parse_qs(url.query).get("next", ["0"])[0])
        end = start + PAGE_SIZE
        page = {"data": [result(number) for number in numbers[start:end]], "info": self._totals(numbers)}
        self._send({**page, "paging": {"next": str(end) if end < len(numbers) else None, "previous": None}})

    def _totals(self, numbers: list[str]) -> dict[str, Any]:
        count = len(numbers)
        return {"totalPhoneNumbers": count, "totalValid": count, "totalCost": round(PRICE * count, 4)}

    def _send(self, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
