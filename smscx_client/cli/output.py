"""Standard output: rows as JSON lines, as CSV, or as a table for people."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TextIO, TypeVar, cast

import click

from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import Failure, printable, say
from smscx_client.model_utils import Model, Nested

if TYPE_CHECKING:
    from io import TextIOWrapper

    from rich.table import Table

Format = Literal["table", "json", "csv"]
Row = Mapping[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])

ENDLESS = 10_000
"""Characters in a line of a table that no terminal shows."""
_IN_ONE_PIECE = ("Id", "input", "phoneNumber", "rentEnd")
"""Ends of the names of what is to be read, or copied, in one piece."""
# JSON may hold them as they are, and yet readers of lines, terminals or UTF-8 do not take them so.
_TO_ESCAPE = r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]"


class ReaderGone(click.exceptions.Exit):
    """Whoever read standard output has closed it, as ``head`` does. There is nobody to tell."""

    def __init__(self) -> None:
        super().__init__(ExitCode.READER_GONE)


class Column(NamedTuple):
    """A column of a table."""

    header: str
    path: str
    """Names of the API, joined by dots."""
    width: int | None = None
    """Characters, where rows are shown as they come; what the rows need where None."""


class Layout(NamedTuple):
    """How the rows of a command look."""

    model: type[Model]
    """Its fields are the columns of CSV."""
    columns: tuple[Column, ...] = ()
    """Of a table; where there are none, each field of a row is shown on a line of its own."""
    leading: tuple[str, ...] = ()
    """What a row has before the model's fields."""


class Rows(Protocol):
    """Where the rows of a command go."""

    def write(self, row: Row) -> None:
        """Show a row, perhaps at the end."""
        ...

    def end(self) -> None:
        """Show what was not shown yet."""
        ...


def output_option(command: Command) -> Command:
    """Give a command the option ``--output``."""
    return click.option(
        "--output",
        type=click.Choice(["table", "json", "csv"]),
        help="Format of the output; a table on a terminal, JSON lines in a pipe.",
    )(command)


@contextmanager
def rows_to(output: Format | None, layout: Layout) -> Generator[Rows]:
    """Where rows can be written. What was written is shown, however the block ends.

    Raises:
        ReaderGone: standard output was closed by who read it.
    """
    stream = prepared(sys.stdout)
    chosen = output or ("table" if stream.isatty() else "json")
    rows: Rows = _WRITERS[chosen](stream, layout)
    with _reader_may_go():
        try:
            yield rows
        finally:
            rows.end()
            stream.flush()


def print_row(output: Format | None, layout: Layout, row: Row) -> None:
    """Show what one call returned. Where it cannot be written it is said, as it may have been paid.

    Raises:
        ReaderGone: standard output was closed by who read it.
        Failure: it cannot be written.
    """
    try:
        with rows_to(output, layout) as rows:
            rows.write(row)
    except ReaderGone:
        say(f"nobody reads the answer: {_line(row)}")
        raise
    except OSError as error:
        raise Failure(ExitCode.FILE, f"{error}. The answer is {_line(row)}") from error


def part_of(answer: Model, name: str) -> Row:
    """The part of an answer that has a name, as a row; the whole where there is none, for it may have been paid."""
    whole = answer._object()
    part = whole.get(name)
    return cast("Row", part) if isinstance(part, dict) else whole


def row_of(model: Model, **leading: object) -> dict[str, Any]:
    """A model as a row: with the names of the API, and with all that the service sent."""
    return {**leading, **model._object()}


def prepared(stream: TextIO) -> TextIO:
    """The stream, so that it takes any text, gives each line at once, and is UTF-8 in a pipe on every system."""
    text = cast("TextIOWrapper", stream)
    if not stream.isatty():
        text.reconfigure(encoding="utf-8", newline="\n")
    text.reconfigure(errors="backslashreplace", line_buffering=True)
    return stream


