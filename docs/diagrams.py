"""Diagrams and charts of the documentation, as SVG. Part of ``docs/build.py``.

Each diagram is declared here as data, and each chart is drawn from ``docs/benchmark.json``, which ``tox -e bench``
writes. The files in ``docs/images`` are built from both.
"""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).parent / "benchmark.json"
STYLE = """\
  <style>
    .page { fill: #ffffff; stroke: #d0d7de }
    .box { fill: #eef4fb; stroke: #5b7fa6 }
    .good { fill: #e6f4ea; stroke: #3c8a54 }
    .bad { fill: #fdecea; stroke: #c0504a }
    .bar { fill: #3b78b5 }
    .other { fill: #b8c4d0 }
    .line { stroke: #6e7f91; stroke-width: 1.5; fill: none }
    .head { fill: #6e7f91 }
    text { font: 14px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2933 }
    .small { font-size: 12px; fill: #52606d; paint-order: stroke; stroke: #ffffff; stroke-width: 5px }
    .bold { font-weight: 600 }
    @media (prefers-color-scheme: dark) {
      .page { fill: #1a2027; stroke: #3a4653 }
      .box { fill: #22344a; stroke: #6f9bcb }
      .good { fill: #1d3a28; stroke: #5fae78 }
      .bad { fill: #452423; stroke: #d97e78 }
      .bar { fill: #6aa5e0 }
      .other { fill: #566472 }
      .line { stroke: #93a4b5 }
      .head { fill: #93a4b5 }
      text { fill: #e4e9ee }
      .small { fill: #a9b6c2; stroke: #1a2027 }
    }
  </style>
"""
LINE = 19


class Message(NamedTuple):
    """An arrow of a sequence diagram, from one column to another; a note if both are the same."""

    source: int
    target: int
    text: str
    mood: str = "box"


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label="{escape(title)}">\n'
    )
    page = f'  <rect class="page" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>\n'
    return head + STYLE + page + "".join(f"  {part}\n" for part in parts) + "</svg>\n"


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "middle") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" class="{style}">{escape(text)}</text>'


def _box(x: float, y: float, width: float, height: float, lines: Sequence[str], mood: str = "box") -> str:
    first = y + height / 2 - LINE * (len(lines) - 1) / 2 + 5
    texts = "".join(_text(x + width / 2, first + LINE * index, line) for index, line in enumerate(lines))
    return f'<rect class="{mood}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>{texts}'


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    angle = math.atan2(y2 - y1, x2 - x1)
    corners = [(x2 - 9 * math.cos(angle + turn), y2 - 9 * math.sin(angle + turn)) for turn in (0.4, -0.4)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(x2, y2), *corners])
    return f'<path class="line" d="M {x1:g} {y1:g} L {x2:g} {y2:g}"/><polygon class="head" points="{points}"/>'


# ---- sequence diagrams


def sequence(title: str, actors: Sequence[str], messages: Sequence[Message], column: int = 215) -> str:
    """Draw who sends what to whom, from top to bottom."""
    centers = [column / 2 + column * index for index in range(len(actors))]
    parts: list[str] = []
    y = 88.0
    for message in messages:
        source, target = centers[message.source], centers[message.target]
        if message.source == message.target:
            lines = textwrap.wrap(message.text, 26)
            height = LINE * len(lines) + 14
            parts.append(_box(source - 98, y - 10, 196, height, lines, message.mood))
            y += height + 26
            continue
        lines = textwrap.wrap(message.text, 26 * abs(message.target - message.source))
        parts += [_text((source + target) / 2, y + LINE * index, line, "small") for index, line in enumerate(lines)]
        y += LINE * len(lines) - 8
        parts.append(_arrow(source, y, target, y))
        y += 38
    lifelines = [f'<path class="line" stroke-dasharray="3 5" d="M {x:g} 54 V {y - 10:g}"/>' for x in centers]
    heads = [_box(x - 92, 16, 184, 38, [actor]) for x, actor in zip(centers, actors, strict=True)]
    return _svg(column * len(actors), round(y) + 8, title, [*lifelines, *heads, *parts])


