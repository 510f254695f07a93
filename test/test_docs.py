"""Documentation: built from the code, every link resolves, every example runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.sandbox import Sandbox

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def run(script: Path | str, **environment: str) -> subprocess.CompletedProcess[str]:
    arguments = [str(script)] if isinstance(script, Path) else ["-c", script]
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        capture_output=True,
        check=False,
        env=dict(os.environ) | environment,
        text=True,
        timeout=60,
    )


def builder() -> Any:
    spec = spec_from_file_location("build", DOCS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_built_pages_are_what_the_code_says() -> None:
    stale = [str(path.relative_to(ROOT)) for path in builder().stale()]
    assert stale == [], "run python docs/build.py"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_in_a_sandbox_of_its_own(example: Path) -> None:
    ran = run(example)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert bool(ran.stdout) == (example.stem != "service")
    assert "Traceback" not in ran.stdout


@pytest.mark.parametrize("example", ["quickstart", "validate_number", "get_rented_numbers"])
def test_with_a_key_in_the_environment_an_example_calls_that_service(example: str) -> None:
    with Sandbox(api_keys=["their-key"]) as service:
        ran = run(DOCS / "examples" / f"{example}.py", SMSCX_HOST=service.url, SMSCX_API_KEY="their-key")
        assert (ran.returncode, ran.stderr) == (0, "")
        assert len(service.requests) > 0


def test_every_method_has_an_example() -> None:
    methods = {name for name in vars(NumbersApi) if not name.startswith("_")} | {"get_access_token"}
    assert {path.stem for path in EXAMPLES} == methods | {"quickstart", "service"}


def anchors(page: Path) -> set[str]:
    """The anchors of a page: those it names, and its headings in lower case."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = set(re.findall(r'<a id="([^"]+)">', page.read_text(encoding="utf-8")))
    plain = [re.sub(r"<[^>]*>|[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in headings]
    return named | {name.lower() for name in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https://") or target == "#":
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked), target


def snippets(page: Path, mark: str = "") -> list[str]:
    return re.findall(
        rf"^```python{mark}\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize("snippet", snippets(ROOT / "README.md"), ids=lambda text: text.splitlines()[-1][:40])
def test_a_snippet_of_the_readme_runs(snippet: str) -> None:
    with Sandbox(api_keys=["YOUR_API_KEY"]) as service:
        ran = run(snippet, SMSCX_HOST=service.url, SMSCX_API_KEY="YOUR_API_KEY")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("snippet", snippets(DOCS / "sandbox.md", " run"))
def test_a_snippet_of_the_sandbox_guide_runs(snippet: str) -> None:
    ran = run(snippet)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_test_file_of_the_sandbox_guide_passes(pytester: pytest.Pytester) -> None:
    (test_file,) = snippets(DOCS / "sandbox.md", " test")
    pytester.makepyfile(test_file)
    loaded = ["-p", "no:smscx_sandbox", "-p", "smscx_client.pytest_plugin"]
    pytester.runpytest_subprocess(*loaded, "-q").assert_outcomes(passed=1)
