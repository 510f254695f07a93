"""``smscx --sandbox``: a sandbox for one command, with an account in which something has happened."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

import click

from smscx_client import ApiClient
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.messages import say
from smscx_client.model.rent_number_request import RentNumberRequest

if TYPE_CHECKING:
    from smscx_client.sandbox import Sandbox

COUNTRY = "FR"
SMS_EVERY = 3.0
"""Seconds."""


@contextmanager
def trial() -> Generator[Sandbox]:
    """A sandbox that is the same each time: it rents two numbers, and the newer one receives SMS all the while.

    Raises:
        click.UsageError: the extra for the sandbox is missing.
    """
    try:
        from smscx_client.sandbox import Sandbox  # slow to import, and few commands need it
    except ModuleNotFoundError as error:
        raise click.UsageError(str(error)) from None
    ended = Event()
    with Sandbox() as sandbox:
        quiet, receiving = _prepare(sandbox)
        say(
            f"sandbox: nothing is real or costs money. It rents {quiet} and, with an SMS every few seconds, {receiving}"
        )
        sender = Thread(target=_keep_sending, args=(sandbox, receiving, ended), name="smscx sms", daemon=True)
        sender.start()
        try:
            yield sandbox
        finally:
            ended.set()
            sender.join()


def _prepare(sandbox: Sandbox) -> tuple[str, str]:
    with ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        first, second, *_ = api.get_available_numbers(COUNTRY).data
        quiet = api.rent_number(RentNumberRequest(first.number_id, 7)).info.rent_id
        sandbox.advance(minutes=1)
        receiving = api.rent_number(RentNumberRequest(second.number_id, 7)).info.rent_id
    _send(sandbox, receiving, 0)
    return quiet, receiving


def _keep_sending(sandbox: Sandbox, rent_id: str, ended: Event) -> None:
    count = 0
    while not ended.wait(SMS_EVERY):
        count += 1
        _send(sandbox, rent_id, count)


def _send(sandbox: Sandbox, rent_id: str, count: int) -> None:
    sandbox.receive_sms(rent_id, "+33612246450", f"Your code is {(482913 + 7919 * count) % 1_000_000:06}")
