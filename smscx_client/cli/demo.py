"""``smscx --sandbox``: a temporary sandbox for one command, with rentals that already receive SMS."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

import click

from smscx_client import ApiClient
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.messages import print_message
from smscx_client.model.rent_number_request import RentNumberRequest

if TYPE_CHECKING:
    from smscx_client.sandbox import Sandbox

COUNTRY = "FR"
SMS_INTERVAL = 3.0
"""Seconds."""


@contextmanager
def demo_sandbox() -> Generator[Sandbox]:
    """Run a sandbox with the same two rentals each time. The newer one receives an SMS every few seconds.

    Raises:
        click.UsageError: the ``sandbox`` extra is not installed.
    """
    try:
        from smscx_client.sandbox import Sandbox  # slow to import, and few commands need it
    except ModuleNotFoundError as error:
        raise click.UsageError(str(error)) from None
    stop = Event()
    with Sandbox() as sandbox:
        quiet, receiving = _rent_numbers(sandbox)
        print_message(
            "Using a sandbox: nothing is real, and nothing costs money."
            f" Rental {quiet} receives no SMS; rental {receiving} receives one every few seconds."
        )
        sender = Thread(target=_send_repeatedly, args=(sandbox, receiving, stop), name="smscx sms", daemon=True)
        sender.start()
        try:
            yield sandbox
        finally:
            stop.set()
            sender.join()


def _rent_numbers(sandbox: Sandbox) -> tuple[str, str]:
    with ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        first, second, *_ = api.get_available_numbers(COUNTRY).data
        quiet = api.rent_number(RentNumberRequest(first.number_id, 7)).info.rent_id
        sandbox.advance(minutes=1)
        receiving = api.rent_number(RentNumberRequest(second.number_id, 7)).info.rent_id
    _send_code(sandbox, receiving, 0)
    return quiet, receiving


def _send_repeatedly(sandbox: Sandbox, rent_id: str, stop: Event) -> None:
    count = 0
    while not stop.wait(SMS_INTERVAL):
        count += 1
        _send_code(sandbox, rent_id, count)


def _send_code(sandbox: Sandbox, rent_id: str, count: int) -> None:
    sandbox.receive_sms(rent_id, "+33612246450", f"Your code is {(482913 + 7919 * count) % 1_000_000:06}")
