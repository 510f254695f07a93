"""The published clients accept every response of the sandbox. ``tox -e published`` installs them and runs this.

They are real clients of the service: their models reject a missing field and an unknown one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.routes import operations_of

SCRIPT = Path(__file__).parent / "published_client.py"
NOT_PUBLISHED = {"0.1.12": set[str](), "0.1.13": {"edit_rent_settings"}}


@pytest.mark.parametrize(("version", "api_version"), [("0.1.12", "2022-10"), ("0.1.13", "2023-02")])
def test_a_published_client_accepts_every_response(version: str, api_version: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(os.environ["PUBLISHED_CLIENTS"]) / version)}
    with Sandbox(api_version=api_version) as sandbox:  # type: ignore[arg-type]
        command = [sys.executable, SCRIPT, sandbox.url, sandbox.api_key]
        ran = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert ran.stderr == ""
    assert set(ran.stdout.split()) == set(operations_of(api_version)) - NOT_PUBLISHED[version]  # type: ignore[arg-type]
