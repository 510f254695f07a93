"""Reproducible builds, with docs and tests in the source distribution. The other metadata is in setup.cfg."""

import gzip
import os
import re
import runpy
import tarfile
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist

ROOT = Path(__file__).parent
REPOSITORY = "https://github.com/smscx/smscx-api-python-library"
VERSION = runpy.run_path(str(ROOT / "smscx_client" / "_version.py"))["__version__"]
EPOCH = os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")
TESTED = ("docs", "test", "test-requirements.txt", "tox.ini", "requirements.txt")
"""What the tests need in addition to the package."""


class SourceDistribution(sdist):
    """A source distribution whose archive does not depend on who builds it, where or when."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        found = [path for name in TESTED for path in (ROOT / name, *(ROOT / name).rglob("*"))]
        tested = {str(path.relative_to(ROOT)) for path in found if path.is_file() and path.suffix != ".pyc"}
        super().make_release_tree(base_dir, sorted(tested | set(files)))

    def make_archive(self, base_name: str, *_: object, **options: str) -> str:
        name = f"{base_name}.tar.gz"
        with (
            Path(name).open("wb") as file,
            gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=int(EPOCH)) as packed,
            tarfile.open(mode="w", fileobj=packed) as archive,
        ):
            archive.add(options["base_dir"], filter=_anonymous)
        return name


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime, member.mode = int(EPOCH), 0o755 if member.isdir() else 0o644
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _description() -> str:
    """Return the README for PyPI, where relative links do not work: they become links to this version on GitHub."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    images = rf"\1{REPOSITORY}/raw/v{VERSION}/"
    text = re.sub(r"(!\[[^\]]*\]\()(?!https?:|#)", images, text)
    return re.sub(r"(\]\()(?!https?:|#)", rf"\1{REPOSITORY}/blob/v{VERSION}/", text)


setup(
    cmdclass={"sdist": SourceDistribution},
    long_description=_description(),
    long_description_content_type="text/markdown",
)
