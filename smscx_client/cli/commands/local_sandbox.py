"""``smscx sandbox``."""

from __future__ import annotations

from typing import Any

import click

from smscx_client.cli.messages import say


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--generation", type=click.Choice(["2022-10", "2023-02"]), help="Of the API; 2023-02 if left out.")
@click.option("--credit", type=float, help="What the account has, in its currency.")
@click.option("--seed", type=int, help="The same seed gives the same numbers to rent, and the same ids.")
def sandbox(**options: Any) -> None:
    """Run a local server that behaves like the service, until Ctrl-C.

    It writes a line for each request to standard error. `python -m smscx_client.sandbox --help` has more options.
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
        say(f"listening on {running.url}; Ctrl-C ends it. For the other commands:")
        click.echo(f"SMSCX_HOST={running.url} SMSCX_API_KEY={running.api_key}")
        running.wait()
