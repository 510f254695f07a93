"""Options that say which rented, or rentable, numbers are wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

import click

from smscx_client.schema_types import Features, NumberType

Command = TypeVar("Command", bound=Callable[..., Any])

_FEATURES: dict[str, Features] = {"receive": 1, "send": 2, "both": 3}


class Wanted(TypedDict):
    """The options, by the names that the methods of ``NumbersApi`` have for them."""

    features: Features | None
    number_type: NumberType | None
    inbound_sms_sender: bool | None
    include: str | None
    exclude: str | None


def wanted_options(command: Command) -> Command:
    """Give a command the options of :class:`Wanted`."""
    for decorate in (
        click.option("--exclude", metavar="DIGITS", help="Digits that the number must not contain."),
        click.option("--include", metavar="DIGITS", help="Digits that the number must contain."),
        click.option(
            "--named-senders/--no-named-senders",
            "inbound_sms_sender",
            default=None,
            help="Whether SMS come through whose sender is a name.",
        ),
        click.option(
            "--sms",
            "features",
            type=click.Choice(list(_FEATURES)),
            callback=_features,
            help="What the number can do with SMS.",
        ),
        click.option("--type", "number_type", type=click.Choice(["mobile", "landline"]), help="Type of the number."),
    ):
        command = decorate(command)
    return command


def _features(_: click.Context, __: click.Parameter, value: str | None) -> Features | None:
    return None if value is None else _FEATURES[value]
