"""The published package: reproducible, complete, and usable in an empty environment. ``tox -e package`` runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import time
import venv
from configparser import ConfigParser
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
USE = """
import smscx_client
from smscx_client.api.numbers_api import NumbersApi

with smscx_client.ApiClient(smscx_client.Configuration("http://127.0.0.1:9", "a key", retries=0)) as client:
    try:
        NumbersApi(client).validate_number("+33612246450")
    except smscx_client.ApiConnectionException as exception:
        print(smscx_client.__version__)
"""


def run(*command: str | Path, **options: str | Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    completed = subprocess.run(command, capture_output=True, check=False, text=True, env=environment, **options)  # type: ignore[call-overload]
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return str(completed.stdout)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[list[Path]]:
    """Build the package twice, from separate clones, and return the files of each build."""
    folder = tmp_path_factory.mktemp("package")
    for name in ("first", "second"):
        run("git", "clone", "-q", ROOT, folder / name)
        run(sys.executable, "-m", "build", "-q", "--outdir", folder / f"{name}-dist", folder / name)
        time.sleep(2)  # so that a build time in the files, which has a resolution of 1 or 2 seconds, differs
    return [sorted((folder / f"{name}-dist").iterdir()) for name in ("first", "second")]


def test_two_builds_are_identical(built: list[list[Path]]) -> None:
    first, second = ({path.name: sha256(path.read_bytes()).hexdigest() for path in files} for files in built)
    assert first == second
    assert len(first) == 2


def test_the_wheel_contains_only_the_package(built: list[list[Path]]) -> None:
    names = ZipFile(built[0][0]).namelist()
    tracked = run("git", "ls-files", "smscx_client", cwd=ROOT).splitlines()
    assert sorted(name for name in names if ".dist-info/" not in name) == sorted(tracked)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_source_distribution_contains_no_tests_and_builds_the_same_wheel(
    built: list[list[Path]], tmp_path: Path
) -> None:
    wheel, source = built[0]
    with tarfile.open(source) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
        archive.extractall(tmp_path, filter="data") if sys.version_info >= (3, 12) else archive.extractall(tmp_path)
    assert tops == {
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "smscx_client",
        "smscx_client.egg-info",
    }
    run(sys.executable, "-m", "build", "-q", "--wheel", "--outdir", tmp_path, next(tmp_path.iterdir()))
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_pypi_accepts_the_package_and_renders_its_readme(built: list[list[Path]]) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", *built[0])
    run(sys.executable, "-m", "check_wheel_contents", built[0][0])


def minimum_versions() -> list[str]:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return [re.sub(r">=([^,]+).*", r"==\1", line) for line in setup["options"]["install_requires"].split()]


def test_the_commands_of_the_readme_work_on_a_fresh_clone(
    built: list[list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install, quickstart, tests = re.findall(
        r"^```shell\n(.*)\n```$", (ROOT / "README.md").read_text(), flags=re.MULTILINE
    )
    run("git", "clone", "-q", ROOT, tmp_path / "clone")
    monkeypatch.setenv("TOXENV", "lint")  # the other environments would run this test again
    assert "482913" in run("bash", "-c", quickstart, cwd=tmp_path / "clone")
    assert "lint: OK" in run("bash", "-c", tests, cwd=tmp_path / "clone")
    monkeypatch.setenv("PIP_FIND_LINKS", str(built[0][0].parent))
    venv.create(tmp_path / "environment", with_pip=True)
    assert "1.0.0" in run("bash", "-c", f". environment/bin/activate && {install} && pip list", cwd=tmp_path)


@pytest.mark.parametrize("versions", [[], minimum_versions()], ids=["newest", "minimum"])
def test_the_package_works_in_an_empty_environment_without_warnings(
    versions: list[str], built: list[list[Path]], tmp_path: Path
) -> None:
    venv.create(tmp_path, with_pip=True)
    python = tmp_path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, "-m", "pip", "install", "-q", built[0][0], *versions)
    version = run(python, "-W", "error", "-c", USE, cwd=tmp_path).strip()
    assert f"-{version}-" in built[0][0].name
