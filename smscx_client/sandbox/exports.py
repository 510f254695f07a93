"""Results of lookups as files."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

COLUMNS = (
    "phoneNumber", "lookupId", "status", "statusDescription", "cost", "countryIso", "countryName", "mcc", "mccmnc",
    "ported", "roaming", "datetime",
)  # fmt: skip  # one column a line says no more


def to_csv(results: list[dict[str, Any]]) -> bytes:
    """A header and a line for each result."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(result) for result in results)
    return text.getvalue().encode()


def to_xlsx(results: list[dict[str, Any]]) -> bytes:
    """A workbook with one sheet: a header and a row for each result."""
    from openpyxl import Workbook  # a tenth of a second to import, for who exports

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
