"""Paging: the items of a paged operation, over all its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, ParamSpec, Protocol, TypeVar, cast

from smscx_client.exceptions import ApiTypeError

if TYPE_CHECKING:
    from typing_extensions import Self

    from smscx_client.model.paging import Paging

Arguments = ParamSpec("Arguments")
Item = TypeVar("Item")
ItemOut_co = TypeVar("ItemOut_co", covariant=True)


class Page(Protocol[ItemOut_co]):
    """What a paged operation returns."""

    @property
    def data(self) -> Sequence[ItemOut_co]:
        """The items of the page."""
        ...

    @property
    def paging(self) -> Paging | None:
        """The cursors of the pages around."""
        ...


def paginate(method: Callable[Arguments, Page[Item]], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Items[Item]:
    """Read the items of all pages of a paged operation, as in ``paginate(api.get_inbound_sms, rent_id, limit=100)``.

    A page is asked for when its first item is. The last page is the one whose answer names no next page, or one that
    was there before; so a service of generation 2022-10, which knows no pages, is read in one.

    Args:
        method: A method that takes the cursor ``next``.
        args: Its arguments by position.
        kwargs: Its other arguments: ``limit`` is how many items a page has, ``next`` a cursor kept from an earlier run.

    Returns:
        An iterator. Where asking for a page raises, going on with the iterator asks for that page again.

    Raises:
        ApiTypeError: ``previous`` is given, or an option that makes the method return something else than a page.
    """
    arguments = dict(kwargs)
    if wrong := arguments.keys() & {"previous", "_preload_content", "_return_http_data_only", "async_req"}:
        raise ApiTypeError(f"paginate does not take {min(wrong)}: it reads whole pages, and forwards")
    ask = cast("Callable[..., Page[Item]]", method)
    cursor = cast("str | None", arguments.pop("next", None))
    return Items(lambda following: ask(*args, **arguments, next=following), cursor)


class Items(Generic[Item]):
    """The items of the pages, one after the other; what :func:`paginate` returns.

    Attributes:
        cursor: Cursor of the page that the last item came from, None for the first page: as ``next`` of another
            ``paginate`` it begins with the first item of that page again, so that nothing is missed.
    """

    def __init__(self, ask: Callable[[str | None], Page[Item]], cursor: str | None) -> None:
        self.cursor: str | None = cursor
        self._ask = ask
        self._next = cursor
        self._asked: set[str | None] = set()
        self._items: Iterator[Item] = iter(())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Item:
        while True:
            for item in self._items:
                return item
            if self._next in self._asked:
                raise StopIteration
            self._turn_page()

    def _turn_page(self) -> None:
        page = self._ask(self._next)
        following = (page.paging.next if page.paging else None) or None
        self._items = iter(page.data or ())
        self._asked |= {self._next, None}
        self.cursor, self._next = self._next, following
