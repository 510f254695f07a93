"""Lookup results as CSV and XLSX files."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

COLUMNS = (
    "phoneNumber", "lookupId", "status", "statusDescription", "cost", "countryIso", "countryName", "mcc", "mccmnc",
    "ported", "roaming", "datetime",
)  # fmt: skip  # one column per line would not be clearer


def to_csv(results: list[dict[str, Any]]) -> bytes:
    """Return a CSV file with a header and one line per result."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(_row(result) for result in results)
    return file.getvalue().encode()


def to_xlsx(results: list[dict[str, Any]]) -> bytes:
    """Return a workbook of one sheet, with a header and one row per result."""
    from openpyxl import Workbook  # takes 0.1 s to import, and only exports need it

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Lookups")
    sheet.append(COLUMNS)
    for result in results:
        sheet.append(_row(result))
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def _row(result: dict[str, Any]) -> list[Any]:
    return [result[column] for column in COLUMNS]
