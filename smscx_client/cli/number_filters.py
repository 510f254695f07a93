"""Options that filter rented or available numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

import click

from smscx_client.schema_types import Features, NumberType

Command = TypeVar("Command", bound=Callable[..., Any])

_FEATURES: dict[str, Features] = {"receive": 1, "send": 2, "both": 3}


class NumberFilters(TypedDict, total=False):
    """The options, under the names of the parameters of ``NumbersApi``."""

    features: Features | None
    number_type: NumberType | None
    inbound_sms_sender: bool | None
    include: str | None
    exclude: str | None


def number_filter_options(command: Command) -> Command:
    """Add the options of :class:`NumberFilters` to a command."""
    for decorate in (
        click.option("--exclude", metavar="DIGITS", help="Digits that the number must not contain."),
        click.option("--include", metavar="DIGITS", help="Digits that the number must contain."),
        click.option(
            "--alphanumeric-senders/--no-alphanumeric-senders",
            "inbound_sms_sender",
            default=None,
            help="Whether the number receives SMS from alphanumeric senders.",
        ),
        click.option(
            "--sms",
            "features",
            type=click.Choice(list(_FEATURES)),
            callback=_parse_features,
            help="Whether the number can receive SMS, send SMS, or both.",
        ),
        click.option("--number-type", type=click.Choice(["mobile", "landline"]), help="Type of the number."),
    ):
        command = decorate(command)
    return command


def _parse_features(_: click.Context, __: click.Parameter, value: str | None) -> Features | None:
    return None if value is None else _FEATURES[value]
