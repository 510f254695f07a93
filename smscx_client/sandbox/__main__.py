"""``python -m smscx_client.sandbox``: the sandbox as a program."""

from __future__ import annotations

import argparse
import signal

from smscx_client.sandbox.server import API_KEY, CREDIT, Sandbox


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m smscx_client.sandbox", description="A local server for tests.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on, 0 for a free one (%(default)s)")
    parser.add_argument("--api-key", action="append", help=f"a key to accept, more than once for more ({API_KEY})")
    parser.add_argument("--generation", choices=["2022-10", "2023-02"], default="2023-02", help="of the API")
    parser.add_argument("--credit", type=float, default=CREDIT, help="of the account (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the numbers to rent (%(default)s)")
    parser.add_argument(
        "--allow-any-callback", action="store_true", help="post webhooks to other machines too, not to loopback alone"
    )
    given = parser.parse_args()
    # As the first process of a container it would not end otherwise.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Sandbox(
            host=given.host,
            port=given.port,
            api_keys=given.api_key or (API_KEY,),
            generation=given.generation,
            credit=given.credit,
            seed=given.seed,
            allow_any_callback=given.allow_any_callback,
            log=True,
        ) as sandbox:
            print(f"listening on {sandbox.url}, API key {sandbox.api_key}; Ctrl-C ends it", flush=True)
            sandbox.wait()
    except ValueError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        print("ended")


if __name__ == "__main__":
    main()
