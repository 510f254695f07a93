"""Progress bar on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from smscx_client.cli.layout import Format


@contextmanager
def progress_bar(label: str, total: int, output: Format | None) -> Generator[Callable[[int], None]]:
    """Show a progress bar until the block ends, unless it would mix with rows or be written to a file.

    Yields:
        A function to call with the number of completed items.
    """
    rows_on_terminal = sys.stdout.isatty() and output in ("json", "csv")
    if rows_on_terminal or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # slow to import, and not needed in a pipe
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, redirect_stdout=False) as progress:
        task = progress.add_task(label, total=total)
        yield lambda completed: progress.update(task, completed=completed)
