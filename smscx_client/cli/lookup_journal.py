"""The journal of ``smscx lookup``: how to resume an interrupted run."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import sys
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from subprocess import list2cmdline
from tempfile import mkdtemp
from typing import TYPE_CHECKING, NoReturn

from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.interrupts import handle_interrupts
from smscx_client.cli.messages import Failure, print_from_signal_handler, print_message
from smscx_client.cli.paid_calls import MAY_BE_CHARGED
from smscx_client.cli.phone_numbers import NumbersSource
from smscx_client.exceptions import ApiValueError

if TYPE_CHECKING:
    from smscx_client.journal import Journal


@contextmanager
def open_journal(path: str | None, source: NumbersSource) -> Generator[Journal]:
    """Open the journal of a run, and print how to resume if the run does not complete.

    Without a path, the journal is in a temporary directory. It is kept only if the run can be resumed.
    """
    from smscx_client.journal import Journal, JournalException  # slow to import

    directory = Path(mkdtemp(prefix="smscx-")) if path is None else None
    file = str(path if directory is None else directory / "lookup.journal")
    same_input = " with the same standard input" if source.from_standard_input else ""
    advice = f"The journal records what you paid for. Resume{same_input}: {_resume_command(file)}"
    resumable = False
    try:
        with Journal(file) as journal, _abort_on_second_interrupt(advice):
            if directory is not None:
                print_message(f"The journal {file} records what you pay for. It is deleted when the run completes.")
            resumable = True
            recorded = journal.entries()
            try:
                with _print_warnings():
                    yield journal
                resumable = False
            except ApiValueError:
                resumable = journal.entries() != recorded  # otherwise the journal was made for other numbers
                raise
            except BaseException:
                resumable = bool(journal.entries())
                raise
    except JournalException as error:
        raise Failure(ExitCode.FILE, str(error)) from None
    finally:
        if resumable:
            print_message(advice)
        elif directory is not None:
            shutil.rmtree(directory)


@contextmanager
def _print_warnings() -> Generator[None]:
    """Print the warnings of the journal: that it checks whether a request was processed, which takes minutes."""
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: print_message(record.getMessage())  # type: ignore[method-assign]
    journal_logger = logging.getLogger("smscx_client.journal")
    journal_logger.addHandler(handler)
    try:
        yield
    finally:
        journal_logger.removeHandler(handler)


def _abort_on_second_interrupt(advice: str) -> AbstractContextManager[None]:
    """End the run on the first Ctrl-C, after the responses to the requests sent, and the process on the second one.

    Then the journal has the same state as after a power failure: it lists what has an unknown outcome.
    """

    def stop() -> NoReturn:
        print_from_signal_handler("Stopping after the responses to the requests sent. Press Ctrl-C again to stop now.")
        raise KeyboardInterrupt

    def abort(*_: object) -> NoReturn:
        print_from_signal_handler(f"Interrupted before all responses arrived. {MAY_BE_CHARGED} {advice}")
        os._exit(ExitCode.OUTCOME_UNKNOWN)

    return handle_interrupts(stop, abort)


def _resume_command(journal: str) -> str:
    """Return the command of this process, with the option ``--journal``."""
    arguments = sys.argv[1:]
    if not any(argument.partition("=")[0] == "--journal" for argument in arguments):
        position = arguments.index("lookup") + 1
        arguments[position:position] = ["--journal", journal]
    command = ["smscx", *arguments]
    return list2cmdline(command) if os.name == "nt" else shlex.join(command)
