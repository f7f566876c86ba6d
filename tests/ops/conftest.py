"""A house for each test of the operator's service, and one with dead letters on every database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.conftest import Lent, server
from tests.ops.dead import Dead
from tests.processor.bench import House, blocking
from tests.processor.conftest import build, house
from tests.sql.databases import KINDS
from tests.sql.stores import emptied

__all__ = ["build", "house", "server"]


@pytest.fixture(params=KINDS if "TEST_MSSQL_DSN" in os.environ else KINDS[:1])
def dead(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Dead]:
    """Letters of two causes, born hours and days apart."""
    if request.param == "sqlite":
        made = House(tmp_path, config=blocking())
    else:
        lent: Lent = request.getfixturevalue("server")
        emptied(lent)
        made = House(tmp_path, clock=lent.clock, database=lent, config=blocking())
    yield Dead(made)
    made.close()
