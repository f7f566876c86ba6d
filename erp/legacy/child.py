"""One child process of the user's interpreter: started, asked a line at a time, killed in time."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

from tidegate import canon
from tidegate.canon import Json
from tidegate.errors import CanonError, FarError
from tidegate.settings import SECRETS
from tidegate.telemetry import logger

LONGEST_LINE = 4 * 1024 * 1024
_LONGEST_WORDS = 2000
_GRACE = 2.0
_LAST_WORDS = 0.25
_OURS = frozenset({"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"})
_WORKER = Path(__file__).with_name("worker.py")
_log = logger("legacy")


@dataclass(frozen=True, slots=True)
class Start:
    """How a child is started.

    Args:
        interpreter: the user's Python, 3.8 or later.
        folder: its working directory, where modules are looked for first; None: ours, and nowhere.
        functions: what it must have loaded before it is of use.
        environ: what it inherits.
        limit: seconds until it must be ready.
    """

    interpreter: str
    folder: Path | None
    functions: Sequence[str]
    environ: Mapping[str, str]
    limit: float

    def open(self) -> Child:
        """A child that has loaded every function; raises `FarError` (`connect`, nothing sent)."""
        command = [self.interpreter, str(_WORKER)]
        try:
            process = subprocess.Popen(
                [*command, str(self.folder or "")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.folder,
                env=inherited(self.environ),
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise _no_start(f"{self.interpreter}: {error.strerror}") from error
        child = Child(process)
        try:
            self._greet(child)
        except (TimeoutError, CanonError) as error:
            child.kill()
            raise _no_start(str(error)) from error
        except BaseException:
            child.kill()
            raise
        return child

    def _greet(self, child: Child) -> None:
        hello = child.heard(self.limit)
        if hello is None or "ready" not in hello:
            raise _no_start(f"{self.interpreter} runs no worker: {child.last_words()}")
        child.say(canon.dumps({"load": list(self.functions)}), self.limit)
        loaded = child.heard(self.limit)
        if loaded is None or "loaded" not in loaded:
            why = loaded or {"raised": "no answer", "message": child.last_words()}
            raise _no_start(f"{why.get('raised')}: {why.get('message')}")


class Child:
    """A running child. One thread at a time may ask it; `kill` may come from any.

    `owes` says that it was given a line and has not answered it: it is of no use to another caller.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.owes = False
        self._process = process
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._words = ""
        self._readers = [
            threading.Thread(target=read, args=(stream,), daemon=True)
            for stream, read in ((process.stdout, self._hear), (process.stderr, self._log))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def say(self, line: bytes, limit: float) -> None:
        """Hand it a line within `limit` seconds.

        Raises `FarError` where it did not take the last byte, so that it cannot have acted on it.
        """
        pipe = self._process.stdin
        rest = memoryview(line + b"\n")
        # A child that does not read would hold the pipe, and us, for ever.
        timer = threading.Timer(limit, self._end)
        self.owes = True
        timer.start()
        try:
            while pipe is not None and rest:
                rest = rest[pipe.write(rest) or 0 :]
        except OSError as error:
            raise FarError(
                f"the child took no line: {error.strerror}", sent=False, phase="dropped"
            ) from error
        finally:
            timer.cancel()

    def heard(self, limit: float) -> dict[str, Json] | None:
        """Its next line, None where it ended without one.

        Raises `TimeoutError` after `limit` seconds, `CanonError` for a line that is no answer.
        """
        try:
            line = self._lines.get(timeout=limit)
        except Empty:
            raise TimeoutError(f"no answer within {limit:g} s") from None
        if not line:
            return None
        found = canon.parse(line)
        if not isinstance(found, dict):
            raise CanonError("no object")
        self.owes = False
        return found

    def last_words(self) -> str:
        """What it wrote last, and how it ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WORDS)
        self._readers[-1].join(_LAST_WORDS)
        code = self._process.returncode
        return f"{self._words or 'no word'} (exit {'none' if code is None else code})"

    def close(self) -> None:
        """Let it end by itself, for a moment."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        self.kill()

    def kill(self) -> None:
        """End it and whatever it started in its own session."""
        self._end()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def _end(self) -> None:
        # Once it has been waited for, its number may be another's.
        if not self.alive:
            return
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _hear(self, stream: io.RawIOBase) -> None:
        with io.BufferedReader(stream) as lines:
            while line := _line(lines):
                self._lines.put(line)
        self._lines.put(b"")

    def _log(self, stream: io.RawIOBase) -> None:
        with io.BufferedReader(stream) as lines:
            while line := _line(lines):
                self._words = line.decode("utf-8", "replace").rstrip()[:_LONGEST_WORDS]
                _log.info("legacy.stderr", pid=self._process.pid, line=self._words)


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """What a child may know of our surroundings: no secret of ours, and not our Python's places."""
    kept_back = SECRETS | {f"{name}_FILE" for name in SECRETS} | _OURS
    return {name: value for name, value in environ.items() if name not in kept_back}


def _line(stream: IO[bytes]) -> bytes:
    """The next line; nothing at the end, and nothing for a line that is too long."""
    found = bytearray()
    while not found.endswith(b"\n"):
        piece = stream.readline(LONGEST_LINE)
        found += piece
        if not piece or len(found) > LONGEST_LINE:
            return b""
    return bytes(found)


def _no_start(why: str) -> FarError:
    return FarError(f"the child cannot start: {why}", sent=False, phase="connect")
