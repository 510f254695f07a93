"""Record the output of commands as SVG images, with rich.

Run ``python docs/terminal.py`` after the output of a command has changed. A test compares the images with the output.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
COMMANDS = {
    "cli-validate": 'smscx --sandbox validate +33612246450 "06 12 24 64 51" +3361 --country FR --output table',
    "cli-lookup": "smscx --sandbox lookup +33600000001 +33600000002 +33600000006 --yes --output table",
    "cli-available": "smscx --sandbox available FR --setup-time instant --output table",
}
"""Commands by the name of their image. What they print has no date."""


def output(command: str) -> str:
    """Return a command and its output, without trailing spaces."""
    arguments = re.findall(r'"[^"]*"|\S+', command)[1:]
    ran = subprocess.run(
        [sys.executable, "-m", "smscx_client", *(argument.strip('"') for argument in arguments)],
        capture_output=True,
        check=False,  # an invalid number makes the exit code 1
        text=True,
        encoding="utf-8",
    )
    lines = ran.stdout.splitlines()
    return "\n".join(line.rstrip() for line in [f"$ {command}", *lines[:8]])


def image(command: str) -> str:
    """Return the output of a command as SVG."""
    text = output(command)
    width = max(map(len, text.splitlines()))
    console = Console(record=True, width=width, file=io.StringIO(), color_system="truecolor")
    console.print(Text(text), soft_wrap=True)
    svg = console.export_svg(title="smscx", theme=MONOKAI, unique_id="terminal")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # no font from another server


def shown(svg: str) -> list[str]:
    """Return the words in an SVG image of :func:`image`."""
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return unescape(" ".join(texts[1:])).replace("\xa0", " ").split()


def stale_images() -> list[str]:
    """Return the names of the images that do not show what their command prints."""
    return [
        name
        for name, command in COMMANDS.items()
        if shown((IMAGES / f"{name}.svg").read_text(encoding="utf-8")) != output(command).split()
    ]


def main() -> None:
    for name, command in COMMANDS.items():
        (IMAGES / f"{name}.svg").write_text(image(command), encoding="utf-8")


if __name__ == "__main__":
    main()
