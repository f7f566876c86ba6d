"""A house for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processor.bench import House


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def _build(**given: object) -> House:
        made.append(House(tmp_path, **given))
        return made[-1]

    yield _build
    for each in made:
        assert each.sealed()
        each.close()


@pytest.fixture
def house(build: Callable[..., House]) -> House:
    return build()
