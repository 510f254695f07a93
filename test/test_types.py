"""Types: type checkers accept correct code and report each mistake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy import api

HERE = Path(__file__).parent


def errors(file: Path, cache: Path) -> list[tuple[int, str]]:
    """Return the lines that mypy --strict reports, with the error codes."""
    report, problems, _ = api.run(["--strict", "--cache-dir", str(cache), "--no-error-summary", str(file)])
    assert problems == ""
    found = re.findall(rf"^.*{re.escape(file.name)}:(\d+): error: .*\[([a-z-]+)\]$", report, flags=re.MULTILINE)
    assert len(found) == report.count(" error: ")
    return sorted({(int(line), code) for line, code in found})


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def test_correct_code_is_accepted_and_every_type_is_as_promised(cache: Path) -> None:
    assert errors(HERE / "user_code.py", cache) == []


def test_each_mistake_is_reported_on_its_line(cache: Path) -> None:
    file = HERE / "wrong_user_code.py"
    lines = enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
    expected = [(number, line.partition("# E: ")[2]) for number, line in lines if "# E: " in line]
    assert len(expected) > 15
    assert errors(file, cache) == expected
