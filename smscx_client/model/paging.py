"""Part of the answers that come in pages."""

from __future__ import annotations

from typing import Annotated

from smscx_client.model_utils import UNSET, Model, Nullable, Range


class Paging(Model):
    """The cursors of the pages around this one."""

    next: Nullable[str]
    """Null on the last page."""
    previous: Nullable[str]
    """Null on the first page."""
    size: Annotated[int, Range(0, 500)] | None = UNSET
    """Most objects on a page."""
