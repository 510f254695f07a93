"""Build the reference pages, the lists in other pages, the figures, and the API stubs from the code.

Run ``python docs/build.py`` after you change a declaration or a docstring. ``python docs/build.py --check`` writes
nothing, and fails if a built file is out of date.
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
from typing import Any, NamedTuple

from diagrams import figures
from samples import as_json, as_python
from smscx_client import models
from smscx_client._field_types import Field, ListType, ScalarType, field_type_of
from smscx_client._request import body_class, path_arguments, response_class
from smscx_client._transport.errors import exception_class
from smscx_client.api import numbers_api, oauth_api
from smscx_client.model_utils import (
    Format,
    Model,
    NestedType,
    Null,
    Range,
    Since,
    Size,
    Until,
)
from smscx_client.operation import Operation
from smscx_client.sandbox.numbering import TEST_NUMBERS
from stubs import stub

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
INDEX = DOCS / "reference" / "index.md"
STATUSES = {
    200: ("OK", "X-Request-Id, X-Response-Time, X-Rate-Limit-Limit, X-Rate-Limit-Remaining"),
    400: ("Bad Request", "-"),
    401: ("Unauthorized", "-"),
    403: ("Forbidden", "-"),
    404: ("Not Found", "-"),
    405: ("Method Not Allowed", "-"),
    429: ("Too Many Requests", "X-Rate-Limit-Limit, X-Rate-Limit-Remaining, X-Rate-Limit-Reset"),
    500: ("Internal Server Error", "-"),
}
"""Description and response headers of each HTTP status."""
TO_API_LIST = "[[Back to API list]](../../README.md#available-methods)"
TO_MODEL_LIST = "[[Back to Model list]](../../README.md#models)"
TO_README = "[[Back to README]](../../README.md)"


class Method(NamedTuple):
    """A method of an API class: its operation, and the sections of its docstring."""

    name: str
    function: Any
    operation: Operation[Any]
    summary: str
    description: str
    arguments: dict[str, str]
    returns: str

    @property
    def parameters(self) -> list[str]:
        return [name for name in inspect.signature(self.function).parameters if name not in ("self", "options")]

    @property
    def required_parameters(self) -> list[str]:
        in_path = path_arguments(self.operation)
        return [name for name in self.parameters if name in in_path or name.endswith("_request")]

    @property
    def paid_mark(self) -> str:
        return " 💰" if self.operation.paid else ""


def methods_of(module: ModuleType, api: type) -> list[Method]:
    operations = _operations(module)
    return [_method(name, function, operations[name]) for name, function in vars(api).items() if name in operations]


def _operations(module: ModuleType) -> dict[str, Operation[Any]]:
    values: list[object] = list(vars(module).values())
    return {value.name: value for value in values if isinstance(value, Operation)}


def _method(name: str, function: Any, operation: Operation[Any]) -> Method:
    text, *parts = re.split(r"\n\n(Args|Returns|Raises|Examples):\n", inspect.getdoc(function) or "")
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    summary, _, description = text.partition("\n\n")
    arguments = re.findall(r"^(\w+): (.*(?:\n[ ]+.*)*)", textwrap.dedent(sections.get("Args", "")), flags=re.MULTILINE)
    return Method(
        name,
        function,
        operation,
        summary.removesuffix("."),
        _markdown(description),
        {argument: _markdown(meaning) for argument, meaning in arguments},
        _markdown(sections.get("Returns", "")),
    )


def _markdown(docstring: str) -> str:
    """Convert a part of a docstring to Markdown, with one line per paragraph."""
    text = re.sub(r":\w+:`~?(?:\w+\.)*(\w+)`", r"`\1`", docstring).replace("``", "`")
    paragraphs = (re.sub(r"\s+", " ", paragraph).strip() for paragraph in text.split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join([" | ".join(head), " | ".join("-------------" for _ in head), *rows])


# ---- API pages

ABOUT_EXAMPLES = (
    "Each example runs as pasted into an empty file. Examples with calls that cost money start a"
    " [sandbox](../sandbox.md), so they are free. To call your account, use `ApiClient()` instead of"
    " `ApiClient(sandbox.configuration())`, and set `SMSCX_API_KEY`."
)


def api_page(api: type, methods: list[Method]) -> str:
    about = _markdown(re.split(r"\n\nArgs:", inspect.getdoc(api) or "")[0])
    about = about.replace("`CallOptions`", "[`CallOptions`](../reference/client.md)")
    rows = (
        f"[**{method.name}()**]({api.__name__}.md#{method.name}){method.paid_mark}"
        f" | **{method.operation.method}** {method.operation.path} | {method.summary}"
        for method in methods
    )
    table = _table(("Method", "HTTP request", "Description"), rows)
    title = f"# smscx_client.{api.__name__}\n\n{about}\n\n{ABOUT_EXAMPLES}\n\n{table}\n\n"
    return title + "\n".join(map(_method_section, methods))


def _method_section(method: Method) -> str:
    operation = method.operation
    example = (DOCS / "examples" / f"{method.name}.py").read_text(encoding="utf-8")
    blocks = [
        f"## **{method.name}()**{'<span>💰</span>' if operation.paid else ''}",
        f"> {response_class(operation).__name__} {method.name}({', '.join(method.required_parameters)})",
        method.summary,
        method.description,
        _errors(operation),
        f"### Example\n\n```python\n{example}```",
        _parameters(method),
        f"### Return type\n\n{_response_link(operation)}\n\n{method.returns}",
        f"### Authorization\n\n{_authorization(operation)}",
        "### HTTP request headers",
        f" - **Content-Type**: {_content_type(operation)}\n - **Accept**: {operation.accept}",
        _response_details(operation),
        f"### Retries\n\n{_retries(operation)}",
        f"[[Back to top]](#) {TO_API_LIST} {TO_MODEL_LIST} {TO_README}",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _errors(operation: Operation[Any]) -> str:
    if not operation.errors:
        return ""
    rows = [
        f"| {error.status} | {error.code} | {error.type} | {error.meaning} "
        f"| {exception_class(error.status, error.type, error.code).__name__} |"
        for error in operation.errors
    ]
    head = "| HTTP code | Error code | Type | Description | Exception |\n|:---:|:---:|:---:| --- | --- |\n"
    return f"### Errors\n\n{head}" + "\n".join(rows)


def _parameters(method: Method) -> str:
    if not method.parameters:
        return "### Parameters\n\nThis method has no parameters."
    required = method.required_parameters
    rows = [
        f" **{name}** | {_parameter_type(method, name)} | {method.arguments[name]} "
        f"| {'required' if name in required else 'optional'}"
        for name in method.parameters
    ]
    return "### Parameters\n\n" + _table(("Name", "Type", "Description", "Notes"), rows)


def _parameter_type(method: Method, name: str) -> str:
    if name.endswith("_request"):
        model = method.function.__annotations__[name].removeprefix("models.")
        return f"[**{model}**](../model/{model}.md)"
    hint = {**method.operation.query, **method.operation.form}.get(name, str)
    return f"**{field_type_of(hint)[0].name}**"


def _response_link(operation: Operation[Any]) -> str:
    name = response_class(operation).__name__
    return f"[**{name}**](../model/{name}.md)" if hasattr(models, name) else f"**{name}**"


def _authorization(operation: Operation[Any]) -> str:
    if operation.security == "application":
        return "HTTP Basic authentication with the ID and secret of an application: `username` and `password`"
    return "[ApiKeyAuth](../../README.md#ApiKeyAuth), [BearerAuth](../../README.md#BearerAuth)"


def _content_type(operation: Operation[Any]) -> str:
    if operation.form:
        return "application/x-www-form-urlencoded"
    return "application/json" if operation.body else "Not defined"


def _response_details(operation: Operation[Any]) -> str:
    documented = {error.status for error in operation.errors} | {200, 401, 500}
    statuses = documented if operation.security == "application" else documented | {403, 405, 429}
    rows = [f"**{status}** | {STATUSES[status][0]} | {STATUSES[status][1]} |" for status in sorted(statuses)]
    head = "### HTTP response details\n\n| Status code | Description | Response headers |\n"
    return f"{head}|-------------|-------------|------------------|\n" + "\n".join(rows)


def _retries(operation: Operation[Any]) -> str:
    if operation.idempotent:
        return "The client retries after connection errors, timeouts, and the statuses 429, 500, 502, 503 and 504."
    if operation.identified_by:
        advice = "Call [`find_outcome()`](../errors.md) before you retry."
    else:
        advice = (
            "No other call can tell whether you were charged. Ask SMS.CX support, or accept that a retry may charge you"
            " again."
        )
    return (
        "The client retries only if the request never reached the service or was rejected with 429. If the response is"
        f" lost, the exception has `outcome_unknown=True`. {advice}"
    )


# ---- model pages

REQUEST_MODELS = {body_class(operation) for operation in _operations(numbers_api).values() if operation.body}


def model_page(name: str) -> str:
    model: type[Model] = getattr(models, name)
    meanings = dict(_field_docstrings(model))
    rows = [
        f"**{field.name}** | `{field.wire}` | {_field_type_link(field)} | {meanings[field.name]} | {_notes(field)}"
        for field in model.fields.values()
    ]
    blocks = [
        f"# {name}",
        _markdown(inspect.getdoc(model) or ""),
        f"`from {model.__module__} import {name}`",
        _table(("Name", "In JSON", "Type", "Description", "Notes"), rows),
        "## Example",
        f"```python\n{as_python(model)}\n```" if model in REQUEST_MODELS else f"```json\n{as_json(model)}\n```",
        f"{TO_MODEL_LIST} {TO_API_LIST} {TO_README}",
    ]
    return "\n\n".join(blocks) + "\n"


def _field_docstrings(model: type) -> Iterator[tuple[str, str]]:
    for base in reversed(model.__mro__[:-2]):
        tree = ast.parse(inspect.getsource(sys.modules[base.__module__]))
        body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
        for field, text in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                yield ast.unparse(field.target), _markdown(str(text.value.value))


def _field_type_link(field: Field) -> str:
    field_type = field.type
    item = field_type.item if isinstance(field_type, ListType) else field_type
    name = f"**{field_type.name}**"
    return f"[{name}]({item.name}.md)" if isinstance(item, NestedType) else name


def _notes(field: Field) -> str:
    allowed = field.type.allowed if isinstance(field.type, ScalarType) else ()
    notes = [
        "required" if field.required else "optional",
        "one of " + ", ".join(f"`{value!r}`" for value in allowed) if allowed else "",
        *(_marker_note(marker, "items" if isinstance(field.type, ListType) else "") for marker in field.markers),
    ]
    return ", ".join(note for note in notes if note)


def _marker_note(marker: object, unit: str) -> str:
    if isinstance(marker, Null):
        return "may be null"
    if isinstance(marker, Format):
        return marker.text
    if isinstance(marker, (Size, Range)):
        return f"{marker.minimum:,} to {marker.maximum:,} {unit}".strip()
    if isinstance(marker, Since):
        return f"added in API version {marker.api_version}"
    if isinstance(marker, Until):
        return f"removed in API version {marker.api_version}"
    return ""


# ---- lists in other pages


def lists(numbers: list[Method], oauth: list[Method], docs: str) -> dict[str, str]:
    """Return the lists of methods and models, for a page that reaches ``docs/`` by the path ``docs``."""
    rows = (
        f"{api} | [**{method.name}**]({docs}api/{api}.md#{method.name}){method.paid_mark}"
        f" | **{method.operation.method}** {method.operation.path} | {method.summary}"
        for api, methods in (("NumbersApi", numbers), ("OauthApi", oauth))
        for method in methods
    )
    table = _table(("Class", "Method", "HTTP request", "Description"), rows)
    return {"methods": table, "models": "\n".join(f" - [{name}]({docs}model/{name}.md)" for name in models.__all__)}


def _test_numbers_table() -> str:
    meanings = {
        "ported": "active, and ported to another network",
        "roaming": "active, and in a network abroad",
        "no coverage": "rejected: `NoCoverageException`, code 1214",
        "invalid parameters": "rejected: `InvalidRequestException`, code 1212",
        "credit limit": "rejected: `InsufficientBalanceException`, code 1114",
    }
    rows = [f"`{number}` | {meanings.get(result, f'status `{result}`')}" for number, result in TEST_NUMBERS.items()]
    return "Number | Lookup result\n------ | ----------\n" + "\n".join(rows)


def _replace_lists(page: Path, lists: dict[str, str]) -> str:
    """Return the text of a page with new content between the markers of each list."""
    text = page.read_text(encoding="utf-8")
    for name, content in lists.items():
        start, end = f"<!-- {name}: built by docs/build.py -->\n", f"<!-- end of {name} -->"
        text = text[: text.index(start) + len(start)] + content + "\n" + text[text.index(end) :]
    return text


# ---- files


def built_files() -> dict[Path, str]:
    """Return the content of every built file, by path."""
    numbers = methods_of(numbers_api, numbers_api.NumbersApi)
    oauth = methods_of(oauth_api, oauth_api.OauthApi)
    return {
        README: _replace_lists(README, lists(numbers, oauth, "docs/")),
        INDEX: _replace_lists(INDEX, lists(numbers, oauth, "../")),
        DOCS / "sandbox.md": _replace_lists(DOCS / "sandbox.md", {"test numbers": _test_numbers_table()}),
        DOCS / "api" / "NumbersApi.md": api_page(numbers_api.NumbersApi, numbers),
        DOCS / "api" / "OauthApi.md": api_page(oauth_api.OauthApi, oauth),
        **{DOCS / "images" / name: figure for name, figure in figures().items()},
        **{Path(f"{module.__file__}i"): stub(module) for module in (numbers_api, oauth_api)},
        **{DOCS / "model" / f"{name}.md": model_page(name) for name in models.__all__},
    }


def stale_files() -> dict[Path, str | None]:
    """Return the new content of each file that is out of date; None if the file must be deleted."""
    built = built_files()
    changed = {
        path: text for path, text in built.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    pages = [*(DOCS / "api").glob("*.md"), *(DOCS / "model").glob("*.md")]
    return {**changed, **{path: None for path in pages if path not in built}}


def main() -> None:
    stale = stale_files()
    if "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(map(str, stale))}\nRun python docs/build.py." if stale else 0)
    for path, text in stale.items():
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
