"""``python -m smscx_client.sandbox``: run the sandbox as a server for other programs."""

from __future__ import annotations

import argparse
import signal

from smscx_client.sandbox.server import API_KEY, CREDIT, Sandbox


def main() -> None:
    arguments = _parser().parse_args()
    # The first process of a container ignores SIGTERM unless it has a handler.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Sandbox(
            host=arguments.host,
            port=arguments.port,
            api_keys=arguments.api_key or (API_KEY,),
            api_version=arguments.api_version,
            credit=arguments.credit,
            seed=arguments.seed,
            allow_external_callbacks=arguments.allow_external_callbacks,
            log=True,
        ) as sandbox:
            print(f"Listening on {sandbox.url}, API key {sandbox.api_key}. Press Ctrl-C to stop.", flush=True)
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
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="port; 0 selects a free one (default: %(default)s)")
    parser.add_argument(
        "--api-key", action="append", help=f"valid API key; may be given several times (default: {API_KEY})"
    )
    parser.add_argument(
        "--api-version", choices=["2022-10", "2023-02"], default="2023-02", help="API version (default: %(default)s)"
    )
    parser.add_argument("--credit", type=float, default=CREDIT, help="starting credit (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the available numbers and of IDs (default: %(default)s)"
    )
    parser.add_argument(
        "--allow-external-callbacks", action="store_true", help="post webhooks to other machines, not only to loopback"
    )
    return parser


if __name__ == "__main__":
    main()
