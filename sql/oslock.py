"""One helper for locks that the operating system frees when their holder dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int, *, wait: bool) -> bool:
        try:
            msvcrt.locking(fd, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(fd: int) -> None:
        os.lseek(fd, 0, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(fd: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)


_CLOSE_ON_EXEC = getattr(os, "O_CLOEXEC", 0)


class FileLock:
    """An exclusive lock on a file of its own; open it after any fork, it is close-on-exec."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def acquire(self) -> None:
        """Wait until it is ours."""
        while not _lock(self._opened(), wait=True):
            pass  # Windows gives up after ten seconds; POSIX never comes here

    def try_acquire(self) -> bool:
        """Take it if nobody has it."""
        return _lock(self._opened(), wait=False)

    def held(self) -> bool:
        """Whether what was taken is still there: nobody takes it from a process that lives."""
        return self._fd is not None

    def release(self) -> None:
        """Let go of it, keeping the file open."""
        if self._fd is not None:
            _unlock(self._fd)

    def close(self) -> None:
        """Let go of it for good."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _opened(self) -> int:
        if self._fd is None:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | _CLOSE_ON_EXEC, 0o600)
        return self._fd
