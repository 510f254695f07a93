"""``python -m smscx_client.sandbox``: run the sandbox as a server for other programs."""

from __future__ import annotations

import argparse
import signal

from smscx_client.sandbox.server import API_KEY, CREDIT, Sandbox


def main() -> None:
    options = {name: value for name, value in vars(_parser().parse_args()).items() if value is not None}
    # The first process of a container ignores SIGTERM unless it has a handler.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Sandbox(log=True, **options) as sandbox:
            print(f"Listening on {sandbox.url}, API key {sandbox.api_key}. Press Ctrl-C to stop.", flush=True)
            print("Open the URL in a browser to see and control the account.", flush=True)
            sandbox.serve_forever()
    except ValueError as error:
        _parser().error(str(error))
    except KeyboardInterrupt:
        print("Stopped.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m smscx_client.sandbox",
        description="Run a local server that behaves like the SMS.CX Numbers API, for tests and development.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8080, help="port; 0 selects a free one (default: %(default)s)")
    keys = f"valid API key; may be given more than once (default: {API_KEY})"
    add("--api-key", action="append", dest="api_keys", help=keys)
    versions = ["2022-10", "2023-02"]
    add("--api-version", choices=versions, default="2023-02", help="API version (default: %(default)s)")
    add("--credit", type=float, default=CREDIT, help="starting credit (default: %(default)s)")
    add("--seed", type=int, default=0, help="seed of the available numbers and of IDs (default: %(default)s)")
    callbacks = "post webhooks to other machines, not only to loopback"
    add("--allow-external-callbacks", action="store_true", help=callbacks)
    hosts = "name by which clients reach the server, besides its address and localhost; may be given more than once"
    add("--allow-host", action="append", dest="allow_hosts", help=hosts)
    return parser


if __name__ == "__main__":
    main()
