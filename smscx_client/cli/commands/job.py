"""``smscx job``."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import click

from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import Failure
from smscx_client.exceptions import ApiExceptionBase

if TYPE_CHECKING:
    from smscx_client.journal.postgres import JobProgress


@click.command()
@click.argument("url")
@click.argument("name")
@click.option("--interval", type=click.FloatRange(0.1), default=1.0, show_default=True, help="Seconds between updates.")
def job(url: str, name: str, interval: float) -> None:
    """Show the progress of a bulk lookup job in a PostgreSQL database.

    On a terminal it is updated until Ctrl-C; otherwise it is printed once, as JSON. URL is the connection string of the
    database, such as postgresql://host/jobs. Put a password into PGPASSFILE or a service file, not into the URL.
    """
    try:
        if not sys.stdout.isatty():
            click.echo(json.dumps(_read(url, name)._asdict()))
            return
        from rich.live import Live  # slow to import, and not needed in a pipe

        with Live(_line(_read(url, name)), auto_refresh=False) as live:
            while True:
                time.sleep(interval)
                live.update(_line(_read(url, name)), refresh=True)
    except ImportError as missing:
        raise click.UsageError(str(missing)) from None
    except ApiExceptionBase as failure:
        raise Failure(ExitCode.USAGE, f"{failure}") from None


def _read(url: str, name: str) -> JobProgress:
    from smscx_client.journal import job_progress  # psycopg is an extra

    return job_progress(url, name)


def _line(progress: JobProgress) -> str:
    budget = "" if progress.max_cost is None else f" of at most {progress.max_cost:g}"
    return (
        f"{progress.numbers:,} numbers in {progress.batches:,} batches: {progress.finished:,} finished,"
        f" {progress.open:,} open. Cost {progress.cost:g}{budget}, {progress.reserved:g} reserved."
        f" Workers: {progress.workers}"
    )
