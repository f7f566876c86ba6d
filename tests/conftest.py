"""What every test stands on: one Hypothesis profile, one line for what needs a server."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, max_examples=60)
settings.load_profile("house")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once, not once a test, that SQL Server was not there."""
    skipped = terminalreporter.stats.get("skipped", [])
    waiting = sum("TEST_MSSQL_DSN" in str(report.longrepr) for report in skipped)
    if waiting:
        terminalreporter.write_line(
            f"SQL Server: {waiting} tests skipped, TEST_MSSQL_DSN names no server"
        )
