"""Standard output: rows as JSON Lines, as CSV, or as a table."""

from __future__ import annotations

import csv
import errno
import os
import re
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, cast

import click

from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.layout import Format, Layout, Row, RowWriter, field_paths, to_json, value_at
from smscx_client.cli.messages import Failure, escape_unprintable, print_message
from smscx_client.cli.tables import TableWriter

if TYPE_CHECKING:
    from io import TextIOWrapper

Command = TypeVar("Command", bound=Callable[..., Any])

# First characters, also in full width, at which a spreadsheet takes text for a formula.
_FORMULA = re.compile("[=+@\\-\t\r\n\uff1d\uff0b\uff0d\uff20]")
_E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)


class BrokenPipe(click.exceptions.Exit):
    """The process that read standard output closed it, as ``head`` does. The command ends without a message."""

    def __init__(self) -> None:
        super().__init__(ExitCode.BROKEN_PIPE)


def output_option(command: Command) -> Command:
    """Add the options ``--output`` and ``--json`` to a command."""
    as_json = click.option("--json", "output", flag_value="json", help="The same as --output json.")
    return click.option(
        "-o",
        "--output",
        type=click.Choice(["table", "json", "csv"]),
        help="Output format. Default: table on a terminal, JSON Lines in a pipe.",
    )(as_json(command))


@contextmanager
def row_writer(output: Format | None, layout: Layout) -> Generator[RowWriter]:
    """Open a writer of rows. Rows that were written are printed even if the block raises.

    Raises:
        BrokenPipe: the process that read standard output closed it.
    """
    stream = configure_stream(sys.stdout)
    chosen = output or ("table" if stream.isatty() else "json")
    rows: RowWriter = _WRITERS[chosen](stream, layout)
    with _detect_broken_pipe():
        try:
            yield rows
        finally:
            rows.close()
            stream.flush()


def print_row(output: Format | None, layout: Layout, row: Row) -> None:
    """Print the response to one call. If that fails, print it to standard error, because it may have been charged.

    Raises:
        BrokenPipe: the process that read standard output closed it.
        Failure: standard output cannot be written.
    """
    try:
        with row_writer(output, layout) as rows:
            rows.write(row)
    except BrokenPipe:
        print_message(f"Standard output was closed before the response was written: {to_json(row)}")
        raise
    except OSError as error:
        message = f"Cannot write the response to standard output: {error}. The response is {to_json(row)}"
        raise Failure(ExitCode.FILE, message) from error


def configure_stream(stream: TextIO) -> TextIO:
    """Make a stream accept any character, flush each line, and encode as UTF-8 in a pipe on every system."""
    text = cast("TextIOWrapper", stream)
    if not stream.isatty():
        text.reconfigure(encoding="utf-8", newline="\n")
    text.reconfigure(errors="backslashreplace", line_buffering=True)
    return stream


@contextmanager
def _detect_broken_pipe() -> Generator[None]:
    try:
        yield
    except OSError as error:
        if not (error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # otherwise Python writes again at exit
        raise BrokenPipe from None


class _JsonLinesWriter:
    def __init__(self, stream: TextIO, _: Layout) -> None:
        self._stream = stream

    def write(self, row: Row) -> None:
        self._stream.write(to_json(row) + "\n")

    def close(self) -> None:
        pass


class _CsvWriter:
    def __init__(self, stream: TextIO, layout: Layout) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._leading = layout.leading
        self._paths = [*field_paths(layout.model)]
        self._writer.writerow([*self._leading, *self._paths])

    def write(self, row: Row) -> None:
        cells = (_to_csv_cell(value_at(row, path)) for path in self._paths)
        self._writer.writerow([*(row.get(name) for name in self._leading), *cells])

    def close(self) -> None:
        pass


_WRITERS: Mapping[str, Callable[[TextIO, Layout], RowWriter]] = {
    "json": _JsonLinesWriter,
    "csv": _CsvWriter,
    "table": TableWriter,
}


def _to_csv_cell(value: object) -> object:
    if isinstance(value, str):
        quote = "'" if _FORMULA.match(value) and not _E164.fullmatch(value) else ""
        return quote + escape_unprintable(value)
    if value is None or isinstance(value, (int, float)):
        return str(value).lower() if isinstance(value, bool) else value
    return to_json(value)
