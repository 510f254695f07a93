"""Sphinx configuration of the site: ``tox -e docs`` builds it from the pages in this folder."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent.parent))

from smscx_client import __version__, http_info, model_utils

model_utils.HttpInfo = http_info.HttpInfo  # autodoc reads annotations that only type checkers need

project = "smscx_client"
copyright = "SMS.CX"  # noqa: A001  # the name that Sphinx reads
version = release = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["examples", "requirements.txt"]
templates_path: list[str] = []

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
napoleon_use_ivar = True
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_type_aliases = {"Timeout": "Timeout"}
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"smscx_client {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

REPOSITORY = "https://github.com/smscx/smscx-api-python-library/blob/main/"
README_ANCHORS = {
    "": "index.md",
    "#ApiKeyAuth": "authentication.md#api-key",
    "#BearerAuth": "authentication.md#access-token",
    "#available-methods": "reference/index.md#methods",
    "#models": "reference/index.md#models",
    "#errors": "errors.md",
}
"""Pages of the site that have what a part of the README has."""
FOOTER = re.compile(r"^\[\[Back to .*$", re.MULTILINE)
OUTSIDE = re.compile(r"\]\(((?:\.\./)+)([^)#\s]*)(#[^)\s]*)?\)")


def link_to_site(_app: Sphinx, page: str, source: list[str]) -> None:
    """Replace the links to files outside ``docs/``, which work on GitHub, with links that work on the site."""
    depth = page.count("/")

    def replace(match: re.Match[str]) -> str:
        up, path, anchor = match[1].count("../"), match[2], match[3] or ""
        if up <= depth:
            return match[0]
        if path != "README.md":
            return f"]({REPOSITORY}{path}{anchor})"
        return f"]({'../' * depth}{README_ANCHORS[anchor]})"

    source[0] = OUTSIDE.sub(replace, FOOTER.sub("", source[0]))


def link_to_own_pages(app: Sphinx, env: Any, node: Any, contnode: nodes.Element) -> nodes.Element | None:
    """Link a model or an API class to its page: these have no ``automodule``."""
    name = node.get("reftarget", "").rpartition(".")[2]
    for page in (f"model/{name}", f"api/{name}"):
        if page in env.found_docs:
            return nodes.reference("", "", contnode, refuri=app.builder.get_relative_uri(node["refdoc"], page))
    return None


def skip_constants(_app: Sphinx, what: str, name: str, _obj: object, _skip: bool, _options: object) -> bool | None:
    """Leave out the constants of modules."""
    return True if what == "module" and name.isupper() else None


def hide_numbers_of_fields(
    _app: Sphinx, _what: str, _name: str, _obj: object, _options: object, lines: list[str]
) -> None:
    """Leave out what Python says about the fields of a named tuple."""
    lines[:] = [line for line in lines if not line.startswith("Alias for field number")]


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", hide_numbers_of_fields)
    app.connect("autodoc-skip-member", skip_constants)
    app.connect("source-read", link_to_site)
    app.connect("missing-reference", link_to_own_pages)
