"""Documentation: the built files are up to date, every link resolves, and every example runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import build
from smscx_client import ApiClient
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.server import APPLICATION_ID, APPLICATION_SECRET
from support.documents import DOCS, ROOT, run, snippets

pytestmark = [pytest.mark.program, pytest.mark.example]
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))
LOOKUP_COST = "Each valid number costs money; the price is not known beforehand."
PAID_CALLS = {  # by example: operations that cost money, in order
    "get_single_lookup_status": ["lookup_number"],
    "lookup_number": ["lookup_number"],
    "lookup_numbers": ["lookup_numbers"],
    "quickstart": ["lookup_number", "rent_number", "renew_rent", "rent_number"],
    "renew_rent": ["renew_rent"],
    "rent_number": ["rent_number"],
}
GUIDES = sorted(DOCS.glob("*.md"))
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def test_the_built_files_are_up_to_date() -> None:
    stale = [str(path.relative_to(ROOT)) for path in build.stale_files()]
    assert stale == [], "run python docs/build.py"


@pytest.fixture
def account() -> Iterator[Sandbox]:
    """A sandbox that stands for the account of the user, with a rental that received an SMS, and a bulk lookup."""
    with Sandbox(api_keys=["their-key"]) as sandbox, ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        offer = api.get_available_numbers("FR").data[-1]
        rent_id = api.rent_number(RentNumberRequest(offer.number_id, 30)).info.rent_id
        sandbox.receive_sms(rent_id, "+33612246450", "hello")
        api.lookup_numbers(NumbersLookupRequest(["+33612246450"]))
        sandbox.advance(minutes=1)
        yield sandbox


def credentials(account: Sandbox) -> dict[str, str]:
    return {
        "SMSCX_HOST": account.url,
        "SMSCX_API_KEY": "their-key",
        "SMSCX_APPLICATION_ID": APPLICATION_ID,
        "SMSCX_APPLICATION_SECRET": APPLICATION_SECRET,
    }


def charges(account: Sandbox) -> list[str]:
    """Return the paid operations of the account, without those of the fixture."""
    return [entry.operation for entry in account.ledger[2:] if entry.amount > 0]


@pytest.mark.parametrize("environment", ["empty", "hostile"])
@pytest.mark.parametrize("example", ["get_access_token", "quickstart", "service"])
def test_an_example_runs_in_its_own_sandbox_whatever_the_environment_has(
    example: str, environment: str, account: Sandbox
) -> None:
    check_example(DOCS / "examples" / f"{example}.py", environment, account)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_does_not_use_the_account_of_the_environment(example: Path, account: Sandbox) -> None:
    """An example that connects in its own way, and not as the three that the test above runs, is found here."""
    check_example(example, "configured", account)


def check_example(example: Path, environment: str, account: Sandbox) -> None:
    requests = len(account.requests)
    variables = {
        "empty": {},
        "configured": credentials(account),
        "hostile": {**credentials(account), "SMSCX_ALLOW_PAID_CALLS": "none", "SMSCX_ACCESS_TOKEN": "a\nb"},
    }[environment]
    ran = run(example, "--yes", **variables)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert bool(ran.stdout) == (example.stem != "service")
    assert "Traceback" not in ran.stdout
    assert len(account.requests) == requests


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_live_example_shows_each_cost_and_pays_what_yes_accepts(example: Path, account: Sandbox) -> None:
    requests, credit = len(account.requests), account.credit
    ran = run(example, "--live", "--yes", **credentials(account))
    assert ran.returncode == 0, ran.stderr
    assert (len(account.requests) > requests) == (example.stem != "service")
    expected = PAID_CALLS.get(example.stem, [])
    shown = ran.stderr.splitlines()
    assert len(shown) == len(expected)
    assert charges(account) == expected
    for line, operation in zip(shown, expected, strict=True):
        assert (line == LOOKUP_COST) == operation.startswith("lookup")
    prices = [float(match[1]) for line in shown if (match := re.search(r"costs ([\d.]+) in the account's", line))]
    rentals = [entry.amount for entry in account.ledger[2:] if entry.operation in {"rent_number", "renew_rent"}]
    assert prices == pytest.approx([amount for amount in rentals if amount > 0])
    if not expected:
        assert account.credit >= credit


@pytest.mark.parametrize("example", PAID_CALLS)
def test_a_live_example_that_cannot_ask_pays_nothing(example: str, account: Sandbox) -> None:
    ran = run(DOCS / "examples" / f"{example}.py", "--live", **credentials(account))
    assert ran.returncode == 1
    assert (
        "Cannot ask for confirmation: standard input is not a terminal. The call was not sent. Pass --yes."
        in ran.stderr
    )
    assert "costs" in ran.stderr.partition("Cannot")[0]
    assert "Traceback" not in ran.stderr
    assert charges(account) == []


@pytest.mark.parametrize("example", PAID_CALLS)
def test_the_switch_against_paid_calls_holds_for_live_examples(example: str, account: Sandbox) -> None:
    environment = {**credentials(account), "SMSCX_ALLOW_PAID_CALLS": "0"}
    ran = run(DOCS / "examples" / f"{example}.py", "--live", "--yes", **environment)
    assert (ran.returncode, "SMSCX_ALLOW_PAID_CALLS does not allow this" in ran.stderr) == (1, True)
    assert charges(account) == []


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX terminal")
@pytest.mark.parametrize(("reply", "paid"), [("y\n", ["rent_number"]), ("\n", []), ("no\n", []), ("\x04", [])])
def test_a_live_example_asks_on_a_terminal_before_it_pays(reply: str, paid: list[str], account: Sandbox) -> None:
    import pty

    terminal, end = pty.openpty()
    command = [sys.executable, str(DOCS / "examples" / "rent_number.py"), "--live"]
    environment = dict(os.environ) | credentials(account)
    with subprocess.Popen(command, stdin=end, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as ran:
        os.close(end)
        os.write(terminal, reply.encode())
        output, errors = ran.communicate(timeout=60)
    os.close(terminal)
    assert b"costs" in errors.partition(b"Continue? [y/N] ")[0]
    assert (ran.returncode, b"rent_id" in output) == ((0, True) if paid else (1, False))
    assert (b"Aborted. The call was not sent." in errors) == (not paid)
    assert charges(account) == paid


@pytest.mark.parametrize(
    ("example", "variable"), [("validate_number", "SMSCX_API_KEY"), ("get_access_token", "SMSCX_APPLICATION_ID")]
)
def test_a_live_example_without_a_credential_says_which_to_set(example: str, variable: str) -> None:
    ran = run(DOCS / "examples" / f"{example}.py", "--live")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert re.fullmatch(rf"--live needs .*{variable}.*\n", ran.stderr)


def test_an_example_that_forgets_to_ask_cannot_pay(account: Sandbox) -> None:
    script = "from service import connect\nwith connect() as api: api.lookup_number('+33612246450')"
    python_path = os.pathsep.join([str(DOCS / "examples"), os.environ.get("PYTHONPATH", "")])
    ran = run(script, "--live", "--yes", **credentials(account), PYTHONPATH=python_path)
    assert "allow_paid_calls is False. Nothing was sent." in ran.stderr
    assert (ran.returncode, charges(account)) == (1, [])


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
    assert marks <= {" run", " test", " flask", " django", " fastapi", " celery"}
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


def test_the_pytest_example_of_the_sandbox_guide_passes(pytester: pytest.Pytester) -> None:
    (test_file,) = snippets(DOCS / "sandbox.md", " test")
    pytester.makepyfile(test_file)
    loaded = ["-p", "no:smscx_sandbox", "-p", "smscx_client.pytest_plugin"]
    pytester.runpytest_subprocess(*loaded, "-q").assert_outcomes(passed=1)
