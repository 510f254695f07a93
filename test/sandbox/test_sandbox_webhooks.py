"""The sandbox posts lookup results and received SMS to a receiver on loopback."""

from __future__ import annotations

from typing import Any

from smscx_client import ApiClient
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import (
    CallBackRequestNumberLookup,
    CallBackRequestReceiveSms,
    NumbersLookupRequest,
    RentNumberRequest,
)
from smscx_client.sandbox import Sandbox
from support.scripted_server import Reply

FRENCH = "+33612246450"


def rent(api: NumbersApi, url: str) -> str:
    offer = api.get_available_numbers("FR", registration=False).data[0]
    return api.rent_number(RentNumberRequest(offer.number_id, 7, callback_url=url)).info.rent_id


def test_a_received_sms_is_posted_to_the_callback_url(serve: Any, api: NumbersApi, sandbox: Sandbox) -> None:
    receiver = serve(lambda _: Reply(200))
    rent_id = rent(api, receiver.url + "/sms")
    msg_id = sandbox.receive_sms(rent_id, FRENCH, "hello")
    assert sandbox.flush_webhooks()
    (request,) = receiver.requests
    assert (request.method, request.path, request.headers["content-type"]) == ("POST", "/sms", "application/json")
    event = CallBackRequestReceiveSms.from_json(request.body)
    assert (event.event, event.data[0].msg_id, event.data[0].text) == ("receive_sms", msg_id, "hello")
    assert event.data[0] == api.get_inbound_sms(rent_id).data[0]


def test_lookup_results_are_posted_when_available_with_at_most_200_per_request(
    serve: Any, api: NumbersApi, sandbox: Sandbox
) -> None:
    receiver = serve(lambda _: Reply(200))
    numbers = [f"+3361224{number:04}" for number in range(6400, 6850)]
    bulk = api.lookup_numbers(NumbersLookupRequest(numbers, lookup_callback_url=receiver.url))
    sandbox.flush_webhooks()
    assert receiver.requests == []
    sandbox.finish_lookups()
    assert sandbox.flush_webhooks()
    events = [CallBackRequestNumberLookup.from_json(request.body) for request in receiver.requests]
    assert [len(event.data) for event in events] == [200, 200, 50]
    assert [result.phone_number for event in events for result in event.data] == numbers
    assert {result.lookup_bulk_id for event in events for result in event.data} == {bulk.info.lookup_bulk_id}
    assert {event.event for event in events} == {"number_lookup"}


def test_lookup_results_are_posted_when_the_clock_advances(serve: Any, api: NumbersApi, sandbox: Sandbox) -> None:
    receiver = serve(lambda _: Reply(200))
    api.lookup_numbers(NumbersLookupRequest([FRENCH], lookup_callback_url=receiver.url))
    sandbox.advance(minutes=1)
    assert sandbox.flush_webhooks()
    assert len(receiver.requests) == 1


def test_a_webhook_without_a_200_response_is_redelivered(serve: Any, api: NumbersApi, sandbox: Sandbox) -> None:
    replies = iter([Reply(500), Reply(fault="reset"), Reply(302), Reply(200)])

    receiver = serve(lambda _: next(replies))
    sandbox.receive_sms(rent(api, receiver.url), FRENCH, "hello")
    assert sandbox.flush_webhooks()
    assert len({request.body for request in receiver.requests}) == 1
    assert [delivery.outcome for delivery in sandbox.deliveries] == ["500", "no response", "302", "200"]
    assert [delivery.attempt for delivery in sandbox.deliveries] == [1, 2, 3, 4]


def test_nothing_is_posted_to_a_receiver_outside_loopback(api: NumbersApi, sandbox: Sandbox) -> None:
    sandbox.receive_sms(rent(api, "https://webhook.example/sms"), FRENCH, "hello")
    assert sandbox.flush_webhooks()
    assert [delivery.outcome for delivery in sandbox.deliveries] == ["not sent"]


def test_external_callbacks_can_be_allowed() -> None:
    with Sandbox(allow_external_callbacks=True) as sandbox, ApiClient(sandbox.configuration()) as client:
        sandbox.receive_sms(rent(NumbersApi(client), "http://no-such-host.invalid/sms"), FRENCH, "hello")
        sandbox.flush_webhooks(0.3)
        assert {delivery.outcome for delivery in sandbox.deliveries} == {"no response"}
