"""Documentation: the built files are up to date, every link resolves, and every example runs."""

from __future__ import annotations

import doctest
import os
import pkgutil
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, get_type_hints

import pytest

import build
import smscx_client
import terminal
from smscx_client import ApiClient, api_client
from smscx_client.api import numbers_api
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.sandbox import Sandbox
from support import postgres
from support.documents import DOCS, ROOT, anchors, run, snippets

pytestmark = [pytest.mark.program, pytest.mark.example]
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))
QUICKSTART = DOCS / "examples" / "quickstart.py"
INDEX = DOCS / "index.md"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


NEEDED_MODULES = {
    "otel": ("opentelemetry.instrumentation", "wrapt"),
    "data": ("pandas", "dask", "psycopg"),
    "spark": ("pyspark", "pandas", "psycopg"),
    "tools": ("pandas", "polars", "fastapi"),
}


class Block(NamedTuple):
    """A Python block of a page, the mark of what it needs, and what the page says it prints."""

    page: Path
    index: int
    mark: str
    code: str
    prints: str | None


def pasted() -> Iterator[Block]:
    for page in PAGES:
        fences = re.findall(r"^ *```(\w*)(.*)\n((?:.*\n)*?) *```$", page.read_text(encoding="utf-8"), re.MULTILINE)
        index = 0
        for (language, mark, code), (following, _, text) in pairwise([*fences, ("", "", "")]):
            if language == "python":
                index += 1
                prints = text if following == "text" else None
                yield Block(page, index, mark.strip(), textwrap.dedent(code), prints)


def block_id(block: Block) -> str:
    return f"{block.page.stem}-{block.index}"


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
    }


def charges(account: Sandbox) -> list[str]:
    """Return the paid operations of the account, without those of the fixture."""
    return [entry.operation for entry in account.ledger[2:] if entry.amount > 0]


@pytest.mark.parametrize("block", list(pasted()), ids=block_id)
def test_a_block_runs_as_pasted_into_an_empty_file_and_pays_nothing(block: Block, tmp_path: Path) -> None:
    """Also if the environment has the credential of an account: paid calls use a sandbox of the block."""
    file = tmp_path / "pasted.py"
    file.write_text(block.code, encoding="utf-8")
    with Sandbox(api_keys=["YOUR_API_KEY"]) as account:
        environment = {
            "SMSCX_HOST": account.url,
            "SMSCX_API_KEY": "YOUR_API_KEY",
            "SMSCX_WEBHOOK_TOKEN": "a" * 43,
        }
        for module in NEEDED_MODULES.get(block.mark, ()):
            pytest.importorskip(module)
        if block.mark in {"data", "spark"}:
            environment["JOBS_URL"] = postgres.empty_database()
        warnings = "error" if block.mark in {"", "run"} else "ignore"
        ran = run(file, warnings=warnings, folder=tmp_path, **environment)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert account.ledger == []
    assert (block.prints or ran.stdout) == ran.stdout


@pytest.mark.parametrize("environment", ["empty", "hostile"])
def test_the_quickstart_runs_in_a_sandbox_whatever_the_environment_has(environment: str, account: Sandbox) -> None:
    requests = len(account.requests)
    hostile = {**credentials(account), "SMSCX_ALLOW_PAID_CALLS": "none", "SMSCX_ACCESS_TOKEN": "a\nb"}
    ran = run(QUICKSTART, "--yes", **(hostile if environment == "hostile" else {}))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "482913" in ran.stdout
    assert len(account.requests) == requests


def test_a_live_quickstart_shows_each_cost_and_pays_what_yes_accepts(account: Sandbox) -> None:
    ran = run(QUICKSTART, "--live", "--yes", **credentials(account))
    assert ran.returncode == 0, ran.stderr
    shown = ran.stderr.splitlines()
    assert charges(account) == ["lookup_number", "rent_number", "renew_rent", "rent_number"]
    assert shown[0] == "Each valid number costs money; the price is not known beforehand."
    prices = [float(match[1]) for line in shown if (match := re.search(r"costs ([\d.]+) in the account's", line))]
    assert prices == pytest.approx([entry.amount for entry in account.ledger[3:] if entry.amount > 0])