@contextmanager
def _reader_may_go() -> Generator[None]:
    try:
        yield
    except OSError as error:
        if not (error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would try again at its end
        raise ReaderGone from None


class _JsonLines:
    def __init__(self, stream: TextIO, _: Layout) -> None:
        self._stream = stream

    def write(self, row: Row) -> None:
        self._stream.write(_line(row) + "\n")

    def end(self) -> None:
        pass


class _Csv:
    def __init__(self, stream: TextIO, layout: Layout) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._paths = [*layout.leading, *_paths(layout.model)]
        self._writer.writerow(self._paths)

    def write(self, row: Row) -> None:
        self._writer.writerow([_csv_cell(_at(row, path)) for path in self._paths])

    def end(self) -> None:
        pass


class _Table:
    """A table for people; on a terminal, it is as wide as that."""

    def __init__(self, stream: TextIO, layout: Layout) -> None:
        from rich.console import Console  # slow to import, and only tables need it

        self._stream = stream
        width = None if stream.isatty() else ENDLESS
        self._console = Console(file=stream, width=width)
        self._columns = layout.columns
        self._rows: list[Row] = []

    def write(self, row: Row) -> None:
        if not self._columns:
            self._stream.writelines(_fields(row))
        elif self._at_once and self._too_wide(_table(self._columns, [row], with_header=True)):
            self._show_fields(row, self._columns)
        elif self._at_once:
            self._show(_table(self._columns, [row], with_header=not self._rows))
            self._rows = [row]
        else:
            self._rows.append(row)

    def end(self) -> None:
        if self._rows and not self._at_once:
            used = [column for column in self._columns if any(_at(row, column.path) is not None for row in self._rows)]
            table = _table(used, self._rows, with_header=True)
            if not self._too_wide(table):
                self._show(table)
                return
            for row in self._rows:
                self._show_fields(row, used)

    def _too_wide(self, table: Table) -> bool:
        """Whether the terminal is too narrow for what must stay in one piece."""
        return table.__rich_measure__(self._console, self._console.options).minimum > self._console.width

    def _show_fields(self, row: Row, columns: Sequence[Column]) -> None:
        self._stream.writelines(_fields({column.header: _at(row, column.path) for column in columns}))
        self._stream.write("\n")

    def _show(self, table: Table) -> None:
        with self._console.capture() as shown:  # the console itself would end the program where the reader has gone
            self._console.print(table)
        self._stream.writelines(shown.get().splitlines(keepends=True))

    @property
    def _at_once(self) -> bool:
        return any(column.width is not None for column in self._columns)


_WRITERS: Mapping[str, Callable[[TextIO, Layout], Rows]] = {"json": _JsonLines, "csv": _Csv, "table": _Table}


def _table(columns: Sequence[Column], rows: Sequence[Row], *, with_header: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=with_header, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        whole = column.path.endswith(_IN_ONE_PIECE)
        table.add_column(column.header, width=column.width, overflow="fold", no_wrap=whole)
    for row in rows:
        table.add_row(*(Text(_shown(_at(row, column.path))) for column in columns))
    return table


def _fields(row: Row) -> Iterator[str]:
    """A line for each field. A terminal breaks long ones itself, and they can be copied in one piece all the same."""
    width = max(map(len, row), default=0)
    return (f"{printable(name):<{width}}  {_shown(value)}\n" for name, value in row.items())


def _line(row: Row) -> str:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return re.sub(_TO_ESCAPE, lambda found: f"\\u{ord(found[0]):04x}", text)


def _paths(model: type[Model]) -> Iterator[str]:
    """The fields of a model; those of a model in it one by one."""
    for field in model.fields.values():
        if isinstance(field.kind, Nested):
            yield from (f"{field.wire}.{path}" for path in _paths(field.kind.model))
        else:
            yield field.wire


def _at(row: object, path: str) -> object:
    for name in path.split("."):
        row = cast("Row", row).get(name) if isinstance(row, Mapping) else None
    return row


def _csv_cell(value: object) -> object:
    if value is None or isinstance(value, (str, int, float)):
        return str(value).lower() if isinstance(value, bool) else value
    return json.dumps(value, ensure_ascii=False)


def _shown(value: object) -> str:
    """A value as a cell of a table: costs by days are shown short."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_shown, cast("list[object]", value)))
    if not isinstance(value, dict):
        return printable(str(value))
    known = cast("dict[str, object]", value)
    if known.keys() == {"days", "cost"}:
        return f"{_shown(known['days'])} d {_shown(known['cost'])}"
    return ", ".join(f"{printable(name)} {_shown(part)}" for name, part in known.items())
