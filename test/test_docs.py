"""Documentation: the built files are up to date, every link resolves, and every example runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import build
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.sandbox import Sandbox

pytestmark = pytest.mark.program
ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))
GUIDES = sorted(DOCS.glob("*.md"))
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def run(script: Path | str, warnings: str = "error", **environment: str) -> subprocess.CompletedProcess[str]:
    arguments = [str(script)] if isinstance(script, Path) else ["-c", script]
    return subprocess.run(
        [sys.executable, "-W", warnings, *arguments],
        capture_output=True,
        check=False,
        env=dict(os.environ) | environment,
        text=True,
        timeout=60,
    )


def test_the_built_files_are_up_to_date() -> None:
    stale = [str(path.relative_to(ROOT)) for path in build.stale_files()]
    assert stale == [], "run python docs/build.py"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_in_its_own_sandbox_by_default(example: Path) -> None:
    ran = run(example)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert bool(ran.stdout) == (example.stem != "service")
    assert "Traceback" not in ran.stdout


@pytest.mark.parametrize("example", ["quickstart", "validate_number", "get_rented_numbers"])
def test_an_example_calls_the_service_if_the_environment_has_an_api_key(example: str) -> None:
    with Sandbox(api_keys=["their-key"]) as service:
        ran = run(DOCS / "examples" / f"{example}.py", SMSCX_HOST=service.url, SMSCX_API_KEY="their-key")
        assert (ran.returncode, ran.stderr) == (0, "")
        assert len(service.requests) > 0


def test_every_method_has_an_example() -> None:
    methods = {name for name in vars(NumbersApi) if not name.startswith("_")} | {"get_access_token"}
    assert {path.stem for path in EXAMPLES} == methods | {"quickstart", "service"}


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page: those of its ``<a>`` tags, and of its headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = set(re.findall(r'<a id="([^"]+)">', page.read_text(encoding="utf-8")))
    plain = [re.sub(r"<[^>]*>|[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in headings]
    return named | {name.lower() for name in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_relative_link_resolves(page: Path) -> None:
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
def test_a_readme_snippet_runs(snippet: str) -> None:
    with Sandbox(api_keys=["YOUR_API_KEY"]) as service:
        ran = run(snippet, SMSCX_HOST=service.url, SMSCX_API_KEY="YOUR_API_KEY")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    "snippet",
    [
        pytest.param(snippet, id=f"{page.stem}-{index}")
        for page in GUIDES
        for index, snippet in enumerate(snippets(page, " run"), start=1)
    ],
)
def test_a_snippet_of_a_guide_runs(snippet: str) -> None:
    with Sandbox(api_keys=["YOUR_API_KEY"]) as service:
        ran = run(snippet, SMSCX_HOST=service.url, SMSCX_API_KEY="YOUR_API_KEY")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("page", GUIDES, ids=lambda path: path.stem)
def test_a_guide_is_linked_from_the_readme_and_all_its_code_is_tested(page: Path) -> None:
    marks = set(re.findall(r"^```python(.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert marks <= {" run", " test", " flask", " django", " fastapi", " celery", " dask"}
    assert f"](docs/{page.name})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_celery_tasks_of_the_concurrency_guide_run_in_a_worker(tmp_path: Path) -> None:
    (tasks,) = snippets(DOCS / "concurrency.md", " celery")
    (tmp_path / "tasks.py").write_text(tasks, encoding="utf-8")
    use = """
from celery.contrib.testing.worker import start_worker
from tasks import app, rent, validate
from smscx_client.api.numbers_api import NumbersApi

offer = NumbersApi().get_available_numbers("FR").data[0]
with start_worker(app, perform_ping_check=False):
    assert validate.delay("+33612246450").get(timeout=20) == "FR"
    rent_id = rent.delay(offer.number_id, 7).get(timeout=20)
assert [rented.rent_id for rented in NumbersApi().get_rented_numbers().data] == [rent_id]
"""
    with Sandbox(api_keys=["YOUR_API_KEY"]) as service:
        environment = {"SMSCX_HOST": service.url, "SMSCX_API_KEY": "YOUR_API_KEY", "PYTHONPATH": str(tmp_path)}
        ran = run(use, warnings="default", **environment)
    assert ran.returncode == 0, ran.stderr


def test_the_dask_example_of_the_bulk_guide_returns_the_results_of_a_single_run(tmp_path: Path) -> None:
    (parts,) = snippets(DOCS / "bulk.md", " dask")
    (tmp_path / "parts.py").write_text(parts, encoding="utf-8")
    use = """
import sys
from parts import look_up, look_up_in_parts

if __name__ == "__main__":
    numbers = [f"+336122{number:05}" for number in range(46450, 46480)] + ["none", "+33600000008"]
    spread = [look_up_in_parts(numbers, 5, sys.argv[1]) for _ in range(2)]
    assert spread == [look_up(numbers, sys.argv[1] + "/whole.journal")] * 2
"""
    (tmp_path / "use.py").write_text(use, encoding="utf-8")
    with Sandbox(api_keys=["YOUR_API_KEY"]) as service:
        environment = {"SMSCX_HOST": service.url, "SMSCX_API_KEY": "YOUR_API_KEY"}
        command = [sys.executable, str(tmp_path / "use.py"), str(tmp_path)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=dict(os.environ) | environment, text=True) as ran:
            while ran.poll() is None:
                service.finish_lookups()
                time.sleep(0.05)
            assert ran.stderr is not None
            assert (ran.returncode, ran.stderr.read()) == (0, "")
        assert len(service.ledger) == 7  # six parts, which the second run does not pay for again, and the single run


def test_the_pytest_example_of_the_sandbox_guide_passes(pytester: pytest.Pytester) -> None:
    (test_file,) = snippets(DOCS / "sandbox.md", " test")
    pytester.makepyfile(test_file)
    loaded = ["-p", "no:smscx_sandbox", "-p", "smscx_client.pytest_plugin"]
    pytester.runpytest_subprocess(*loaded, "-q").assert_outcomes(passed=1)
