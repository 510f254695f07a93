"""Phone numbers from the command line, from files, and from standard input."""

from __future__ import annotations

import codecs
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

STANDARD_INPUT = "-"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as that of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SPREADSHEET = b"PK\x03\x04"


class NumbersSource(NamedTuple):
    """Where a command finds its phone numbers."""

    arguments: tuple[str, ...]
    file: str | None
    column: str | None
    encoding: str | None

    @property
    def from_standard_input(self) -> bool:
        """Whether some of the numbers are read from standard input."""
        return STANDARD_INPUT in (*self.arguments, self.file)

    def read(self) -> list[str]:
        """All numbers, in their order.

        Raises:
            click.UsageError: there are none, or the input cannot be read so.
            OSError: the file cannot be read.
        """
        numbers = [number for argument in self.arguments for number in self._named(argument)]
        if self.file is not None:
            numbers += self._read(self.file)
        elif self.column is not None and STANDARD_INPUT not in self.arguments:
            raise click.UsageError("--column is of a CSV file: give --file, or - for standard input")
        if not numbers:
            raise click.UsageError("no phone numbers: give some, or --file, or - for standard input")
        return numbers

    def _named(self, argument: str) -> list[str]:
        if argument == STANDARD_INPUT:
            return self._read(STANDARD_INPUT)
        return [argument] if argument.strip() else []

    def _read(self, file: str) -> list[str]:
        content = sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()
        text = _decoded(content, self.encoding)
        if self.column is not None:
            return list(_in_column(text, self.column))
        if Path(file).suffix.lower() in (".csv", ".tsv"):
            raise click.UsageError(f"{file} is CSV: say with --column, by name or number, where its phone numbers are")
        lines = (line.partition("#")[0].strip() for line in StringIO(text, newline=None))
        return [line for line in lines if line]


def numbers_options(command: Command) -> Command:
    """Give a command the arguments and options of a :class:`NumbersSource`."""
    for decorate in (
        click.option("--encoding", help="Of the file: UTF-8, or what its byte order mark says, if left out."),
        click.option("--column", help="The file is CSV, and this is the column: its name, or its number from 1."),
        click.option(
            "--file", type=click.Path(), metavar="PATH", help="File with a number a line; # begins a comment."
        ),
        click.argument("numbers", nargs=-1, metavar="[NUMBERS]..."),
    ):
        command = decorate(command)
    return command


def _decoded(content: bytes, encoding: str | None) -> str:
    if content.startswith(_SPREADSHEET):
        raise click.UsageError("the file is a spreadsheet: save it as CSV")
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    try:
        return content.decode(encoding or marked or "utf-8")
    except LookupError:
        raise click.UsageError(f"no encoding is called {encoding!r}") from None
    except UnicodeDecodeError as error:
        if encoding is not None or marked is not None:
            raise click.UsageError(f"the file is not in {error.encoding}") from None
        return content.decode("cp1252", "replace")  # digits and most headers are the same in what Windows writes


def _in_column(text: str, column: str) -> Iterator[str]:
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        filled = (row for row in rows if any(cell.strip() for cell in row))
        nothing: list[str] = []
        header = next(filled, nothing)
        index = _named(header, column)
        if index is None:
            index = _numbered(header, column)
            if any(map(str.isdigit, header[index])):
                yield header[index].strip()  # there is no header: it is a number
        for row in filled:
            if number := "".join(row[index : index + 1]).strip():
                yield number
    except csv.Error as error:
        raise click.UsageError(f"line {rows.line_num} of the file is no CSV: {error}") from None


def _named(header: Sequence[str], column: str) -> int | None:
    names = [name.strip().casefold() for name in header]
    found = [index for index, name in enumerate(names) if name == column.strip().casefold()]
    if len(found) > 1:
        raise click.UsageError(f"several columns are called {column!r}: give the column's number")
    return found[0] if found else None


def _numbered(header: Sequence[str], column: str) -> int:
    if column.isdecimal() and 1 <= int(column) <= len(header):
        return int(column) - 1
    raise click.UsageError(f"there is no column {column!r}; there are {', '.join(header) or 'none'}")
