"""One house for each file of tests, and one made to measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.purchasing.far import Far
from tests.ingest.purchasing.served import Served


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def served(tmp_path: Path, far: Far) -> Iterator[Served]:
    made = Served(tmp_path, far)
    yield made
    made.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    made: list[Served] = []

    def make(far: Far | None, toml: str = "", **given: Any) -> Served:
        made.append(Served(tmp_path, far, toml, **given))
        return made[-1]

    yield make
    for each in made:
        each.close()