CALL = sequence(
    "How a call flows",
    ["Your code", "NumbersApi, ApiClient", "Transport", "SMS.CX"],
    [
        Message(0, 1, "rent_number(request)"),
        Message(1, 1, "check the arguments: nothing was sent if they are wrong"),
        Message(1, 2, "operation, path, body, credential"),
        Message(2, 3, "POST /numbers/rent"),
        Message(3, 2, "429: rejected, not charged"),
        Message(2, 2, "wait for the rate-limit window to reset"),
        Message(2, 3, "POST /numbers/rent"),
        Message(3, 2, "200 and JSON"),
        Message(2, 1, "status, headers, body"),
        Message(1, 0, "model, or an ApiException"),
    ],
)
CRASH = sequence(
    "How an idempotency key works across a crash",
    ["Your program", "Journal on disk", "SMS.CX"],
    [
        Message(0, 2, "free call: which rentals are there?"),
        Message(0, 1, "intent: order-42, number, rentals before"),
        Message(0, 2, "rent_number"),
        Message(2, 2, "rents the number and charges you"),
        Message(0, 0, "crash: the response is lost", "bad"),
        Message(0, 1, "restart with order-42: it has no outcome"),
        Message(0, 2, "free calls: which rentals are there now?"),
        Message(2, 0, "one more, of this number and period"),
        Message(0, 1, "done: order-42 made this rental"),
        Message(0, 0, "returns the rental, charged once", "good"),
    ],
)
WEBHOOK = sequence(
    "How a webhook is delivered",
    ["SMS.CX", "WebhookApp", "Your callback", "Your database"],
    [
        Message(0, 1, "POST with up to 200 SMS"),
        Message(1, 2, "on_sms(sms) for each new SMS"),
        Message(2, 3, "insert, msg_id is unique"),
        Message(2, 2, "raises: the database is down", "bad"),
        Message(1, 0, "500"),
        Message(0, 1, "the same POST, later"),
        Message(1, 2, "on_sms(sms) if it was not processed"),
        Message(2, 3, "insert"),
        Message(1, 0, "200: no more redeliveries"),
    ],
)
JOB = sequence(
    "A job on a cluster",
    ["Your program", "Worker (one of many)", "Journal in PostgreSQL", "SMS.CX"],
    [
        Message(0, 2, "create the job: its numbers, and its budget"),
        Message(0, 1, "a partition of the numbers"),
        Message(1, 2, "claim the numbers, reserve their cost, record the intent"),
        Message(2, 2, "one transaction: a number is claimed once"),
        Message(1, 3, "lookup_numbers"),
        Message(3, 1, "bulk lookup ID and cost"),
        Message(1, 2, "record the response"),
        Message(1, 1, "crash, and the engine runs the task again", "bad"),
        Message(1, 2, "claim the same numbers: they have results"),
        Message(1, 0, "the same results, charged once"),
    ],
)


# ---- decisions


def decisions(title: str, questions: Sequence[tuple[str, str, str]], otherwise: str) -> str:
    """Draw questions from top to bottom. Yes leads to the right, no leads down."""
    parts: list[str] = []
    y, step = 20, 92
    for question, outcome, mood in questions:
        parts.append(_box(20, y, 300, 58, textwrap.wrap(question, 40)))
        parts.append(_box(420, y, 280, 58, textwrap.wrap(outcome, 37), mood))
        parts += [_arrow(320, y + 29, 418, y + 29), _text(368, y + 22, "yes", "small")]
        parts += [_arrow(170, y + 58, 170, y + step - 2), _text(186, y + 78, "no", "small")]
        y += step
    parts.append(_box(20, y, 300, 58, textwrap.wrap(otherwise, 40), "bad"))
    return _svg(720, y + 78, title, parts)


RETRY = decisions(
    "When a request is retried",
    [
        ("A response with a status other than 429, 500, 502, 503, 504?", "Return it, or raise its exception", "good"),
        ("No retries left, or no time left?", "Raise the exception of the last attempt", "bad"),
        ("Did TLS fail, or did the proxy refuse?", "Raise: a retry would fail too", "bad"),
        ("429, or could not connect?", "Wait, then retry: the request was not processed", "good"),
        ("Is the operation idempotent, so that two requests have the effect of one?", "Wait, then retry", "good"),
    ],
    "Raise with outcome_unknown=True: the request may have been charged",
)


# ---- charts

ROWS = {
    "one GET": "One call",
    "16 threads, 1,600 calls": "16 threads, 1,600 calls",
    "40,000-number validate POST": "Send 40,000 numbers",
    "fetch and decode 40,000 results": "Read 40,000 results",
    "... and read every field of each": "Read all their fields",
    "memory held by 40,000 results": "Memory of 40,000 results",
}


def _legend(x: float, style: str, name: str) -> list[str]:
    return [
        f'<rect class="{style}" x="{x:g}" y="44" width="12" height="12"/>',
        _text(x + 18, 55, name, "small", "start"),
    ]


def benchmark_chart() -> str:
    """Draw the ratios to hand-written code, on a logarithmic scale."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    left, scale, y = 210, 270.0, 92
    parts = [
        _text(20, 30, "Time and memory, relative to hand-written urllib3 + json (less is better)", "bold", "start"),
        *_legend(20, "bar", "this client"),
        *_legend(130, "other", "published 0.1.13"),
    ]
    for row, label in ROWS.items():
        parts.append(_text(left - 12, y + 21, label, "", "end"))
        for offset, style, name in ((0, "bar", "this client"), (17, "other", "published")):
            ratio = results[name][row]["ratio"]
            width = max(scale * math.log10(ratio * 2), 2)
            parts.append(f'<rect class="{style}" x="{left}" y="{y + offset}" width="{width:.1f}" height="14"/>')
            parts.append(_text(left + width + 6, y + offset + 12, f"{ratio:.2f}", "small", "start"))
        y += 48
    one = left + scale * math.log10(2)
    parts.append(f'<path class="line" stroke-dasharray="4 4" d="M {one:.1f} 78 V {y - 8}"/>')
    parts.append(_text(one, y + 8, "1: hand-written code", "small"))
    return _svg(800, y + 24, "Benchmark: this client and the published one", parts)


def figures() -> dict[str, str]:
    """Return the content of each figure, by the name of its file."""
    return {
        "call.svg": CALL,
        "retry.svg": RETRY,
        "idempotency.svg": CRASH,
        "webhook.svg": WEBHOOK,
        "job.svg": JOB,
        "benchmark.svg": benchmark_chart(),
    }
