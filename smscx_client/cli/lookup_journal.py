"""The journal of ``smscx lookup``: resolve unknown outcomes, and resume an interrupted run."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from subprocess import list2cmdline
from tempfile import mkdtemp
from typing import TYPE_CHECKING, NoReturn

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.interrupts import handle_interrupts
from smscx_client.cli.messages import MALFORMED, Failure, failure_from, print_from_signal_handler, print_message
from smscx_client.cli.paid_calls import MAY_BE_CHARGED
from smscx_client.cli.phone_numbers import NumbersSource
from smscx_client.exceptions import ApiException, ApiValueError

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
            recorded = journal.all_from(0)
            try:
                yield journal
                resumable = False
            except ApiValueError:
                resumable = journal.all_from(0) != recorded  # otherwise the journal was made for other numbers
                raise
            except BaseException:
                resumable = bool(journal.all_from(0))
                raise
    except JournalException as error:
        raise Failure(ExitCode.FILE, str(error)) from None
    finally:
        if resumable:
            print_message(advice)
        elif directory is not None:
            shutil.rmtree(directory)


def resolve_unknown_batches(api: NumbersApi, journal: Journal, *, grace: float) -> None:
    """Find out, with free calls, whether batches with an unknown outcome were processed.

    Args:
        api: Makes the calls.
        journal: Records the batches and their outcome.
        grace: Seconds after which a batch that left no trace was not processed.

    Raises:
        Failure: an outcome could not be determined.
    """
    from smscx_client.bulk import settle_unknown

    unknown = journal.unknown()
    if not unknown:
        return
    count = sum(batch.size for batch in unknown)
    wait = max(0.0, grace - seconds_since_sent(journal))
    print_message(f"{count:,} numbers have an unknown outcome. Checking for up to {wait:.0f} s if they were processed.")
    try:
        unresolved = settle_unknown(api, journal, grace=grace)
    except KeyboardInterrupt:
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{MAY_BE_CHARGED} The next run checks again.") from None
    except (ApiException, *MALFORMED) as exception:
        failed = failure_from(exception).message if isinstance(exception, ApiException) else str(exception)
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{MAY_BE_CHARGED} The check failed: {failed}") from None
    if unresolved:
        undetermined = f"The outcome could not be determined (batches: {len(unresolved)})."
        advice = "Record it with Journal.settle() of smscx_client.journal."
        raise Failure(ExitCode.OUTCOME_UNKNOWN, f"{MAY_BE_CHARGED} {undetermined} {advice}")
    recorded = {batch.start for batch in journal.all_from(0)}
    for batch in unknown:
        outcome = "looked up" if batch.start in recorded else "not processed, and you were not charged for them"
        print_message(f"{batch.size:,} numbers were {outcome}.")


def seconds_since_sent(journal: Journal) -> float:
    """Return the seconds since the last batch with an unknown outcome was sent."""
    now = datetime.now(timezone.utc)
    return (now - max((batch.sent_at for batch in journal.unknown()), default=now)).total_seconds()


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
