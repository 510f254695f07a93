"""Names in type hints, imported when a tool reads the hints; and ``Unpack`` and ``Self`` for every Python."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack
elif sys.version_info >= (3, 12):
    from typing import Self, Unpack
else:
    Self = Any

    class Unpack:
        """Options may be anything, because tools refuse a ``typing.TypedDict`` before Python 3.12."""

        def __class_getitem__(cls, _: object) -> object:
            return Any


__all__ = ["Self", "Unpack"]


def __getattr__(name: str) -> object:
    """Return a model, or a class of ``multiprocessing.pool``: modules that take too long to import at start-up."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("multiprocessing.pool" if name == "AsyncResult" else "smscx_client.models"), name)
