"""Pagination: iterate over the items of all pages of an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, ParamSpec, Protocol, TypeVar, cast

from smscx_client._typing import Self
from smscx_client.exceptions import ApiTypeError

if TYPE_CHECKING:
    from smscx_client import models
else:
    from smscx_client import _typing as models


Arguments = ParamSpec("Arguments")
Item = TypeVar("Item")
ItemOut_co = TypeVar("ItemOut_co", covariant=True)


class Page(Protocol[ItemOut_co]):
    """Response of an operation with pages."""

    @property
    def data(self) -> Sequence[ItemOut_co]:
        """Items of the page."""
        ...

    @property
    def paging(self) -> models.Paging | None:
        """Cursors of the next and the previous page."""
        ...


def paginate(
    method: Callable[Arguments, Page[Item]], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> ItemIterator[Item]:
    """Iterate over the items of all pages of an operation: ``paginate(api.get_inbound_sms, rent_id, limit=100)``.

    Each page is requested when you reach its first item. The iteration ends at the page that has no next cursor, or
    whose next page was already read. API version 2022-10 has no pages; with it, the iterator reads the whole list at
    once.

    Args:
        method: A method of ``NumbersApi`` that accepts the argument ``next``.
        args: Its positional arguments.
        kwargs: Its other arguments. ``limit`` is the page size; ``next`` is a cursor to start from, such as the
            ``cursor`` of an earlier iterator.

    Returns:
        An iterator. If a request raises, the next step of the iterator requests that page again.

    Raises:
        ApiTypeError: ``previous`` was passed, or an option that changes what the method returns.
    """
    arguments = dict(kwargs)
    if wrong := arguments.keys() & {"previous", "_preload_content", "_return_http_data_only", "async_req"}:
        raise ApiTypeError(f"paginate does not accept {min(wrong)}: it only reads whole pages, in order")
    request = cast("Callable[..., Page[Item]]", method)
    cursor = cast("str | None", arguments.pop("next", None))
    return ItemIterator(lambda following: request(*args, **arguments, next=following), cursor)


class ItemIterator(Generic[Item]):
    """Iterator over the items of all pages; the result of :func:`paginate`.

    Attributes:
        cursor: Cursor of the page that the last item came from; None for the first page. Pass it to :func:`paginate` as
            ``next`` to resume from the first item of that page, so that no item is missed.
    """

    def __init__(self, request_page: Callable[[str | None], Page[Item]], cursor: str | None) -> None:
        self.cursor: str | None = cursor
        self._request_page = request_page
        self._next = cursor
        self._requested: set[str | None] = set()
        self._items: Iterator[Item] = iter(())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Item:
        while True:
            for item in self._items:
                return item
            if self._next in self._requested:
                raise StopIteration
            self._read_page()

    def _read_page(self) -> None:
        page = self._request_page(self._next)
        following = (page.paging.next if page.paging else None) or None
        self._items = iter(page.data or ())
        self._requested |= {self._next, None}
        self.cursor, self._next = self._next, following
