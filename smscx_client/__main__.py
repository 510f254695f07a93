"""``python -m smscx_client``: the command ``smscx``."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def main() -> int:
    """Run the command line, and return the code that the process is to exit with."""
    missing = [name for name in ("click", "rich") if find_spec(name) is None]
    if missing:
        needed = f'the command line needs {" and ".join(missing)}: pip install "smscx_client[cli]"'
        print(f"smscx: {needed}", file=sys.stderr)
        return 2
    try:
        from smscx_client.cli.program import run  # it needs the extra

        return run()
    except KeyboardInterrupt:
        print("smscx: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
