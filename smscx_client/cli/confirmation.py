"""Asking before money is spent."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import Failure, say

Command = TypeVar("Command", bound=Callable[..., Any])


def yes_option(command: Command) -> Command:
    """Give a command the option ``--yes``."""
    return click.option("--yes", is_flag=True, help="Agree to the cost without being asked.")(command)


def agree(cost: str, *, yes: bool) -> None:
    """Say what will be paid, and go on only if the user wants that.

    Args:
        cost: What will be paid for what.
        yes: Whether the user has agreed already.

    Raises:
        click.UsageError: there is nobody to ask.
        Failure: the answer was no.
    """
    if yes:
        say(cost)
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{cost} Standard input is no terminal, so nobody can be asked: give --yes to agree")
    say(cost)
    if not click.confirm("smscx: go on?", err=True):
        raise Failure(ExitCode.NOT_SPENT, "nothing was bought")
