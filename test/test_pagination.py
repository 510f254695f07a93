"""Pagination: every item once, in order, and no page before it is needed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from smscx_client import ApiClient, ApiConnectionException, ApiTypeError
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import NumbersLookupRequest, RentNumberRequest
from smscx_client.pagination import paginate
from smscx_client.sandbox import Sandbox
from support.scripted_server import Reply, Request, ScriptedServer


@pytest.fixture
def rent_id(sandbox: Sandbox, api: NumbersApi) -> str:
    """A rental that has received ten SMS, with the texts 0 to 9."""
    rent_id = api.rent_number(RentNumberRequest(api.get_available_numbers("FR").data[0].number_id, 7)).info.rent_id
    for index in range(10):
        sandbox.receive_sms(rent_id, "+33612246450", str(index))
    return rent_id


NEWEST_FIRST = ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize("limit", [1, 3, 5, 10, 500])
def test_every_item_is_returned_once_and_in_order_for_any_page_size(limit: int, api: NumbersApi, rent_id: str) -> None:
    assert [sms.text for sms in paginate(api.get_inbound_sms, rent_id, limit=limit)] == NEWEST_FIRST


def test_bulk_lookups_and_their_results_have_pages(sandbox: Sandbox, api: NumbersApi) -> None:
    request = NumbersLookupRequest([f"+3361224645{digit}" for digit in range(7)])
    ids = [api.lookup_numbers(request).info.lookup_bulk_id for _ in range(3)]
    sandbox.finish_lookups()
    assert sorted(bulk.id for bulk in paginate(api.get_bulk_lookup_campaigns, limit=2)) == sorted(ids)
    results = paginate(api.get_bulk_lookup_status, ids[0], limit=3)
    assert sorted(result.phone_number for result in results) == request.phone_numbers


def test_a_page_is_requested_when_its_first_item_is(sandbox: Sandbox, api: NumbersApi, rent_id: str) -> None:
    asked = len(sandbox.requests)
    items = paginate(api.get_inbound_sms, rent_id, limit=4)
    assert len(sandbox.requests) == asked
    assert [sms.text for sms in islice(items, 4)] == NEWEST_FIRST[:4]
    assert len(sandbox.requests) == asked + 1
    assert next(items).text == NEWEST_FIRST[4]
    assert len(sandbox.requests) == asked + 2


def test_reading_resumes_at_a_saved_cursor(api: NumbersApi, rent_id: str) -> None:
    items = paginate(api.get_inbound_sms, rent_id, limit=4)
    assert items.cursor is None
    assert [sms.text for sms in islice(items, 6)] == NEWEST_FIRST[:6]
    again = paginate(api.get_inbound_sms, rent_id, limit=4, next=items.cursor)
    assert [sms.text for sms in again] == NEWEST_FIRST[4:]


@pytest.mark.parametrize("came", [0, 2, 4, 6])
def test_a_failure_between_pages_loses_and_repeats_nothing(
    came: int, sandbox: Sandbox, api: NumbersApi, rent_id: str
) -> None:
    items = paginate(api.get_inbound_sms, rent_id, limit=2)
    texts = [sms.text for sms in islice(items, came)]
    sandbox.fail_next(drop="before")
    with pytest.raises(ApiConnectionException):
        next(items)
    assert texts + [sms.text for sms in items] == NEWEST_FIRST


def test_an_older_api_version_is_read_in_one_request() -> None:
    with Sandbox(api_version="2022-10") as sandbox, ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        bulk_id = api.lookup_numbers(NumbersLookupRequest(["+33612246450", "+33612246451"])).info.lookup_bulk_id
        sandbox.finish_lookups()
        assert len(list(paginate(api.get_bulk_lookup_status, bulk_id))) == 2


PAGE = {"data": [{"msgId": "a"}]}


@pytest.mark.parametrize(
    "answer",
    [
        {"data": []},
        {"data": None, "paging": None},
        {},
        {"paging": {"next": ""}},
        {"paging": {"next": None}},
        {"paging": {}},
    ],
)
def test_a_response_without_items_and_cursors_is_the_last(
    answer: dict[str, Any], serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    server = serve(lambda _: Reply(body=answer))
    assert list(paginate(connect(server).get_inbound_sms, "id")) == []
    assert len(server.requests) == 1


def test_a_repeated_cursor_ends_the_iteration(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    following = {"": "b", "next=b": "c", "next=c": "b"}

    def answer(request: Request) -> Reply:
        return Reply(body={**PAGE, "paging": {"next": following[request.query]}})

    server = serve(answer)
    assert len(list(islice(paginate(connect(server).get_inbound_sms, "id"), 10))) == 3
    assert [request.query for request in server.requests] == ["", "next=b", "next=c"]


def test_an_empty_page_in_the_middle_is_skipped(
    serve: Callable[..., ScriptedServer], connect: Callable[..., NumbersApi]
) -> None:
    pages = [{"data": [], "paging": {"next": "b"}}, PAGE]
    assert len(list(paginate(connect(serve(map(Reply, [200, 200], pages))).get_inbound_sms, "id"))) == 1


@pytest.mark.parametrize("option", ["previous", "_preload_content", "_return_http_data_only", "async_req"])
def test_options_that_change_the_result_are_rejected(option: str, api: NumbersApi, sandbox: Sandbox) -> None:
    with pytest.raises(ApiTypeError, match=option):
        paginate(api.get_inbound_sms, "id", **{option: "x"})  # type: ignore[arg-type]
    assert sandbox.requests == []
