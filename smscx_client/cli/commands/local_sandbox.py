"""``smscx sandbox``."""

from __future__ import annotations

from typing import Any

import click

from smscx_client.cli.messages import print_message


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port; 0 selects a free one."
)
@click.option("--api-version", type=click.Choice(["2022-10", "2023-02"]), help="API version. Default: 2023-02.")
@click.option("--credit", type=float, help="Credit of the account, in its currency.")
@click.option("--seed", type=int, help="Seed of the available numbers and the IDs.")
def sandbox(**options: Any) -> None:
    """Run a local server that behaves like the service, until Ctrl-C.

    Open its URL in a browser to see and control the account. The server logs each request to standard error.
    `python -m smscx_client.sandbox --help` lists more options.
    """
    try:
        from smscx_client.sandbox import Sandbox  # slow to import, and few commands need it
    except ModuleNotFoundError as error:
        raise click.UsageError(str(error)) from None
    try:
        running = Sandbox(log=True, **{name: value for name, value in options.items() if value is not None})
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with running:
        print_message(f"Listening on {running.url}. Press Ctrl-C to stop.")
        print_message(
            "Open the URL in a browser to see and control the account. Set these variables for other commands:"
        )
        click.echo(f"SMSCX_HOST={running.url} SMSCX_API_KEY={running.api_key}")
        running.serve_forever()
