"""Check the built site: every link inside it has a target, and no page loads a file from another server.

``tox -e docs`` runs it. It prints how many pages and links it checked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

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


def main() -> int:
    """Print what is wrong, and return the exit code."""
    site = Path(sys.argv[1]).resolve()
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    wrong = list(findings(site, pages))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    inside = [link for page in pages.values() for link in page.links if not urlsplit(link).scheme]
    print(f"{len(pages)} pages, {len(inside)} internal links, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
