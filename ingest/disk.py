"""The floor under the disk: a database that runs out of it must not be the first to say so."""

from __future__ import annotations

import shutil
from pathlib import Path

from tidegate.clock import Clock, SystemClock
from tidegate.telemetry import logger

LOOK_EVERY = 1.0
"""Seconds for which a look at the disk holds."""

_log = logger("disk")


class DiskFloor:
    """Whether the database's folder has room left.

    Args:
        path: the folder of the SQLite file; None where the database is on no disk of ours.
        floor_bytes: free bytes below which nothing more is accepted; 0 never looks.
    """

    def __init__(self, path: Path | None, floor_bytes: int, clock: Clock) -> None:
        self._path = path if floor_bytes > 0 else None
        self._floor = floor_bytes
        self._clock = clock
        self._looked = float("-inf")
        self._low = False

    @classmethod
    def none(cls) -> DiskFloor:
        """Never low."""
        return cls(None, 0, SystemClock())

    def low(self) -> bool:
        """True below the floor; looks at the disk once a second at most."""
        if self._path is None:
            return False
        now = self._clock.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._look(self._path)
        return self._low

    def _look(self, path: Path) -> None:
        try:
            free = shutil.disk_usage(path).free
        except OSError as error:
            # A folder that is gone is the database's to report; room is not what it lacks.
            _log.warning("disk.unreadable", path=str(path), error=str(error))
            return
        low = free < self._floor
        if low != self._low:
            tell = _log.error if low else _log.info
            tell("disk.low" if low else "disk.enough", free=free, floor=self._floor)
        self._low = low
