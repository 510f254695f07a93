"""The points at which a worker can be killed. Only this module replaces anything, and only in Python's library."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event, Lock, current_thread, main_thread
from typing import Any, TypeVar

from job import COMPLETE, Action, Point

T = TypeVar("T")

FORKED = "forked\n"
"""Printed for each child."""
ORPHAN_LIFETIME = 0.7
"""Seconds. The next worker uses the journal by then."""


class Points:
    """Counts commits and writes to sockets, and does something at one of them.

    Args:
        point: Where, and what.
    """

    def __init__(self, point: Point | None) -> None:
        self.counts: Counter[str] = Counter()
        self._point = point
        self._lock = Lock()
        self._must_fork, self._forked = Event(), Event()

    def run(self, work: Callable[[], T]) -> T:
        """Do some work in a thread, unless this thread is to fork between results, and return what it returns.

        Meanwhile this thread can fork while the other one is in a transaction, as in a program that starts child
        processes. The objects of the caller are finalized in the child too.
        """
        if self._point is not None and self._point.event == "result":
            return work()
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(work)
            while not future.done():
                if self._must_fork.wait(0.02):
                    self._must_fork.clear()
                    self._fork()
            return future.result()

    def watch(self, event: str, action: Callable[[], T]) -> T:
        """Do something that a point may be before or after."""
        with self._lock:
            self.counts[event] += 1
            number = self.counts[event]
        self._reach(event, number, "before")
        result = action()
        self._reach(event, number, "after")
        return result

    def _reach(self, event: str, number: int, moment: str) -> None:
        if self._point is not None and (event, number, moment) == self._point[:3]:
            self._act(event, self._point.action)

    def _act(self, event: str, action: Action) -> None:
        if event == "result":
            self._fork()
            self._point = Point("commit", self.counts["commit"] + 1, "before")
            return
        # The main thread opens the journal. Nothing can fork it in the middle of that but itself.
        if "fork" in action and current_thread() is not main_thread():
            self._must_fork.set()
            self._forked.wait()
        if "kill" in action:
            os.kill(os.getpid(), signal.SIGKILL)

    def _fork(self) -> None:
        """Fork a child that exits with everything that Python does at exit."""
        orphan = self._point is not None and "orphan" in self._point.action
        child = os.fork()
        if child == 0:
            if orphan:
                os.closerange(1, 3)  # the test waits until the output of the parent ends
                time.sleep(ORPHAN_LIFETIME)
            sys.exit(COMPLETE)
        if not orphan:
            os.waitpid(child, 0)
        os.write(1, FORKED.encode())
        self._forked.set()


def install(points: Points) -> None:
    """Watch the commits of every SQLite file, and every write to a socket."""
    connect, send = sqlite3.connect, socket.socket.sendall

    class WatchedDatabase(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            run = partial(super().execute, sql, *parameters)
            return points.watch("commit", run) if sql == "COMMIT" else run()

    def watched_send(connection: socket.socket, *arguments: Any) -> None:
        points.watch("send", partial(send, connection, *arguments))

    sqlite3.connect = partial(connect, factory=WatchedDatabase)
    socket.socket.sendall = watched_send  # type: ignore[method-assign]


def shift_clock(seconds: float) -> None:
    """Make the clock of this process wrong. Call it before anything imports ``datetime`` from its module."""
    now, real_time = dt.datetime.now, time.time
    shift = dt.timedelta(seconds=seconds)

    class ShiftedDatetime(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            shifted = now(tz) + shift
            return cls.combine(shifted.date(), shifted.timetz())

    dt.datetime = ShiftedDatetime  # type: ignore[misc]
    time.time = lambda: real_time() + seconds
