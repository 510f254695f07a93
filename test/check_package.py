"""The published package: reproducible, complete, and usable in an empty environment. ``tox -e package`` runs it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import time
import venv
from configparser import ConfigParser
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from readme_renderer import markdown

from support.documents import anchors

REPOSITORY = "https://github.com/smscx/smscx-api-python-library"
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
    completed = subprocess.run(command, capture_output=True, check=False, encoding="utf-8", env=environment, **options)  # type: ignore[call-overload]
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


@pytest.fixture(scope="module")
def unpacked(built: list[list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the source distribution, and return its folder."""
    folder = tmp_path_factory.mktemp("source")
    with tarfile.open(built[0][1]) as archive:
        archive.extractall(folder, filter="data") if sys.version_info >= (3, 12) else archive.extractall(folder)
    return next(folder.iterdir())


def test_the_source_distribution_contains_the_docs_and_tests_and_builds_the_same_wheel(
    built: list[list[Path]], unpacked: Path, tmp_path: Path
) -> None:
    tracked = {path for path in run("git", "ls-files", cwd=ROOT).splitlines() if not path.startswith(".")}
    files = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert {path for path in files if ".egg-info/" not in path} == tracked | {"PKG-INFO"}
    run(sys.executable, "-m", "build", "-q", "--wheel", "--outdir", tmp_path, unpacked)
    assert (tmp_path / built[0][0].name).read_bytes() == built[0][0].read_bytes()


def test_the_tests_of_the_source_distribution_pass(unpacked: Path, tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=True)
    python = tmp_path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, "-m", "pip", "install", "-q", "-r", "test-requirements.txt", ".[sandbox,cli]", cwd=unpacked)
    files = [f"test/test_{name}.py" for name in ("contract", "errors", "model_utils", "request")]  # tox runs the others
    ran = run(python, "-m", "pytest", "-q", *files, cwd=unpacked)
    assert int(re.findall(r"(\d+) passed", ran)[0]) > 100


def test_pypi_accepts_the_package_and_renders_its_readme(built: list[list[Path]]) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", *built[0])
    run(sys.executable, "-m", "check_wheel_contents", built[0][0])


def description(wheel: Path) -> str:
    """Return the README as PyPI renders it."""
    name = next(name for name in ZipFile(wheel).namelist() if name.endswith(".dist-info/METADATA"))
    metadata = message_from_bytes(ZipFile(wheel).read(name), policy=policy.default)
    rendered = markdown.render(metadata.get_content())
    assert rendered is not None
    return rendered


def test_every_link_of_the_readme_works_on_pypi(built: list[list[Path]], unpacked: Path) -> None:
    targets = re.findall(r' (?:href|src)="([^"]*)"', description(built[0][0]))
    ours = re.compile(re.escape(REPOSITORY) + r"/(?:blob|raw)/v[\d.]+/([^#]*)(?:#(.*))?")
    linked = [match for target in targets if (match := ours.fullmatch(target))]
    assert len(linked) > 90
    for match in linked:
        page = unpacked / match[1]
        assert page.exists(), match[0]
        if match[2]:
            assert match[2] in anchors(page), match[0]
    assert [target for target in targets if not target.startswith(("https://", "#user-content-"))] == []


def minimum_versions() -> list[str]:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return [re.sub(r">=([^,]+).*", r"==\1", line) for line in setup["options"]["install_requires"].split()]


def test_the_commands_of_the_readme_work_on_a_fresh_clone(
    built: list[list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install, quickstart, tests = re.findall(
        r"^```shell\n(.*)\n```$", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE
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


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / ".conda" / "recipe.yaml").read_text(encoding="utf-8"))
    return loaded


def test_the_conda_recipe_requires_what_the_package_requires(built: list[list[Path]], recipe: dict[str, Any]) -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    python = f"python{setup['options']['python_requires']}"
    required = {python, *setup["options"]["install_requires"].split(), *setup["options.extras_require"]["cli"].split()}
    assert {line.replace(" ", "") for line in recipe["requirements"]["run"]} == required
    assert f"-{recipe['context']['version']}-" in built[0][0].name


def test_the_tests_of_the_conda_recipe_pass(built: list[list[Path]], recipe: dict[str, Any], tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=True)
    commands = Path(tmp_path / ("Scripts" if os.name == "nt" else "bin"))
    run(commands / "python", "-m", "pip", "install", "-q", f"{built[0][0]}[cli]")
    python, script = recipe["tests"]
    for module in python["python"]["imports"]:
        run(commands / "python", "-c", f"import {module}")
    for command in ("python -m pip check", *script["script"]):
        program, *arguments = shlex.split(command)
        run(commands / program, *arguments, cwd=tmp_path)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the files of a release in a clone, and return their folder."""
    folder = tmp_path_factory.mktemp("release")
    run("git", "clone", "-q", ROOT, folder / "clone")
    run(sys.executable, folder / "clone" / ".ci" / "release.py", folder / "files")
    return folder / "files"


def test_a_release_has_the_files_that_were_checked(built: list[list[Path]], release: Path) -> None:
    assert [path.read_bytes() for path in sorted((release / "dist").iterdir())] == [
        path.read_bytes() for path in built[0]
    ]


def test_the_bill_of_materials_lists_the_package_and_all_that_it_installs(release: Path) -> None:
    text = (release / "sbom.cdx.json").read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["bomFormat"] == "CycloneDX"
    assert document["metadata"]["component"]["name"] == "smscx_client"
    names = {part["name"] for part in document["components"]}
    assert {"urllib3", "certifi", "python-dateutil"} <= names
    assert names <= {"urllib3", "certifi", "python-dateutil", "six", "tzdata"}
    assert all(part["purl"].endswith(part["version"]) for part in document["components"])
    assert str(release) not in text


@pytest.mark.parametrize("tag", ["v0.9.9", "1.0.0"])
def test_a_tag_that_is_not_the_version_is_refused(tag: str, tmp_path: Path) -> None:
    command = [sys.executable, ROOT / ".ci" / "release.py", tmp_path / "files", tag]
    completed = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    assert (completed.returncode, list(tmp_path.iterdir())) == (1, [])
    assert completed.stderr.startswith(f"The tag is {tag}, but the version is ")


def test_every_check_runs_in_the_workflows() -> None:
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    folder = ROOT / ".github" / "workflows"
    ci, released = (yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8")) for name in ("ci", "release"))
    checks = ci["jobs"]["checks"]["strategy"]["matrix"]["check"]
    assert set(checks) == {name for name in tox["tox"]["env_list"].split(", ") if not name.startswith("py3")}
    steps = [step for workflow in (ci, released) for job in workflow["jobs"].values() for step in job["steps"]]
    commands = {step["run"] for step in steps if "run" in step}
    assert {command for command in commands if not command.startswith("tox run -e ")} == {"python -m pip install tox"}
