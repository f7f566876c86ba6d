"""Processes that begin where the imports are over: each is forked from one that made them.

A start of `tidegate` spends most of a second on its imports, and a suite starts it a hundred times.
What is forked is a process of its own, with its own pid, files and end. Tests whose subject is the
start itself start the program (`cold`).

Run as a script this is the one that is forked from; it ends with its standard input.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

USABLE = sys.platform.startswith("linux")
_IMPORTED = (
    "alembic.migration",
    "cli.compose",
    "cli.main",
    "cli.serve",
    "cli.up",
    "erp.sandbox.adapter",
    "erp.sandbox.serve",
    "ingest.app",
    "ops.http",
    "processor.drain",
    "sql.migrate",
    "tidegate.settings",
    "typer.main",
)
_OF_IMPORTS = "PYDANTIC_DISABLE_PLUGINS"
"""What `import tidegate` puts into the environment."""


class Forked:
    """A process, with as much of `subprocess.Popen` as tests use."""

    def __init__(self, pid: int, ends: Ends) -> None:
        self.pid = pid
        self._ends = ends

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._ends.of(self.pid, 0.0)

    def wait(self, timeout: float) -> int:
        """Its exit code; raises `subprocess.TimeoutExpired`."""
        code = self._ends.of(self.pid, timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"pid {self.pid}", timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without a word."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send_signal(signal.SIGTERM)


class Ends:
    """What the one that is forked from says: the pids that it began, and how they ended."""

    def __init__(self, said: IO[bytes]) -> None:
        self._said = said
        self._news = threading.Condition()
        self._began: list[int] = []
        self._codes: dict[int, int] = {}
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def close(self) -> None:
        """Free the pipe once nobody writes to it any more."""
        self._listening.join(10)
        self._said.close()

    def begun(self) -> int:
        """The pid of the next that begins."""
        with self._news:
            assert self._news.wait_for(lambda: self._began, 30), "nothing was forked"
            return self._began.pop(0)

    def of(self, pid: int, seconds: float) -> int | None:
        """The exit code, None where it has not ended within `seconds`."""
        with self._news:
            self._news.wait_for(lambda: pid in self._codes, seconds)
            return self._codes.get(pid)

    def _listen(self) -> None:
        for line in self._said:
            pid, code = json.loads(line)
            with self._news:
                if code is None:
                    self._began.append(pid)
                else:
                    self._codes[pid] = code
                self._news.notify_all()


class Source:
    """The one that is forked from, seen from the tests; one for each worker of the suite."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._asked = self._popen.stdin
        self._ends = Ends(self._popen.stdout)
        self._one = threading.Lock()
        atexit.register(self._close)

    def start(self, args: list[str], folder: Path, env: Mapping[str, str], log: Path) -> Forked:
        """`tidegate ARGS` in a folder, with that environment alone; it writes to the log."""
        asked = {"args": args, "folder": str(folder), "env": dict(env), "log": str(log)}
        with self._one:
            self._asked.write(json.dumps(asked).encode() + b"\n")
            self._asked.flush()
            return Forked(self._ends.begun(), self._ends)

    def _close(self) -> None:
        self._asked.close()
        self._popen.wait(10)
        self._ends.close()


@cache
def source() -> Source:
    """The worker's own."""
    return Source()


def main() -> None:
    """Import, then fork whenever a line asks for it; only what was forked goes on from here."""
    sys.path[0] = str(Path(__file__).parents[2])
    for name in _IMPORTED:
        importlib.import_module(name)
    del sys.path[0]
    gc.freeze()
    asked = _next()
    # From here on it is the process that was asked for.
    _become(asked)
    from cli.main import run

    run()


def _next() -> dict[str, Any]:
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    begun = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_ends()
        if 0 not in ready:
            continue
        more = os.read(0, 65536)
        if not more:
            os._exit(0)
        *lines, begun = (begun + more).split(b"\n")
        for line in lines:
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(woken)
                os.close(wake)
                found: dict[str, Any] = json.loads(line)
                return found
            _tell(pid, None)


def _tell_ends() -> None:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _tell(pid, os.waitstatus_to_exitcode(status))


def _tell(pid: int, code: int | None) -> None:
    os.write(1, json.dumps([pid, code]).encode() + b"\n")


def _become(asked: dict[str, Any]) -> None:
    log = os.open(asked["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, opened in ((0, nothing), (1, log), (2, log)):
        os.dup2(opened, target)
    os.close(log)
    os.close(nothing)
    for name in os.environ.keys() - asked["env"].keys() - {_OF_IMPORTS}:
        del os.environ[name]
    os.environ.update(asked["env"])
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    os.chdir(asked["folder"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["tidegate", *asked["args"]]


if __name__ == "__main__":
    main()
