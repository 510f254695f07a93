"""The stubs of the API modules: what a method returns depends on its options, which its own signature cannot say.

Part of ``python docs/build.py``.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from types import ModuleType

VARIANTS = {
    "{}": (
        "_return_http_data_only: Literal[True] = True",
        "_preload_content: Literal[True] = True",
        "async_req: Literal[False] = False",
    ),
    "HttpAnswer[{}]": ("_return_http_data_only: Literal[False]",),
    "BaseHTTPResponse": ("_preload_content: Literal[False]",),
    "AsyncResult[{}]": ("async_req: Literal[True]",),
}
"""What a method returns, with the options that make it so; the braces are what its own signature says."""
IMPORTS = """\
from multiprocessing.pool import AsyncResult
from typing import Literal, overload

from typing_extensions import Unpack
from urllib3 import BaseHTTPResponse

from smscx_client.api_client import ApiClient, HttpAnswer, RequestOptions
"""


def stub(module: ModuleType) -> str:
    """The text of a module's stub: its operations, and each method of its class once for each kind of return."""
    tree = ast.parse(inspect.getsource(module))
    (api,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    operations = [node for node in tree.body if isinstance(node, ast.AnnAssign)]
    methods = [node for node in api.body if isinstance(node, ast.FunctionDef)]
    body = "\n".join(
        [
            *(f"{ast.unparse(node.target)}: {ast.unparse(node.annotation)}" for node in operations),
            *([""] if operations else []),
            f"class {api.name}:",
            "    api_client: ApiClient",
            *(line for method in methods for line in _overloads(method)),
            "",
        ]
    )
    return f"# Built by docs/build.py from {module.__name__}.\n\n{IMPORTS}{_imports(tree, body)}\n{body}"


def _imports(tree: ast.Module, body: str) -> str:
    words = set(re.findall(r"\w+", body)) - set(re.findall(r"\w+", IMPORTS))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    used = {node.module: [alias.name for alias in node.names if alias.name in words] for node in imported}
    return "".join(f"from {name} import {', '.join(names)}\n" for name, names in sorted(used.items()) if names)


def _overloads(method: ast.FunctionDef) -> Iterator[str]:
    returns = ast.unparse(method.returns) if method.returns else ""
    if method.name == "__init__":
        yield from _signature(method, _parameters(method.args), returns)
        return
    for variant, options in VARIANTS.items():
        yield "    @overload"
        star = [] if method.args.kwonlyargs else ["*"]
        parameters = [*_parameters(method.args), *star, *options, "**options: Unpack[RequestOptions]"]
        yield from _signature(method, parameters, variant.format(returns))


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
