"""Real processes of one house: started, killed, frozen and thawed."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from tidegate.clock import Clock

START = 60.0
"""Seconds that a process may take until it says where it is."""

_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "ODBCSYSINI")


class NotStarted(RuntimeError):
    """A process ended, or said nothing, before it was ready."""


@dataclass
class Processes:
    """Every process of a run; each writes its own log beside the database.

    Args:
        folder: of logs and configuration.
        house: of keys and, on SQLite, the database.
        env: settings of them all.
    """

    folder: Path
    house: Path
    env: dict[str, str]
    clock: Clock
    keys: dict[str, str] = field(
        default_factory=lambda: {
            name: secrets.token_hex(24) for name in ("WEBHOOK_KEY", "ADMIN_KEY")
        }
    )
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _begins: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, *told: str) -> None:
        """Start `tidegate …` under a name of ours, where it does not run."""
        if self.runs(name):
            return
        log = self.folder / f"{name}.log"
        self._begins[name] = log.stat().st_size if log.exists() else 0
        kept = {each: os.environ[each] for each in _KEPT if each in os.environ}
        with log.open("ab") as file:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "tidegate", *told],
                cwd=self.folder,
                env=kept | self.keys | self.env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )

    def says(self, name: str, pattern: str) -> str:
        """Wait for a line of its log; the pattern's first group. Raises `NotStarted`."""
        deadline, pause = self.clock.monotonic() + START, threading.Event()
        while self.clock.monotonic() < deadline:
            raw = (self.folder / f"{name}.log").read_bytes()[self._begins[name] :]
            found = re.search(pattern, raw.decode(errors="replace"))
            if found:
                return found[1]
            if not self.runs(name):
                break
            pause.wait(0.05)
        raise NotStarted(f"{name} did not start; see {self.folder / name}.log")

    def runs(self, name: str) -> bool:
        """Whether it was started and has not ended."""
        process = self._running.get(name)
        return process is not None and process.poll() is None

    def pid(self, name: str) -> int:
        """Its number."""
        return self._running[name].pid

    def named(self, pid: int) -> str | None:
        """The name of the running process with this number."""
        return next((n for n, p in self._running.items() if p.pid == pid and self.runs(n)), None)

    def kill(self, name: str) -> None:
        """End it without a word, frozen or not."""
        self._running[name].kill()
        self._running[name].wait(10)

    def freeze(self, name: str) -> None:
        """Stop it where it stands."""
        self._running[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let it go on."""
        with contextlib.suppress(ProcessLookupError):
            self._running[name].send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Kill whatever runs."""
        for name in self._running:
            if self.runs(name):
                self.kill(name)
