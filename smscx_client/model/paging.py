"""Part of paginated responses."""

from __future__ import annotations

from typing import Annotated

from smscx_client.model_utils import UNSET, Model, Nullable, Range


class Paging(Model):
    """The cursors of the adjacent pages."""

    next: Nullable[str]
    """Cursor of the next page. Null on the last page."""
    previous: Nullable[str]
    """Cursor of the previous page. Null on the first page."""
    size: Annotated[int, Range(0, 500)] | None = UNSET
    """Maximum number of items per page."""
