"""Server with canned responses. It runs in its own process, so that it does not share an interpreter with a benchmark.

``python canned_server.py`` prints its port, and serves until its standard input ends.
"""

from __future__ import annotations

import json
import socketserver
import sys
from threading import Thread

RESULTS = 40_000
NUMBER = {
    "phoneNumber": "+33612246450",
    "countryIso": "FR",
    "networkOperator": "SFR",
    "timezone": "Europe/Paris",
}
RENT = {
    "rentId": "471ddea7-930c-49e8-8e99-2683834dd92e",
    "phoneNumber": "+33612246450",
    "countryIso": "FR",
    "rentStart": "2026-01-01 10:00:00",
    "rentEnd": "2026-01-08 10:00:00",
    "rentCost": 4.75,
    "setupCost": 0.0,
    "autoRenew": False,
    "callbackUrl": None,
    "numberId": "bf325375-e030-fccb-a009-17317c574773",
    "approved": True,
    "datetime": "2026-01-01 10:00:00",
}


def lookup(index: int) -> dict[str, object]:
    return {
        "phoneNumber": f"+336{index:08}",
        "lookupId": f"68aa4d9f-ee25-4a32-95d0-{index:012}",
        "cost": 0.01,
        "mcc": "208",
        "mccmnc": "20810",
        "countryIso": "FR",
        "countryName": "France",
        "countryNameLocale": "France",
        "status": "ACTIVE",
        "statusDescription": "Phone number is reachable",
        "ported": False,
        "roaming": False,
        "originalNetwork": {"name": "SFR", "mnc": "10"},
        "portedNetwork": {"name": None, "mnc": None},
        "roamingNetwork": {"countryIso": None, "countryName": None, "mcc": None, "mnc": None, "name": None},
        "datetime": "2026-01-01 10:00:00",
    }


BULK = {
    "lookupBulkId": "68aa4d9f-ee25-4a32-95d0-7272efe3b238",
    "totalPhoneNumbers": RESULTS,
    "totalValid": RESULTS,
    "totalCost": 400.0,
    "phoneNumbersByCountry": {"countryCode": {"FR": RESULTS}},
}
PAGING = {"next": None, "previous": None, "size": 500}
VALIDATED = {"totalPhoneNumbers": RESULTS, "totalValid": RESULTS, "totalInvalid": 0}
RESPONSES = {
    path: json.dumps(document, separators=(",", ":")).encode()
    for path, document in {
        "GET /numbers/validate/": {"data": NUMBER},
        "POST /numbers/rent": {"info": RENT},
        "GET /numbers/lookup?": {"data": [], "paging": PAGING},
        "POST /numbers/lookup": {
            "info": {**BULK, "totalInvalid": 0, "invalid": []},
            "data": [
                {name: lookup(index)[name] for name in ("phoneNumber", "countryIso", "cost", "lookupId", "datetime")}
                for index in range(RESULTS)
            ],
        },
        "GET /numbers/lookup/lookupBulkId/": {
            "info": BULK,
            "data": [lookup(index) for index in range(RESULTS)],
            "paging": PAGING,
        },
        "POST /numbers/validate": {"info": VALIDATED, "data": [{**NUMBER, "invalid": False}] * RESULTS},
    }.items()
}


class Handler(socketserver.StreamRequestHandler):
    """Responds to every request on a connection. It reads only the request line and the content length."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        while first := self.rfile.readline().decode("ascii"):
            length = 0
            while (line := self.rfile.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line[15:])
            self.rfile.read(length)
            body = next(response for path, response in RESPONSES.items() if first.startswith(path))
            head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: r\r\nContent-Length: "
            self.wfile.write(f"{head}{len(body)}\r\n\r\n".encode() + body)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
