"""Reproducible builds: the same sources give the same files. The metadata is in setup.cfg."""

import gzip
import os
import tarfile
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist

EPOCH = os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")


class SourceDistribution(sdist):
    """A source distribution without tests, whose archive does not depend on who builds it, where or when."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, [file for file in files if Path(file).parts[0] != "test"])

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


setup(cmdclass={"sdist": SourceDistribution})
