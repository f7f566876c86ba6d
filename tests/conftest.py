"""What every test stands on: one Hypothesis profile, files in memory, one line for a server."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, max_examples=60)
settings.load_profile("house")

_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30
"""Bytes; what a whole suite leaves there at a time is a tenth of it."""


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM


if _has_room(_MEMORY):
    # Processes die in these tests, the machine does not: nobody has to wait for a disk.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once, not once a test, that SQL Server was not there."""
    skipped = terminalreporter.stats.get("skipped", [])
    waiting = sum("TEST_MSSQL_DSN" in str(report.longrepr) for report in skipped)
    if waiting:
        terminalreporter.write_line(
            f"SQL Server: {waiting} tests skipped, TEST_MSSQL_DSN names no server"
        )