def test_a_live_quickstart_that_cannot_ask_pays_nothing(account: Sandbox) -> None:
    ran = run(QUICKSTART, "--live", **credentials(account))
    assert ran.returncode == 1
    assert "Cannot ask for confirmation: standard input is not a terminal. The call was not sent." in ran.stderr
    assert "Traceback" not in ran.stderr
    assert charges(account) == []


def test_the_switch_against_paid_calls_holds_for_a_live_quickstart(account: Sandbox) -> None:
    ran = run(QUICKSTART, "--live", "--yes", **credentials(account), SMSCX_ALLOW_PAID_CALLS="0")
    assert (ran.returncode, "SMSCX_ALLOW_PAID_CALLS does not allow" in ran.stderr) == (1, True)
    assert charges(account) == []


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX terminal")
@pytest.mark.parametrize(("reply", "paid"), [("y\n" * 4, 4), ("\n", 0), ("y\nno\n", 1), ("\x04", 0)])
def test_a_live_quickstart_asks_on_a_terminal_before_it_pays(reply: str, paid: int, account: Sandbox) -> None:
    import pty

    terminal, end = pty.openpty()
    environment = dict(os.environ) | credentials(account)
    command = [sys.executable, str(QUICKSTART), "--live"]
    with subprocess.Popen(command, stdin=end, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as ran:
        os.close(end)
        os.write(terminal, reply.encode())
        _, errors = ran.communicate(timeout=60)
    os.close(terminal)
    assert b"costs" in errors.partition(b"Continue? [y/N] ")[0]
    assert ran.returncode == (0 if paid == 4 else 1)
    assert (b"Aborted. The call was not sent." in errors) == (paid < 4)
    assert len(charges(account)) == paid


def test_a_live_quickstart_without_a_credential_says_which_to_set() -> None:
    ran = run(QUICKSTART, "--live")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "--live needs a credential. Set SMSCX_API_KEY" in ran.stderr


def test_every_method_has_an_example() -> None:
    methods = {name for name in vars(NumbersApi) if not name.startswith("_")} | {"get_access_token"}
    assert {path.stem for path in EXAMPLES} == methods | {"quickstart"}


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


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda path: path.stem)
def test_a_page_is_in_the_contents_of_the_site(page: Path) -> None:
    name = page.relative_to(DOCS).with_suffix("").as_posix()
    contents = re.findall(r"^```{toctree}\n(.*?)^```$", INDEX.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    patterns = ["index", "model/*", *"\n".join(contents).split()]
    assert any(fnmatch(name, pattern) for pattern in patterns)


def test_every_public_module_is_in_the_reference() -> None:
    modules = {
        module.name
        for module in pkgutil.iter_modules(smscx_client.__path__, "smscx_client.")
        if not module.name.startswith("smscx_client._")
    }
    own_pages = {"api", "apis", "cli", "model", "models", "pytest_plugin", "schema_types"}
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    documented = set(re.findall(r"automodule:: (\S+)", pages))
    assert modules - documented == {f"smscx_client.{name}" for name in own_pages}


def test_the_images_of_the_command_line_show_what_it_prints() -> None:
    assert terminal.stale_images() == [], "run python docs/terminal.py"


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


@pytest.mark.parametrize("module", [smscx_client, numbers_api, api_client], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_print_what_they_show(module: ModuleType) -> None:
    with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
        variables = {"api": NumbersApi(client), "client": client}
        failed, attempted = doctest.testmod(module, extraglobs=variables, optionflags=doctest.ELLIPSIS)
    assert failed == 0
    assert attempted > 0


def test_help_explains_every_per_call_option() -> None:
    names = get_type_hints(api_client.CallOptions)
    assert [name for name in names if f"``{name}``" not in (api_client.CallOptions.__doc__ or "")] == []
