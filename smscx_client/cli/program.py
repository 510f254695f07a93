"""``smscx``: the options before the command, the commands, and how a run ends."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Literal, TextIO

import click

from smscx_client._version import __version__
from smscx_client.cli.commands.access_token import token
from smscx_client.cli.commands.available import available
from smscx_client.cli.commands.inbound import inbound
from smscx_client.cli.commands.local_sandbox import sandbox
from smscx_client.cli.commands.lookup import lookup
from smscx_client.cli.commands.rents import cancel, edit, renew, rent, rented
from smscx_client.cli.commands.validate import validate
from smscx_client.cli.connection import Connection
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import Failure, failure_of, say
from smscx_client.exceptions import ApiException, ApiTypeError, ApiValueError


@click.group(
    invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="smscx")
@click.option(
    "--sandbox", is_flag=True, help="Try the command in a sandbox of its own: nothing is real or costs money."
)
@click.option(
    "--api-key-file", type=click.Path(), metavar="PATH", help="File that holds the API key; else SMSCX_API_KEY has it."
)
@click.pass_context
def smscx(context: click.Context, sandbox: bool, api_key_file: str | None) -> None:
    """Validate phone numbers, look them up, rent them, and read the SMS that they receive."""
    context.obj = Connection(sandbox, api_key_file)
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(ExitCode.USAGE)


for _command in (validate, lookup, available, rent, renew, cancel, edit, rented, inbound, token, sandbox):
    smscx.add_command(_command)


def run() -> int:
    """Run the command that the process was started with, and return its exit code."""
    warnings.showwarning = _warn  # type: ignore[assignment]
    try:
        _check_streams()
        return _run()
    except Failure as failure:
        say(failure.message)
        return failure.code
    except click.Abort:
        say("interrupted")
        return ExitCode.INTERRUPTED
    except click.ClickException as wrong:
        context = wrong.ctx if isinstance(wrong, click.UsageError) else None
        say(f"{wrong.format_message().rstrip('.')}.{f' See {context.command_path} --help.' if context else ''}")
        return ExitCode.USAGE


def _check_streams() -> None:
    """Have three streams, so that no file or connection takes the place of one that was closed.

    Raises:
        Failure: there is nowhere to write the output, which may be paid for.
    """
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise Failure(ExitCode.FILE, "standard output is closed")
    sys.stdin = sys.stdin or _nothing("r")
    sys.stderr = sys.stderr or _nothing("w")


def _nothing(mode: Literal["r", "w"]) -> TextIO:
    return Path(os.devnull).open(mode, encoding="utf-8")  # it stays open as long as the process


def _run() -> int:
    try:
        return smscx.main(prog_name="smscx", standalone_mode=False) or ExitCode.DONE
    except ApiException as exception:
        raise failure_of(exception) from exception
    except (ApiTypeError, ApiValueError) as error:
        raise Failure(ExitCode.USAGE, str(error)) from error
    except OSError as error:
        raise Failure(ExitCode.FILE, str(error)) from error


def _warn(message: Warning | str, *_: object) -> None:
    say(str(message))
