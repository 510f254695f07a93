"""Build the files of a release and their SBOM, in the folder that is the first argument: ``tox -e release``.

The second argument is the tag of the release, if there is one.
"""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def check(tag: str) -> None:
    """Check that the tag, the package and the changelog name the same version.

    Raises:
        SystemExit: they do not.
    """
    version = runpy.run_path(str(ROOT / "smscx_client" / "_version.py"))["__version__"]
    if tag != f"v{version}":
        sys.exit(f"The tag is {tag}, but the version is {version}. Change smscx_client/_version.py, or the tag.")
    changelog = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
    if not re.search(rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        sys.exit(f'docs/changelog.md has no heading "## {version} - DATE". Add it with the date of the release.')


def write_bill_of_materials(wheel: Path, target: Path, environment: Path) -> None:
    """Install the wheel and what it requires in a new environment, and write their CycloneDX SBOM."""
    _python("-m", "venv", "--clear", "--without-pip", environment)
    _python("-m", "pip", "--python", environment, "install", "-q", wheel)
    _python("-m", "cyclonedx_py", "environment", "--output-reproducible", "-o", target, environment)
    document = json.loads(target.read_text(encoding="utf-8"))
    package = next(part for part in document["components"] if part["name"] == "smscx_client")
    document["components"].remove(package)
    package.pop("externalReferences")  # contains the path of the wheel on this machine
    document["metadata"]["component"] = package
    target.write_text(json.dumps(document, indent=2), encoding="utf-8")


def main() -> None:
    """Check the tag, and build everything."""
    target = Path(sys.argv[1]).resolve()
    for tag in sys.argv[2:]:
        check(tag)
    shutil.rmtree(target, ignore_errors=True)
    _python("-m", "build", "-q", "--outdir", target / "dist", ROOT)
    (wheel,) = (target / "dist").glob("*.whl")
    write_bill_of_materials(wheel, target / "sbom.cdx.json", target.with_name("runtime"))


def _python(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, *arguments], check=True)


if __name__ == "__main__":
    main()
