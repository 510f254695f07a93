"""Benchmark: compare this client and the published one with hand-written code that does the same.

``tox -e bench`` prints a table and writes ``benchmark.json`` into the folder that is the first argument. The published
client is installed into its own environment in that folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
PUBLISHED = "smscx_client==0.1.13"
ROUNDS = int(os.environ.get("ROUNDS", "15"))
LIMITS = {
    "one GET": 1.00,
    "fetch and decode 40,000 results": 1.03,
    "... and read five fields of each": 1.60,
    "... and read every field of each": 3.0,
    "40,000-number validate POST": 1.05,
    "16 threads, 1,600 calls": 1.00,
    "look up 40,000 numbers, with a journal": 1.30,
    "import": 1.15,
    "memory held by 40,000 results": 1.02,
}
Rows = dict[str, dict[str, float]]


def published_python(folder: Path) -> str:
    """Return the interpreter of an environment with the published client."""
    home = folder / "published"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", PUBLISHED], check=True)
    return str(python)


def pin_to_core(index: int) -> None:
    """Pin this process and its children to one core if the system can, so that client and server do not compete."""
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[index]})


def measure(python: str, port: int, rounds: int) -> Rows:
    command = [python, str(HERE / "worker.py"), str(port), str(rounds)]
    completed = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False, cwd=HERE)
    rows: Rows = json.loads(completed.stdout.splitlines()[-1]) if completed.returncode == 0 else {}
    return rows


def format_figure(row: str, value: float) -> str:
    if "memory" in row:
        return f"{value / 1e6:,.1f} MB"
    return f"{value * 1e3:,.2f} ms"


def table(ours: Rows, published: Rows) -> str:
    lines = [f"{'':40}{'hand-written':>14}{'this client':>14}{'ratio':>8}{'limit':>8}{'published':>12}"]
    for row, figures in ours.items():
        limit = f"{LIMITS[row]:.2f}" if row in LIMITS else ""
        other = f"{published[row]['ratio']:.2f}" if row in published else "fails"
        hand, client = format_figure(row, figures["hand"]), format_figure(row, figures["client"])
        lines.append(f"{row:40}{hand:>14}{client:>14}{figures['ratio']:>8.3f}{limit:>8}{other:>12}")
    return "\n".join(lines)


def main() -> None:
    folder = Path(sys.argv[1])
    all_cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    pin_to_core(-1)
    server = subprocess.Popen(
        [sys.executable, str(HERE / "canned_server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    if all_cores:
        os.sched_setaffinity(0, all_cores)
    pin_to_core(0)
    with server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        ours = measure(sys.executable, port, ROUNDS)
        published = measure(published_python(folder), port, max(ROUNDS // 3, 1))
        server.kill()
    print(table(ours, published))
    (folder / "benchmark.json").write_text(json.dumps({"this client": ours, "published": published}, indent=2) + "\n")


if __name__ == "__main__":
    main()
