"""Check the built site: links have a target, no page loads a file from another server, and every public name is there.

``tox -e docs`` runs it. It prints how many pages, links and names it checked.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import smscx_client

LINKS = {"a": "href", "link": "href", "script": "src", "img": "src", "object": "data"}
NOT_LOADED = {"canonical", "index", "search", "next", "prev", "genindex"}


class Page(HTMLParser):
    """The anchors and the links of a page, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors = {"", "top"}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        target = values.get(LINKS.get(tag, ""), "")
        if target:
            self.links.append(target)
            if tag != "a" and values.get("rel", "") not in NOT_LOADED:
                self.loaded.append(target)


def findings(site: Path, pages: dict[Path, Page]) -> Iterator[str]:
    """Yield each link without a target, and each file of another server."""
    for path, page in pages.items():
        for target in page.links:
            url = urlsplit(target)
            if url.scheme or url.netloc:
                if target in page.loaded and url.scheme != "data":
                    yield f"{path.relative_to(site)} loads {target}"
                continue
            linked = (path.parent / unquote(url.path)).resolve() if url.path else path
            if not linked.exists():
                yield f"{path.relative_to(site)} links to {target}, which does not exist"
            elif linked in pages and unquote(url.fragment) not in pages[linked].anchors:
                yield f"{path.relative_to(site)} links to {target}, whose anchor does not exist"


def public_names() -> Iterator[str]:
    """Yield the classes, functions and exceptions of the public modules."""
    for info in pkgutil.iter_modules(smscx_client.__path__, "smscx_client."):
        if info.name.startswith("smscx_client._") or info.name in {"smscx_client.cli", "smscx_client.pytest_plugin"}:
            continue
        module = importlib.import_module(info.name)
        for name in getattr(module, "__all__", vars(module)):
            value = getattr(module, name)
            own = hasattr(module, "__all__") or getattr(value, "__module__", "") == info.name
            if own and not name.startswith("_") and (inspect.isclass(value) or inspect.isfunction(value)):
                yield name


def main() -> int:
    """Print what is wrong, and return the exit code."""
    site = Path(sys.argv[1]).resolve()
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    wrong = list(findings(site, pages))
    documented = {anchor.rpartition(".")[2] for page in pages.values() for anchor in page.anchors}
    documented |= {path.stem for path in pages if path.parent.name in {"api", "model"}}
    names = set(public_names())
    wrong += [f"{name} is not in the reference" for name in sorted(names - documented)]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    inside = [link for page in pages.values() for link in page.links if not urlsplit(link).scheme]
    print(f"{len(pages)} pages, {len(inside)} internal links and {len(names)} public names checked, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
