"""``python -m smscx_client``: the ``smscx`` command."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def main() -> int:
    """Run the command line and return the exit code of the process."""
    missing = [name for name in ("click", "rich") if find_spec(name) is None]
    if missing:
        needed = f'The command line needs {" and ".join(missing)}. Run: pip install "smscx_client[cli]"'
        print(f"smscx: {needed}", file=sys.stderr)
        return 2
    try:
        from smscx_client.cli.program import run  # needs the extra

        return run()
    except KeyboardInterrupt:
        print("smscx: Interrupted.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
