"""Servers and the load each in a process of its own; nothing they cost is hidden in another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeAlias

from tidegate.errors import TidegateError

Told: TypeAlias = "Connection[Any, Any]"
Server: TypeAlias = Callable[[Path, Callable[[int], None]], None]
"""Serves on a free port of the loopback until SIGTERM, and says which once it takes requests.

A function of a module: it is started by its name in a new interpreter.
"""

START = 30.0
STOP = 10.0


class BenchFailed(TidegateError):
    """A process of the bench died, or answered what it should not."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process and the line to it."""

    name: str
    told: Told

    def ask(self, question: Any, patience: float) -> Any:
        """Send, and wait `patience` seconds for what it says. Raises `BenchFailed`."""
        self.told.send(question)
        return self.hear(patience)

    def hear(self, patience: float) -> Any:
        """What it says next. Raises `BenchFailed`."""
        try:
            said = self.told.recv() if self.told.poll(patience) else None
        except EOFError:
            said = None
        if said is None or isinstance(said, str):
            raise BenchFailed(f"{self.name}: {said or 'died, or said nothing'}")
        return said


@contextmanager
def child(name: str, run: Callable[..., None], *given: Any, log: Path) -> Iterator[Child]:
    """Run `run(told, *given)` in a process of its own; its stderr goes to the file `log`."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_enter, args=(log, run, theirs, *given), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Child(name, ours)
    finally:
        process.terminate()
        process.join(STOP)
        if process.is_alive():
            process.kill()
            process.join(STOP)
        ours.close()


@contextmanager
def serving(name: str, server: Server, folder: Path) -> Iterator[int]:
    """Start `server`; its port."""
    with child(name, _serve, server, folder, log=folder / f"{name}.log") as each:
        yield int(each.hear(START))


def _enter(log: Path, run: Callable[..., None], told: Told, *given: Any) -> None:
    # A file, as under a supervisor: what a line costs is part of the figure.
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 2)
    run(told, *given)


def _serve(told: Told, server: Server, folder: Path) -> None:
    server(folder, told.send)
