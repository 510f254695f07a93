"""Confirmation before a command spends money."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import Failure, print_message

Command = TypeVar("Command", bound=Callable[..., Any])


def yes_option(command: Command) -> Command:
    """Add the option ``--yes`` to a command."""
    return click.option("--yes", is_flag=True, help="Accept the cost without a confirmation prompt.")(command)


def confirm_cost(cost: str, *, yes: bool) -> None:
    """Show the cost, and return only if the user accepts it.

    Args:
        cost: What is charged, and for what, as complete sentences.
        yes: Whether the user passed ``--yes``.

    Raises:
        click.UsageError: standard input is not a terminal, so the user cannot be asked.
        Failure: the user declined.
    """
    if not yes and not sys.stdin.isatty():
        raise click.UsageError(f"{cost} Cannot ask for confirmation: standard input is not a terminal. Pass --yes.")
    print_message(cost)
    if not yes and not click.confirm("smscx: Continue?", err=True):
        raise Failure(ExitCode.NOT_SPENT, "Aborted. You were not charged.")
