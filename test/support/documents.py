"""The README and the guides: their code, and programs that run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"


def run(
    script: Path | str, *options: str, warnings: str = "error", folder: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    arguments = [str(script)] if isinstance(script, Path) else ["-c", script]
    return subprocess.run(
        [sys.executable, "-W", warnings, *arguments, *options],
        capture_output=True,
        check=False,
        cwd=folder,
        env=dict(os.environ) | environment,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        timeout=60,
    )


def snippets(page: Path, mark: str = "") -> list[str]:
    return re.findall(
        rf"^```python{mark}\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page: those of its ``<a>`` tags, and of its headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = set(re.findall(r'<a id="([^"]+)">', page.read_text(encoding="utf-8")))
    plain = [re.sub(r"<[^>]*>|[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in headings]
    return named | {name.lower() for name in plain}
