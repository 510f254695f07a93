"""What a killed process leaves on disk: the files of a journal, as they are at that moment."""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from support.client_internals import files_of

_MAGIC = bytes.fromhex("d9d505f920a163d7")
_SECTOR = 512


class CrashImage:
    """A copy of the files of a journal.

    Args:
        path: The journal.
    """

    def __init__(self, path: Path) -> None:
        self._files = {file: file.read_bytes() if file.exists() else None for file in files_of(path)}
        self._path = path

    def restore(self) -> None:
        """Put the files back. The file of the journal keeps its inode, if it exists."""
        for file, content in self._files.items():
            if content is None:
                file.unlink(missing_ok=True)
            else:
                file.write_bytes(content)

    def interrupted_by(self, after: CrashImage) -> CrashImage:
        """Return what a commit leaves that was interrupted when every page was written, and the rollback journal left.

        Args:
            after: The files after the commit.
        """
        image = CrashImage(self._path)
        database, journal = files_of(self._path)
        before = self._files[database] or b""
        image._files = {database: after._files[database], journal: _rollback_journal(before)}
        return image

    def intents(self) -> list[dict[str, Any]]:
        """Return what the journal has recorded, without opening its files."""
        with tempfile.TemporaryDirectory() as directory:
            copy = Path(directory) / "copy"
            for (_, content), file in zip(self._files.items(), files_of(copy), strict=True):
                if content is not None:
                    file.write_bytes(content)
            with closing(sqlite3.connect(copy)) as database:
                database.row_factory = sqlite3.Row
                return [dict(row) for row in database.execute("SELECT * FROM intent")]


def _rollback_journal(before: bytes) -> bytes:
    """Return a rollback journal that restores a database, in the format that SQLite documents."""
    page_size = int.from_bytes(before[16:18], "big")
    pages = [before[start : start + page_size] for start in range(0, len(before), page_size)]
    nonce = 7
    header = _MAGIC + struct.pack(">IIIII", len(pages), nonce, len(pages), _SECTOR, page_size)
    records = [
        struct.pack(">I", number) + page + struct.pack(">I", (nonce + _sampled(page)) % 2**32)
        for number, page in enumerate(pages, start=1)
    ]
    return header.ljust(_SECTOR, b"\0") + b"".join(records)


def _sampled(page: bytes) -> int:
    """Return the sum of the bytes that the checksum of a page covers: every 200th from its end."""
    return sum(page[offset] for offset in range(len(page) - 200, 0, -200))
