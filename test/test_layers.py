"""Architecture: imports run downwards, modules stay small, and importing the package stays cheap."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import smscx_client
from smscx_client.api import numbers_api, oauth_api

PACKAGE = Path(smscx_client.__file__).parent
LAYERS = [
    {"_version", "_clock", "_typing", "_log_output", "_one_time_codes", "exceptions"},
    {"_argument_checks", "_display"},
    {"http_info", "configuration", "_field_types", "_pydantic_schema"},
    {"model_utils"},
    {"schema_types"},
    {"operation", "model", "models"},
    {"_request", "_transport"},
    {"api_client"},
    {"api", "apis"},
    {"pagination", "webhooks", "telemetry", "_polling", "_e164"},
    {"waiting", "outcome"},
    {"journal"},
    {"bulk", "idempotency"},
    {"", "sandbox", "dataframe"},
    {"cli", "__main__", "pytest_plugin"},
]
"""Components of the package, the lowest first. A component imports from lower layers and from its own."""


def component(module: str) -> str:
    return module.removeprefix("smscx_client").lstrip(".").partition(".")[0]


def imports(path: Path) -> set[str]:
    """Return the modules of the package that a file imports at run time, inside functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "smscx_client":
            modules = {f"{node.module}.{name.name}" for name in node.names} & FILES.keys()
            found |= modules or {node.module}
    return found


def layer_of(module: str) -> int:
    return next(index for index, components in enumerate(LAYERS) if component(module) in components)


FILES = {
    path.relative_to(PACKAGE.parent).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


@pytest.mark.parametrize("module", [module for module in FILES if not module.startswith("smscx_client.sandbox")])
def test_imports_run_downwards(module: str) -> None:
    layer = layer_of(module)
    for imported in imports(FILES[module]):
        assert layer_of(imported) <= layer, imported


def test_there_is_no_import_cycle() -> None:
    graph = {module: imports(path) & FILES.keys() for module, path in FILES.items()}
    while leaves := [module for module, needed in graph.items() if not needed]:
        for leaf in leaves:
            del graph[leaf]
        graph = {module: needed - set(leaves) for module, needed in graph.items()}
    assert graph == {}


def test_the_sandbox_shares_no_code_with_the_request_path() -> None:
    shared = {imported for module, path in FILES.items() if ".sandbox" in module for imported in imports(path)}
    assert {module for module in shared if ".sandbox" not in module} <= {
        "smscx_client.configuration",
        "smscx_client._typing",
    }


@pytest.mark.parametrize("api", [numbers_api.NumbersApi, oauth_api.OauthApi])
def test_an_endpoint_method_has_at_most_8_lines_besides_its_docstring(api: type) -> None:
    tree = ast.parse(Path(sys.modules[api.__module__].__file__ or "").read_text(encoding="utf-8"))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    methods = [node for node in body if isinstance(node, ast.FunctionDef) and node.name != "__init__"]
    for method in methods:
        docstring = method.body[0]
        own = (method.end_lineno or 0) - method.lineno + 1 - ((docstring.end_lineno or 0) - docstring.lineno + 1)
        assert own <= 8, method.name
        assert ast.get_docstring(method)


@pytest.mark.parametrize("path", sorted((PACKAGE / "model").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_a_model_has_at_most_3_lines_per_field(path: Path) -> None:
    (model,) = (node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef))
    fields = [node for node in model.body if isinstance(node, ast.AnnAssign)]
    if fields:
        assert (model.end_lineno or 0) - fields[0].lineno + 1 <= 3 * len(fields)


def test_importing_loads_only_what_a_call_needs() -> None:
    code = (
        "import sys, urllib3; before = set(sys.modules); import smscx_client.api.numbers_api;"
        "print(*set(sys.modules) - before)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, encoding="utf-8", env=environment
    )
    loaded = ran.stdout.split()
    needless = {
        "dateutil",
        "inspect",
        "dataclasses",
        "pprint",
        "multiprocessing",
        "certifi",
        "urllib.request",
        "werkzeug",
        "sqlite3",
    }
    assert needless.isdisjoint(loaded)
    assert [module for module in loaded if module.startswith("smscx_client.model.")] == []
    assert "smscx_client.models" not in loaded
