"""Turns for SQLite's one writer: first come, first served in a process, an OS lock between them.

Without it a busy drain starves ingest: SQLite's own busy handler polls, and who polls loses.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sql.oslock import FileLock


class Turn:
    """A lock that is handed on in the order in which it was asked for."""

    def __init__(self, path: Path | None) -> None:
        self._mutex = threading.Lock()
        self._queue: deque[threading.Lock] = deque()
        self._busy = False
        self._between = FileLock(path) if path else None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn, hold it, hand it on."""
        self._enter()
        try:
            if self._between:
                self._between.acquire()
            try:
                yield
            finally:
                if self._between:
                    self._between.release()
        finally:
            self._leave()

    @contextmanager
    def taken_at_once(self) -> Iterator[bool]:
        """Hold the turn if nobody has it or waits for it; whether that was so."""
        if not self._try_enter():
            yield False
            return
        try:
            if self._between and not self._between.try_acquire():
                yield False
                return
            try:
                yield True
            finally:
                if self._between:
                    self._between.release()
        finally:
            self._leave()

    def close(self) -> None:
        """Close the side file."""
        if self._between:
            self._between.close()

    def _enter(self) -> None:
        with self._mutex:
            if not self._busy:
                self._busy = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._queue.append(mine)
        mine.acquire()

    def _try_enter(self) -> bool:
        with self._mutex:
            if self._busy:
                return False
            self._busy = True
            return True

    def _leave(self) -> None:
        with self._mutex:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._busy = False
