"""Stubs of the API modules. Part of ``docs/build.py``.

What a method returns depends on its options. The stub has one overload for each return type.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from types import ModuleType

OVERLOADS = {
    "{}": (
        "_return_http_data_only: Literal[True] = True",
        "_preload_content: Literal[True] = True",
        "async_req: Literal[False] = False",
    ),
    "ApiResponse[{}]": ("_return_http_data_only: Literal[False]",),
    "BaseHTTPResponse": ("_preload_content: Literal[False]",),
    "AsyncResult[{}]": ("async_req: Literal[True]",),
}
"""Return types, and the options that select each. ``{}`` stands for the return type in the method's own signature."""
MAX_LINE_LENGTH = 120
IMPORTS = """\
from multiprocessing.pool import AsyncResult
from typing import Literal, overload

from typing_extensions import Unpack
from urllib3 import BaseHTTPResponse

from smscx_client.api_client import ApiClient, ApiResponse, RequestOptions
"""


def stub(module: ModuleType) -> str:
    """Return the stub of a module: its operations, and its class with the overloads of each method."""
    tree = ast.parse(inspect.getsource(module))
    operations = [node for node in tree.body if isinstance(node, ast.AnnAssign)]
    (api,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    lines = [f"{ast.unparse(node.target)}: {ast.unparse(node.annotation)}" for node in operations]
    body = "\n".join([*lines, *([""] if lines else []), *_class(api), ""])
    imports = f"{IMPORTS}{_imports(tree, body)}"
    return f"# Built by docs/build.py from {module.__name__}.\n\n{imports}\n{body.replace('models.', '')}"


def _class(api: ast.ClassDef) -> Iterator[str]:
    yield f"class {api.name}:"
    yield "    api_client: ApiClient"
    for method in api.body:
        if isinstance(method, ast.FunctionDef):
            yield from _overloads(method)


def _imports(tree: ast.Module, body: str) -> str:
    names = set(re.findall(r"\w+", body)) - set(re.findall(r"\w+", IMPORTS))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    imports = {node.module: [alias.name for alias in node.names if alias.name in names] for node in imported}
    imports["smscx_client.models"] = sorted(set(re.findall(r"\bmodels\.(\w+)", body)), key=str.casefold)
    return "".join(_import(module or "", used) for module, used in sorted(imports.items()) if used)


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}\n"
    if len(line) <= MAX_LINE_LENGTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")", ""])


def _overloads(method: ast.FunctionDef) -> Iterator[str]:
    returns = ast.unparse(method.returns) if method.returns else ""
    if method.name == "__init__":
        yield from _signature(method, _parameters(method.args), returns)
        return
    for template, options in OVERLOADS.items():
        yield "    @overload"
        star = [] if method.args.kwonlyargs else ["*"]
        parameters = [*_parameters(method.args), *star, *options, "**options: Unpack[RequestOptions]"]
        yield from _signature(method, parameters, template.format(returns))


def _signature(method: ast.FunctionDef, parameters: Iterable[str], returns: str) -> Iterator[str]:
    yield f"    def {method.name}("
    yield from (f"        {parameter}," for parameter in parameters)
    yield f"    ) -> {returns}: ..."


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    defaults = [None] * (len(arguments.args) - len(arguments.defaults)) + list(arguments.defaults)
    yield from map(_parameter, arguments.args, defaults)
    if arguments.kwonlyargs:
        yield "*"
    yield from map(_parameter, arguments.kwonlyargs, arguments.kw_defaults)


def _parameter(argument: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(argument) + (f" = {ast.unparse(default)}".replace("'", '"') if default else "")
