"""``smscx``: the options of every command, the list of commands, and the exit code."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Literal, TextIO

import click

from smscx_client._log_output import log_to_stderr
from smscx_client._version import __version__
from smscx_client.cli.commands.access_token import token
from smscx_client.cli.commands.available import available
from smscx_client.cli.commands.completion import completion
from smscx_client.cli.commands.doctor import doctor
from smscx_client.cli.commands.inbound import inbound
from smscx_client.cli.commands.job import job
from smscx_client.cli.commands.local_sandbox import sandbox
from smscx_client.cli.commands.lookup import lookup
from smscx_client.cli.commands.rentals import cancel, edit, renew, rent, rented
from smscx_client.cli.commands.validate import validate
from smscx_client.cli.connection import Connection
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.interrupts import treat_sigterm_as_interrupt
from smscx_client.cli.messages import Failure, failure_from, print_message
from smscx_client.exceptions import ApiException, ApiTypeError, ApiValueError

FLAGS = ("--sandbox", "-v", "--verbose")


class _Program(click.Group):
    """Accepts the options of the program after the command as well."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        flags = [argument for argument in args[:end] if argument in FLAGS]
        others = [argument for argument in args[:end] if argument not in FLAGS]
        if "--api-key-file" in others[:-1]:
            position = others.index("--api-key-file")
            flags += others[position : position + 2]
            del others[position : position + 2]
        return super().parse_args(ctx, [*flags, *others, *args[end:]])


@click.group(
    cls=_Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="smscx")
@click.option("--sandbox", is_flag=True, help="Run the command in a temporary sandbox. Nothing is real or costs money.")
@click.option(
    "--api-key-file", type=click.Path(), metavar="PATH", help="File that contains the API key. Default: SMSCX_API_KEY."
)
@click.option("-v", "--verbose", is_flag=True, help="Show each request on standard error. The same as SMSCX_LOG=debug.")
@click.pass_context
def smscx(context: click.Context, sandbox: bool, api_key_file: str | None, verbose: bool) -> None:
    """Validate phone numbers, look them up, rent them, and read the SMS they receive."""
    if verbose:
        log_to_stderr("debug")
    context.obj = Connection(sandbox, api_key_file)
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(ExitCode.USAGE)


_rentals = (available, rent, renew, cancel, edit, rented, inbound)
for _command in (validate, lookup, *_rentals, job, token, sandbox, doctor, completion):
    smscx.add_command(_command)


def run() -> int:
    """Run the command in the arguments of the process, and return its exit code."""
    warnings.showwarning = _warn  # type: ignore[assignment]
    treat_sigterm_as_interrupt()
    try:
        _check_streams()
        return _run_command()
    except Failure as failure:
        print_message(failure.message)
        return failure.code
    except click.Abort:
        print_message("Interrupted.")
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        see_help = f" See {context.command_path} --help." if context else ""
        print_message(f"{error.format_message().rstrip('.')}.{see_help}")
        return ExitCode.USAGE


def _check_streams() -> None:
    """Replace closed streams, so that no file or connection gets the number of one of them.

    Raises:
        Failure: standard output is closed, so the output that a call is charged for would be lost.
    """
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise Failure(ExitCode.FILE, "Standard output is closed; nothing was sent. Redirect it to a file or a pipe.")
    sys.stdin = sys.stdin or _open_devnull("r")
    sys.stderr = sys.stderr or _open_devnull("w")


def _open_devnull(mode: Literal["r", "w"]) -> TextIO:
    return Path(os.devnull).open(mode, encoding="utf-8")  # open until the process ends


def _run_command() -> int:
    try:
        return smscx.main(prog_name="smscx", standalone_mode=False) or ExitCode.OK
    except ApiException as exception:
        raise failure_from(exception) from exception
    except (ApiTypeError, ApiValueError) as error:
        raise Failure(ExitCode.USAGE, str(error)) from error
    except OSError as error:
        raise Failure(ExitCode.FILE, str(error)) from error


def _warn(message: Warning | str, *_: object) -> None:
    print_message(str(message))
