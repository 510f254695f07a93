"""The programs of a simulation: each has a journal, and is killed and started again at any step."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.idempotency import IdempotentNumbersApi
from smscx_client.journal import Journal
from support import client_internals
from support.client_internals import GRACE, after_paid_response
from support.crash_image import CrashImage
from support.faulty_link import FaultyLink

Death = Literal["clean", "interrupted commit"]


class Killed(BaseException):
    """The process is killed at this step."""


@dataclass
class Interruption:
    """What happens to a program at one of the next steps of its calls.

    A step is the beginning, the commit or the end of a write of the journal, or the response to a paid request.
    """

    step: int
    death: Death | None = None
    at_step: Callable[[], None] | None = None
    """Done at the step instead of dying."""
    meanwhile: Callable[[], None] | None = None
    """Done when the response to the first paid request has arrived and is not recorded yet."""


class Program:
    """A process with a journal.

    Args:
        name: Its name.
        path: Its journal.
        link: Its network.
        committed: Called after each commit.

    Attributes:
        generation: How many journals it lost.
    """

    def __init__(self, name: str, path: Path, link: FaultyLink, committed: Callable[[], None]) -> None:
        self.name = name
        self.path = path
        self.generation = 0
        self._link = link
        self._committed = committed
        self._client: ApiClient | None = None
        self._interruption: Interruption | None = None
        self._before_commit: CrashImage | None = None
        self._at_death: CrashImage | None = None
        self.journal: Journal
        self.api: NumbersApi
        self.idempotent: IdempotentNumbersApi
        self.start()

    def start(self) -> None:
        """Open the journal, with a new connection to the service."""
        self.journal = Journal(self.path)
        client_internals.spy_on_writes(self.journal, self._step)
        self._client = ApiClient(
            Configuration(self._link.url, self._link.account.api_key, proxy=False, retries=1, timeout=20)
        )
        self.api = NumbersApi(self._client)
        self.idempotent = IdempotentNumbersApi(self.api, self.journal, grace=GRACE)

    def stop(self) -> None:
        """Close the journal, as a program does that ends."""
        self.journal.close()
        self._close_client()

    def kill(self) -> None:
        """End without any cleanup: the files are what they were when the process died."""
        image = self._at_death or CrashImage(self.path)
        self._at_death = None
        client_internals.abandon(self.journal)
        image.restore()
        self._close_client()

    def lose_journal(self) -> None:
        """Delete the journal of a program that is killed."""
        self.kill()
        for file in client_internals.files_of(self.path):
            file.unlink(missing_ok=True)
        self.generation += 1

    def put_back(self, aside: Path, content: bytes) -> None:
        """Start again with the journal as it was before somebody took it away."""
        client_internals.abandon(self.journal)
        self._close_client()
        if aside.exists():
            aside.replace(self.path)
        client_internals.files_of(self.path)[1].unlink(missing_ok=True)
        self.path.write_bytes(content)
        self.start()

    def open_intents(self) -> list[dict[str, Any]]:
        """Return what is open in the file, as another process would see it after a crash."""
        return [intent for intent in CrashImage(self.path).intents() if intent["state"] == "open"]

    @contextmanager
    def interrupted(self, interruption: Interruption | None) -> Generator[None]:
        """Do something at one of the next steps."""
        self._interruption = interruption
        try:
            if interruption is None:
                yield
            else:
                with after_paid_response(self._response):
                    yield
        finally:
            self._interruption = None

    def _response(self) -> None:
        interruption = self._interruption
        if interruption is not None and interruption.meanwhile is not None:
            meanwhile, interruption.meanwhile = interruption.meanwhile, None
            meanwhile()
        self._step("response")

    def _step(self, name: str) -> None:
        if name == "committed":
            self._committed()
        interruption = self._interruption
        if interruption is None or (interruption.death is None and interruption.at_step is None):
            return
        if name == "commit":
            self._before_commit = CrashImage(self.path)
        interruption.step -= 1
        if interruption.step != 0:
            return
        if interruption.at_step is not None:
            interruption.at_step()
            return
        self._at_death = CrashImage(self.path)
        if name == "committed" and interruption.death == "interrupted commit" and self._before_commit is not None:
            self._at_death = self._before_commit.interrupted_by(self._at_death)
        raise Killed

    def _close_client(self) -> None:
        if self._client is not None:
            with suppress(OSError):
                self._client.close()
