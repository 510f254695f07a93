"""Tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO, cast

from smscx_client.cli.layout import Column, Layout, Row, to_json, value_at
from smscx_client.cli.messages import escape_line, escape_unprintable

if TYPE_CHECKING:
    from rich.table import Table

UNLIMITED_WIDTH = 10_000
"""Characters per line of a table in a pipe or file."""
_NO_WRAP_SUFFIXES = ("Id", "input", "phoneNumber", "rentEnd")
"""Path endings of columns that must not wrap, because users copy their values."""


class TableWriter:
    """Writes a table that fits the terminal, or one line per field if the terminal is too narrow."""

    def __init__(self, stream: TextIO, layout: Layout) -> None:
        from rich.console import Console  # slow to import, and only tables need it

        self._stream = stream
        self._console = Console(file=stream, width=None if stream.isatty() else UNLIMITED_WIDTH)
        self._columns = layout.columns
        self._streaming = any(column.width is not None for column in layout.columns)
        self._rows: list[Row] = []

    def write(self, row: Row) -> None:
        if not self._columns:
            self._stream.writelines(_format_fields(row))
        elif not self._streaming:
            self._rows.append(row)
        elif self._too_wide(_build_table(self._columns, [row], with_header=True)):
            self._print_fields(row, self._columns)
        else:
            self._print_table(_build_table(self._columns, [row], with_header=not self._rows))
            self._rows = [row]

    def close(self) -> None:
        if self._streaming or not self._rows:
            return
        used = [column for column in self._columns if any(value_at(row, column.path) is not None for row in self._rows)]
        table = _build_table(used, self._rows, with_header=True)
        if not self._too_wide(table):
            self._print_table(table)
            return
        for row in self._rows:
            self._print_fields(row, used)

    def _too_wide(self, table: Table) -> bool:
        """Return whether the terminal is too narrow for the columns that must not wrap."""
        return table.__rich_measure__(self._console, self._console.options).minimum > self._console.width

    def _print_fields(self, row: Row, columns: Sequence[Column]) -> None:
        self._stream.writelines(_format_fields({column.header: value_at(row, column.path) for column in columns}))
        self._stream.write("\n")

    def _print_table(self, table: Table) -> None:
        with self._console.capture() as captured:  # rich would exit the process itself on a broken pipe
            self._console.print(table)
        self._stream.writelines(captured.get().splitlines(keepends=True))


def _build_table(columns: Sequence[Column], rows: Sequence[Row], *, with_header: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=with_header, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        no_wrap = column.path.endswith(_NO_WRAP_SUFFIXES)
        table.add_column(column.header, width=column.width, overflow="fold", no_wrap=no_wrap)
    for row in rows:
        table.add_row(*(Text(_format_cell(value_at(row, column.path))) for column in columns))
    return table


def _format_fields(row: Row) -> Iterator[str]:
    """Yield one line per field, not wrapped: the terminal wraps long lines, and users can still copy them whole."""
    width = max(map(len, row), default=0)
    return (f"{escape_line(name):<{width}}  {escape_line(_format_cell(value))}\n" for name, value in row.items())


def _format_cell(value: object) -> str:
    try:
        return _format_value(value)
    except RecursionError:  # json follows values that are nested deeper
        return to_json(value)


def _format_value(value: object) -> str:
    """Return a value as the text of a table cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_format_value, cast("list[object]", value)))
    if not isinstance(value, dict):
        return escape_unprintable(str(value))
    fields = cast("dict[str, object]", value)
    if fields.keys() == {"days", "cost"}:
        return f"{_format_value(fields['days'])} d {_format_value(fields['cost'])}"
    return ", ".join(f"{escape_unprintable(name)} {_format_value(part)}" for name, part in fields.items())
