"""The adapter contract, run by Python functions in child processes over a far side on a file."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from erp.legacy.python import LegacyPython
from tests.conformance.adapter_contract import AdapterContract, Disturb, Far
from tests.erp.legacy_far import Books, adapter
from tidegate.adapter import Command

pytestmark = pytest.mark.process

TIMEOUT = 0.4
NAME = "purchaseOrderLines.date"
WAYS: dict[str, dict[str, Any]] = {
    "key": {"repeat": "key"},
    "probe": {"repeat": "probe", "in_doubt": 2.0},
}


@pytest.fixture(params=WAYS)
def adapters(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[Books, LegacyPython, LegacyPython]]:
    books = Books(tmp_path)
    functions = {"call": "my_erp:change", "probe": "my_erp:is_there", **WAYS[request.param]}
    here = adapter(tmp_path, {NAME: functions}, timeout=TIMEOUT)
    nobody = str(tmp_path / "python")
    nowhere = adapter(tmp_path, {NAME: functions}, interpreter=nobody, timeout=TIMEOUT)
    yield books, here, nowhere
    here.close()
    nowhere.close()


def command(n: int) -> Command:
    return Command(NAME, "106001/10000", {"name": f"Disk {n}", "quantity": Decimal(n)})


class TestLegacyPython(AdapterContract):
    @pytest.fixture
    def far(self, adapters: tuple[Books, LegacyPython, LegacyPython]) -> Far:
        books, here, nowhere = adapters
        disturb = Disturb(
            refuse=lambda: books.fault("refuse"),
            drop_before=lambda: books.fault("drop_before"),
            drop_after=lambda: books.fault("drop_after"),
            late=lambda: books.fault("late"),
            outlast=books.outlast,
        )
        refused = Command(NAME, "106001/10000", {"name": "refused"})
        return Far(here, nowhere, command, books.count, books.until, refused, disturb)
