"""A progress bar, on standard error, where somebody sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from smscx_client.cli.output import Format


@contextmanager
def progress_bar(what: str, total: int, output: Format | None) -> Generator[Callable[[int], None]]:
    """A bar that is gone when the block ends. There is none where it would mix with rows, or go into a file.

    Returns:
        A function that takes how much is done.
    """
    rows_on_terminal = sys.stdout.isatty() and output in ("json", "csv")
    if rows_on_terminal or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # slow to import, and a pipe needs none
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, redirect_stdout=False) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)
