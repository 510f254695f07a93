"""``smscx completion``."""

from __future__ import annotations

from typing import cast

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands and options in your shell.

    For bash: eval "$(smscx completion bash)". For fish: smscx completion fish | source.
    """
    completer = get_completion_class(shell)
    if completer is not None:
        program = cast("click.Group", context.find_root().command)
        click.echo(completer(program, {}, "smscx", "_SMSCX_COMPLETE").source())
