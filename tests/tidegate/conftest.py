"""What tests of the kernel share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a configuration goes; nothing is there yet."""
    return tmp_path / "tidegate.toml"
