"""What every test stands on: one Hypothesis profile, files in memory, one line for a server."""

from __future__ import annotations

import gc
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
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


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Thousands of tests are made and kept: nothing of it is garbage, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _most(item: pytest.Item) -> float:
    limit = item.get_closest_marker("timeout")
    if limit is not None:
        return float(limit.args[0])
    return 1.0 if item.get_closest_marker("process") else 0.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that may take long come first: a worker that begins one last ends alone."""
    longest: dict[Path, float] = defaultdict(float)
    for item in items:
        longest[item.path] = max(longest[item.path], _most(item))
    items.sort(key=lambda item: -longest[item.path])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once, not once a test, that SQL Server was not there."""
    skipped = terminalreporter.stats.get("skipped", [])
    waiting = sum("TEST_MSSQL_DSN" in str(report.longrepr) for report in skipped)
    if waiting:
        terminalreporter.write_line(
            f"SQL Server: {waiting} tests skipped, TEST_MSSQL_DSN names no server"
        )
