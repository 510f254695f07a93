"""Check that prose, messages and test names use standard terms. ``tox -e lint`` runs it.

It reads the README and the pages in docs/ without their code, the docstrings, comments and messages of the package and
of docs/, and the names of the tests. It prints each word to avoid with its place and what to write instead.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
DETERMINER = "(?:a|an|the|this|each|every|another|any|its|your|one|first|next|last)"
REPLACEMENTS = {
    r"(?:sen[dt]s?|sending) (?:\w+ )?again|never sent twice|go(?:es)? again": "retry; for a webhook: redeliver",
    r"repeatable": "idempotent",
    r"carr(?:y|ies|ied|ying) (?:\w+ ){0,2}out": "process",
    r"(?<!you )(?<!you have )paid for": "charged",
    r"in doubt": "has an unknown outcome",
    r"(?:cannot|can not|can't) be told": "is undetermined",
    r"turn(?:s|ed|ing)? (?:\w+ )?away|refused unprocessed": "reject",
    r"at no cost": "free, not charged",
    rf"{DETERMINER} rents?(?! (?:API|method|request|call|period)s?\b)": "rental",
    r"let (?:to|for)|to let(?= any)|(?:is|are|was|were|be) (?:not )?let": "rent",
    r"mend(?:s|ed|ing)?": "correct",
    r"pay(?:s|ing)? in(?! advance)": "top up the account",
    r"go(?:es|ing|ne)? on|went on": "resume, continue, carry",
    r"(?:a|each|every|first|last|next|one|failed|per) look(?! ?up)|between looks|looks? again": "poll; check",
    r"first wait|waits grow": "backoff",
    r"paced?": "throttle",
    r"texts|a text(?! (?:file|column|field|message|format|editor))": "string, message, value",
    rf"(?:{DETERMINER}|no|whose|of|lost|late|odd|service's) answers?(?! to\b)": "response",
    r"(?:comes?|came) out|what comes back": "raise, return",
    r"where (?:none|nothing|left out|both|not given|there is no|it is not|that is not)": "if",
    r"(?-i:Else)|(?<=[.;,|-] )else(?!:)": "otherwise",
    r"for the one call": "per call",
    r"fields? that (?:was|were) not sent": "field is missing",
    r"(?<!there )(?:is|are|was|were|be) no(?! longer| more| less)": "is not a",
    r"(?:it|they|as|who) knows? no": "does not have",
    r"surely": "certainly, never",
    r"do something on purpose|magic numbers?": "test numbers",
    r"requests that arrived": "recorded requests",
    r"who asks|whoever": "caller, your code; name who",
    r"calls? (?:was|were|is) stopped": "the call was cancelled",
    r"(?<!code )generations?": "API version",
    r"houses?|rooms?|floors?": "component, module; layer; minimum version",
    r"beside": "besides, next to",
    r"likewise|alike": "the same",
    r"as (?:it is|they are)(?=[.,;:)\n]|$)": "unchanged",
    r"(?:what )?bec(?:omes?|ame) of": "the outcome of",
    r"of one's own|one's own": "your own",
    r"(?-i:(?:rental|rent|lookup|request|number) ids?)": "ID",
    r"cancel(?:ed|ing)": "cancelled, cancelling",
    r"(?:behavi|col|hon)our\w*|recognise\w*": "American spelling",
}
PATTERNS = [
    (re.compile(rf"(?<![\w-])(?:{term})(?![\w-])", re.IGNORECASE), right) for term, right in REPLACEMENTS.items()
]
CODE_IN_PAGES = re.compile(r"^```.*?^```$|`[^`\n]*`|<[^>]*>|\]\([^)]*\)", re.MULTILINE | re.DOTALL)
CODE_IN_DOCSTRINGS = re.compile(r"``.*?``|:\w+:`[^`]*`", re.DOTALL)


def main() -> int:
    """Print what to replace, and return the exit code."""
    found = sorted(set(findings()))
    for path, line, word, right in found:
        print(f"{path.relative_to(ROOT)}:{line}: {word!r} -> {right}")
    return 1 if found else 0


def findings() -> Iterator[tuple[Path, int, str, str]]:
    """Yield the file, the line, the word and its replacement."""
    for path, first_line, text in passages():
        prose = re.sub(r"[ \t]+", " ", re.sub(r"\n[ \t]+", "\n", text))
        flat = re.sub(r"(?<!\n)\n(?!\n)", " ", prose)  # a phrase may be wrapped
        for pattern, right in PATTERNS:
            for match in pattern.finditer(flat):
                yield path, first_line + prose.count("\n", 0, match.start()), match[0].replace("\n", " "), right


def passages() -> Iterator[tuple[Path, int, str]]:
    """Yield each passage of prose with its file and its first line."""
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        yield page, 1, CODE_IN_PAGES.sub(_blank, page.read_text(encoding="utf-8"))
    for source in (*(ROOT / "smscx_client").rglob("*.py"), *(ROOT / "docs").rglob("*.py")):
        code = source.read_text(encoding="utf-8")
        yield source, 1, comments(code)
        for line, text in messages(ast.parse(code)):
            yield source, line, CODE_IN_DOCSTRINGS.sub(_blank, text)
    for source in (ROOT / "test").rglob("test_*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield source, node.lineno, node.name.removeprefix("test_").replace("_", " ")


def comments(code: str) -> str:
    """Return the comments of a file, each in its line."""
    lines = [""] * (code.count("\n") + 2)
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT and not re.match(r"# (?:noqa|type:|pyright:|fmt:)", token.string):
            lines[token.start[0] - 1] = token.string.lstrip("# ")
    return "\n".join(lines)


def messages(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the docstrings, and the strings of several words; neither dictionary keys nor JSON."""
    keys = {id(key) for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in keys:
            text = node.value.strip()
            if " " in text and text[0] not in "{[<":
                yield node.lineno, node.value


def _blank(code: re.Match[str]) -> str:
    """Return a placeholder with as many lines as the code."""
    return "x" + "\n" * code[0].count("\n")


if __name__ == "__main__":
    sys.exit(main())
