"""Phone numbers from arguments, files and standard input."""

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
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is a prefix of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SPREADSHEET = b"PK\x03\x04"


class NumbersSource(NamedTuple):
    """The arguments and options that say where the phone numbers of a command are."""

    arguments: tuple[str, ...]
    file: str | None
    column: str | None
    encoding: str | None

    @property
    def from_standard_input(self) -> bool:
        """Whether some of the numbers are read from standard input."""
        return STANDARD_INPUT in (*self.arguments, self.file)

    def read(self) -> list[str]:
        """Return all numbers in order.

        Raises:
            click.UsageError: there are no numbers, or the input has another format.
            OSError: the file cannot be read.
        """
        numbers = [number for argument in self.arguments for number in self._read_argument(argument)]
        if self.file is not None:
            numbers += self._read_file(self.file)
        elif self.column is not None and STANDARD_INPUT not in self.arguments:
            raise click.UsageError("--column needs a CSV file. Pass it with --file, or pass - for standard input.")
        if not numbers:
            raise click.UsageError("No phone numbers given. Pass them as arguments, or use --file.")
        return numbers

    def _read_argument(self, argument: str) -> list[str]:
        if argument == STANDARD_INPUT:
            return self._read_file(STANDARD_INPUT)
        return [argument] if argument.strip() else []

    def _read_file(self, file: str) -> list[str]:
        content = sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()
        text = _decode(content, self.encoding)
        if self.column is not None:
            return list(_read_column(text, self.column))
        if Path(file).suffix.lower() in (".csv", ".tsv"):
            raise click.UsageError(f"{file} is a CSV file. Pass --column with the name or number of a column.")
        lines = (line.partition("#")[0].strip() for line in StringIO(text, newline=None))
        return [line for line in lines if line]


def numbers_options(command: Command) -> Command:
    """Add the arguments and options of :class:`NumbersSource` to a command."""
    for decorate in (
        click.option("--encoding", help="Encoding of the file. Default: its byte order mark, otherwise UTF-8."),
        click.option("--column", help="Column of a CSV file, by name, or by number starting at 1."),
        click.option(
            "--file", type=click.Path(), metavar="PATH", help="File with one number per line; # starts a comment."
        ),
        click.argument("numbers", nargs=-1, metavar="[NUMBERS]..."),
    ):
        command = decorate(command)
    return command


def _decode(content: bytes, encoding: str | None) -> str:
    if content.startswith(_SPREADSHEET):
        raise click.UsageError("The file is a spreadsheet. Save it as CSV.")
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    try:
        return content.decode(encoding or marked or "utf-8")
    except LookupError:
        raise click.UsageError(f"Unknown encoding {encoding!r}. Pass a name such as utf-8 or cp1252.") from None
    except UnicodeDecodeError as error:
        if encoding is not None or marked is not None:
            message = f"The file is not valid {error.encoding}. Pass its encoding with --encoding."
            raise click.UsageError(message) from None
        return content.decode("cp1252", "replace")  # Windows default; digits and most headers are the same in others


def _read_column(text: str, column: str) -> Iterator[str]:
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        filled = (row for row in rows if any(cell.strip() for cell in row))
        no_header: list[str] = []
        header = next(filled, no_header)
        index = _index_by_name(header, column)
        if index is None:
            index = _index_by_number(header, column)
            if any(map(str.isdigit, header[index])):
                yield header[index].strip()  # a phone number: the file has no header
        for row in filled:
            if number := "".join(row[index : index + 1]).strip():
                yield number
    except csv.Error as error:
        raise click.UsageError(f"Line {rows.line_num} of the file is not valid CSV: {error}") from None


def _index_by_name(header: Sequence[str], column: str) -> int | None:
    names = [name.strip().casefold() for name in header]
    found = [index for index, name in enumerate(names) if name == column.strip().casefold()]
    if len(found) > 1:
        raise click.UsageError(f"Several columns are named {column!r}. Pass the number of the column instead.")
    return found[0] if found else None


def _index_by_number(header: Sequence[str], column: str) -> int:
    if column.isdecimal() and 1 <= int(column) <= len(header):
        return int(column) - 1
    raise click.UsageError(f"Unknown column {column!r}; valid columns: {', '.join(header) or 'none'}")
