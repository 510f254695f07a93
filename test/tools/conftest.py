"""The tests of this folder need the tools that only the tox environment ``tools`` has."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("polars") else ["test_*.py"]
