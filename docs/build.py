"""Builds what follows from the code's declarations and docstrings: the pages in docs/api and docs/model, the lists in
README.md and docs/sandbox.md, and the stubs of the API modules.

Run ``python docs/build.py`` after a change; ``python docs/build.py --check`` writes nothing and names what is stale.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, cast

from samples import as_json, as_python
from smscx_client import models
from smscx_client.api import numbers_api, oauth_api
from smscx_client.error_response import exception_class
from smscx_client.model_utils import (
    Field,
    Format,
    Many,
    Model,
    Nested,
    Null,
    Range,
    Scalar,
    Since,
    Size,
    Until,
    kind_of,
)
from smscx_client.operation import Operation
from smscx_client.sandbox.numbering import MAGIC
from stubs import stub

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
LIMIT_HEADERS = "X-Request-Id, X-Response-Time, X-Rate-Limit-Limit, X-Rate-Limit-Remaining"
STATUSES = {
    200: ("OK", LIMIT_HEADERS),
    400: ("Bad Request", "-"),
    401: ("Unauthorized", "-"),
    403: ("Forbidden", "-"),
    404: ("Not Found", "-"),
    405: ("Method Not Allowed", "-"),
    429: ("Too Many Requests", "X-Rate-Limit-Limit, X-Rate-Limit-Remaining, X-Rate-Limit-Reset"),
    500: ("Internal Server Error", "-"),
}
REQUESTS = {
    value.body_type
    for value in cast("list[object]", list(vars(numbers_api).values()))
    if isinstance(value, Operation) and value.body_type
}
BACK = (
    "[[Back to top]](#) [[Back to API list]](../../README.md#available-methods)"
    " [[Back to Model list]](../../README.md#models) [[Back to README]](../../README.md)"
)


class Method(NamedTuple):
    """A method of an API class, and what is declared about it."""

    name: str
    function: Any
    operation: Operation[Any]
    summary: str
    description: str
    arguments: dict[str, str]
    returns: str
    raises: dict[str, str]


def methods_of(module: ModuleType, api: type) -> list[Method]:
    values: list[object] = list(vars(module).values())
    operations: dict[str, Operation[Any]] = {value.name: value for value in values if isinstance(value, Operation)}
    return [_method(name, function, operations[name]) for name, function in vars(api).items() if name in operations]


def _method(name: str, function: Any, operation: Operation[Any]) -> Method:
    text, *sections = re.split(r"\n\n(Args|Returns|Raises):\n", inspect.getdoc(function) or "")
    parts = dict(zip(sections[::2], sections[1::2], strict=True))
    summary, _, description = text.partition("\n\n")
    returns = inspect.cleandoc(parts.get("Returns", ""))
    return Method(
        name,
        function,
        operation,
        summary,
        _markdown(description),
        _entries(parts.get("Args", "")),
        _markdown(returns),
        _entries(parts.get("Raises", "")),
    )


def _entries(section: str) -> dict[str, str]:
    entries = re.findall(r"^(\w+): (.*(?:\n[ ]+.*)*)", textwrap.dedent(section), flags=re.MULTILINE)
    return {name: _markdown(text) for name, text in entries}


def _markdown(text: str) -> str:
    plain = re.sub(r":\w+:`~?(?:\w+\.)*(\w+)`", r"`\1`", text)
    return re.sub(r"\s+", " ", plain).replace("``", "`").strip()


def api_page(api: type, methods: list[Method]) -> str:
    rows = (
        f"[**{method.name}()**]({api.__name__}.md#{method.name}){' 💰' if method.operation.paid else ''}"
        f" | **{method.operation.method}** {method.operation.path} | {method.summary}"
        for method in methods
    )
    about = _markdown(re.split(r"\n\n(?:Args|Attributes):", inspect.getdoc(api) or "")[0])
    table = _table(("Method", "HTTP request", "Description"), rows)
    return f"# smscx_client.{api.__name__}\n\n{about}\n\n{table}\n\n" + "\n".join(map(_method_part, methods))


def _method_part(method: Method) -> str:
    operation = method.operation
    parameters = [name for name in inspect.signature(method.function).parameters if name not in ("self", "options")]
    required = [name for name in parameters if name in operation.path_names or name.endswith("_request")]
    blocks = [
        f"# **{method.name}()**{'<span>💰</span>' if operation.paid else ''}",
        f"> {_answer_name(operation)} {method.name}({', '.join(required)})",
        method.summary,
        method.description,
        _errors(method),
        f"### Example\n\n```python\n{(DOCS / 'examples' / f'{method.name}.py').read_text(encoding='utf-8')}```",
        _parameters(method, parameters, required),
        f"### Return type\n\n{_answer_link(operation)}\n\n{method.returns}",
        f"### Authorization\n\n{_authorization(operation)}",
        "### HTTP request headers",
        f" - **Content-Type**: {_content_type(operation)}\n - **Accept**: {operation.accept}",
        _responses(operation),
        f"### After a fault\n\n{_after_a_fault(operation)}",
        BACK,
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _errors(method: Method) -> str:
    errors = method.operation.errors
    if not errors:
        return ""
    rows = [
        f"| {error.status} | {error.code} | {error.type} | {error.meaning} "
        f"| {exception_class(error.status, error.type, error.code).__name__} |"
        for error in errors
    ]
    head = "| HTTP code | Error code | Type | Description | Exception |\n|:---:|:---:|:---:| --- | --- |\n"
    return f"### Errors for {method.operation.method} `{method.operation.path}`\n\n{head}" + "\n".join(rows)


def _parameters(method: Method, parameters: list[str], required: list[str]) -> str:
    if not parameters:
        return "### Parameters\n\nThis endpoint does not need any parameter."
    rows = [
        f" **{name}** | {_parameter_type(method, name)} | {method.arguments[name]} "
        f"| {'required' if name in required else 'optional'}"
        for name in parameters
    ]
    return "### Parameters\n\n" + _table(("Name", "Type", "Description", "Notes"), rows)


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join([" | ".join(head), " | ".join("-------------" for _ in head), *rows])


def _parameter_type(method: Method, name: str) -> str:
    annotation = method.function.__annotations__[name].removesuffix(" | None")
    if name.endswith("_request"):
        return f"[**{annotation}**](../model/{annotation}.md)"
    hint = {**method.operation.query, **method.operation.form}.get(name, str)
    return f"**{_type_text(hint)}**"


def _type_text(hint: object) -> str:
    return kind_of(hint)[0].name


def _answer_name(operation: Operation[Any]) -> str:
    return operation.answer_type.__name__


def _answer_link(operation: Operation[Any]) -> str:
    name = _answer_name(operation)
    return f"[**{name}**](../model/{name}.md)" if hasattr(models, name) else f"**{name}**"


def _authorization(operation: Operation[Any]) -> str:
    if operation.security == "application":
        return "HTTP Basic authentication with the application's id and secret: `username` and `password`"
    return "[ApiKeyAuth](../../README.md#ApiKeyAuth), [BearerAuth](../../README.md#BearerAuth)"


def _content_type(operation: Operation[Any]) -> str:
    if operation.form:
        return "application/x-www-form-urlencoded"
    return "application/json" if operation.body else "Not defined"


def _responses(operation: Operation[Any]) -> str:
    own = {error.status for error in operation.errors} | {200, 401, 500}
    statuses = own if operation.security == "application" else own | {403, 405, 429}
    rows = [f"**{status}** | {STATUSES[status][0]} | {STATUSES[status][1]} |" for status in sorted(statuses)]
    head = "### HTTP response details\n\n| Status code | Description | Response headers |\n"
    return f"{head}|-------------|-------------|------------------|\n" + "\n".join(rows)


def _after_a_fault(operation: Operation[Any]) -> str:
    if operation.repeatable:
        return "Sent again after connection errors, timeouts, and the statuses 429, 500, 502, 503 and 504."
    way = f"`{operation.find_out}()` tells what became of the call" if operation.find_out else "no other call tells"
    return (
        "Sent again only where the request surely never reached the service, or was turned away with 429. Otherwise"
        f" the exception has `outcome_unknown` set, and {way}."
    )


def model_page(name: str) -> str:
    model = getattr(models, name)
    meanings = dict(_field_docs(model))
    rows = [
        f"**{field.name}** | `{field.wire}` | {_kind_link(field)} | {meanings.get(field.name, '')} | {_notes(field)}"
        for field in model.fields.values()
    ]
    return (
        f"# {name}\n\n{_markdown(inspect.getdoc(model) or '')}\n\n"
        f"`from {model.__module__} import {name}`\n\n"
        + _table(("Name", "In JSON", "Type", "Description", "Notes"), rows)
        + f"\n\n## Example\n\n{_example(model)}"
        + "\n\n[[Back to Model list]](../../README.md#models) [[Back to API list]](../../README.md#available-methods)"
        " [[Back to README]](../../README.md)\n"
    )


def _example(model: type[Model]) -> str:
    return f"```python\n{as_python(model)}\n```" if model in REQUESTS else f"```json\n{as_json(model)}\n```"


def _field_docs(model: type) -> Iterator[tuple[str, str]]:
    for base in reversed(model.__mro__[:-2]):
        tree = ast.parse(inspect.getsource(sys.modules[base.__module__]))
        body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
        for field, text in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                yield ast.unparse(field.target), _markdown(str(text.value.value))


def _kind_link(field: Field) -> str:
    kind = field.kind
    inner = kind.item if isinstance(kind, Many) else kind
    text = f"**{kind.name}**"
    return f"[{text}]({inner.name}.md)" if isinstance(inner, Nested) else text


def _notes(field: Field) -> str:
    notes = ["required" if field.required else "optional"]
    allowed = field.kind.allowed if isinstance(field.kind, Scalar) else ()
    if allowed:
        notes.append("one of " + ", ".join(f"`{value!r}`" for value in allowed))
    for marker in field.markers:
        if isinstance(marker, Null):
            notes.append("may be null")
        elif isinstance(marker, Format):
            notes.append(marker.text)
        elif isinstance(marker, (Size, Range)):
            notes.append(f"{marker.least:,} to {marker.most:,}" + (" items" if isinstance(field.kind, Many) else ""))
        elif isinstance(marker, Since):
            notes.append(f"since {marker.generation}")
        elif isinstance(marker, Until):
            notes.append(f"until {marker.generation}")
    return ", ".join(notes)


def readme_lists(numbers: list[Method], oauth: list[Method]) -> dict[str, str]:
    rows = (
        f"{api} | [**{method.name}**](docs/api/{api}.md#{method.name}){' 💰' if method.operation.paid else ''}"
        f" | **{method.operation.method}** {method.operation.path} | {method.summary}"
        for api, methods in (("NumbersApi", numbers), ("OauthApi", oauth))
        for method in methods
    )
    table = _table(("Class", "Method", "HTTP request", "Description"), rows)
    return {"methods": table, "models": "\n".join(f" - [{name}](docs/model/{name}.md)" for name in models.__all__)}


def _with_lists(page: Path, lists: dict[str, str]) -> str:
    text = page.read_text(encoding="utf-8")
    for name, rows in lists.items():
        start, end = f"<!-- {name}: built by docs/build.py -->\n", f"<!-- end of {name} -->"
        text = text[: text.index(start) + len(start)] + rows + "\n" + text[text.index(end) :]
    return text


def _magic_numbers() -> str:
    meanings = {
        "ported": "active, and ported to another network",
        "roaming": "active, and in a network abroad",
        "no coverage": "refused: `NoCoverageException`, code 1214",
        "invalid parameters": "refused: `InvalidRequestException`, code 1212",
        "credit limit": "refused: `InsufficientBalanceException`, code 1114",
    }
    rows = [f"`{number}` | {meanings.get(magic, f'status `{magic}`')}" for number, magic in MAGIC.items()]
    return "Number | Its lookup\n------ | ----------\n" + "\n".join(rows)


def pages() -> dict[Path, str]:
    """Every built file and what is to be in it."""
    numbers = methods_of(numbers_api, numbers_api.NumbersApi)
    oauth = methods_of(oauth_api, oauth_api.OauthApi)
    built = {
        README: _with_lists(README, readme_lists(numbers, oauth)),
        DOCS / "sandbox.md": _with_lists(DOCS / "sandbox.md", {"magic numbers": _magic_numbers()}),
        DOCS / "api" / "NumbersApi.md": api_page(numbers_api.NumbersApi, numbers),
        DOCS / "api" / "OauthApi.md": api_page(oauth_api.OauthApi, oauth),
    }
    built |= {Path(f"{module.__file__}i"): stub(module) for module in (numbers_api, oauth_api)}
    return built | {DOCS / "model" / f"{name}.md": model_page(name) for name in models.__all__}


def stale() -> list[Path]:
    """The files that are not what they are to be, and the pages of what is no more."""
    built = pages()
    kept = [*(DOCS / "api").glob("*.md"), *(DOCS / "model").glob("*.md")]
    differing = [path for path, text in built.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return differing + [path for path in kept if path not in built]


def main() -> None:
    if "--check" in sys.argv:
        old = stale()
        sys.exit(f"stale, run python docs/build.py: {', '.join(map(str, old))}" if old else 0)
    for path in stale():
        if path in pages():
            path.parent.mkdir(exist_ok=True)
            path.write_text(pages()[path], encoding="utf-8")
        else:
            path.unlink()


if __name__ == "__main__":
    main()
