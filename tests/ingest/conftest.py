"""A pipeline for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest import bench
from tidegate.testing import Pipeline


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Pipeline]:
    made = bench.pipeline(tmp_path)
    yield made
    made.close()
