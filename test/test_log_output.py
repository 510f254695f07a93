"""SMSCX_LOG: log output without code, once, and without secrets."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from smscx_client.sandbox import Sandbox
from support.documents import run
from support.scripted_server import Reply

pytestmark = pytest.mark.program

NUMBER = "33612246450"
CALLS = f"""
from smscx_client import ApiClient, Configuration, NumbersApi, ResourceNotFoundException
with ApiClient(Configuration(retries=1)) as client:
    api = NumbersApi(client)
    api.validate_number("{NUMBER}")
    try:
        api.get_rent_status("471ddea7-930c-49e8-8e99-2683834dd92e")
    except ResourceNotFoundException:
        pass
"""
CONFIGURED = {
    "root": "import logging, sys; logging.basicConfig(stream=sys.stdout)",
    "package": "import logging, sys; logging.getLogger('smscx_client').addHandler(logging.StreamHandler(sys.stdout))",
    "after the import": "import smscx_client, logging, sys; logging.basicConfig(stream=sys.stdout)",
}


def environment(sandbox: Sandbox, level: str) -> dict[str, str]:
    return {"SMSCX_HOST": sandbox.url, "SMSCX_API_KEY": sandbox.api_key, "SMSCX_LOG": level}


@pytest.mark.parametrize(("level", "lines"), [("debug", 2), ("DEBUG", 2), ("info", 0), ("", 0)])
def test_the_environment_switches_logging_on(level: str, lines: int, sandbox: Sandbox) -> None:
    done = run(CALLS, **environment(sandbox, level))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.count("\n") == lines
    assert (
        done.stderr.count("DEBUG smscx_client: validate_number: GET /numbers/validate/{phoneNumber}: 200") == lines / 2
    )
    assert NUMBER not in done.stderr
    assert sandbox.api_key not in done.stderr


def test_info_shows_retries_and_not_each_attempt(serve: Any) -> None:

    server = serve([Reply(503, headers={"Retry-After": "0"}), Reply(200), Reply(200)])
    done = run(CALLS, SMSCX_HOST=server.url, SMSCX_API_KEY="planted-key", SMSCX_LOG="info")
    assert "validate_number: attempt 1 of 2: 503; retrying in 0.00 s" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unknown_level_is_a_warning_and_calls_work(sandbox: Sandbox) -> None:
    done = run(CALLS, warnings="default", **environment(sandbox, "loud"))
    assert done.returncode == 0
    assert "SMSCX_LOG must be debug or info; nothing is logged" in done.stderr


@pytest.mark.parametrize("configure", CONFIGURED.values(), ids=CONFIGURED)
def test_a_program_that_configures_logging_gets_each_line_once(configure: str, sandbox: Sandbox) -> None:
    done = run(f"{configure}\n{CALLS}", **environment(sandbox, "debug"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("validate_number") == 1


def test_a_closed_standard_error_does_not_end_a_call(sandbox: Sandbox) -> None:
    done = run(f"import sys\nsys.stderr.close()\n{CALLS}", **environment(sandbox, "debug"))
    assert done.returncode == 0
    done = run(f"import sys\nsys.stderr = None\n{CALLS}\nprint('end')", **environment(sandbox, "debug"))
    assert (done.returncode, done.stdout) == (0, "end\n")


@pytest.mark.parametrize("level", ["", "debug"])
def test_verbose_commands_log_each_line_once(level: str, sandbox: Sandbox) -> None:
    command = [sys.executable, "-m", "smscx_client", "-v", "validate", NUMBER]
    variables = environment(sandbox, level)
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, env=variables)
    assert done.stderr.count("DEBUG smscx_client: validate_number") == 1
    assert NUMBER not in done.stderr
    assert NUMBER in done.stdout
