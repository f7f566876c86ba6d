"""The adapter contract, run by the sandbox adapter over a sandbox on a real port."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from erp.sandbox.adapter import SandboxAdapter
from tests.conformance.adapter_contract import AdapterContract, Far
from tests.conformance.sandboxed import Suite, suite_over
from tests.erp.sandbox_bench import Bench
from tidegate.adapter import Command, Repeat

DATE, LINE = "purchaseOrderLines.date", "106001/10000"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "sandbox.sqlite3")
    yield bench
    bench.close()


@pytest.fixture(params=[Repeat.CONDITIONAL, Repeat.PROBE])
def suite(bench: Bench, request: pytest.FixtureRequest) -> Iterator[Suite]:
    with suite_over(bench, lambda http: SandboxAdapter(http, repeat=request.param)) as made:
        yield made


def item(n: int) -> Command:
    name, price = f"Hard Drive {n}", Decimal(n)
    return Command("items.upsert", "HD-1", {"displayName": name, "unitPrice": price})


def line_date(n: int) -> Command:
    day = f"2026-12-{n:02}"
    return Command(DATE, LINE, {"expectedReceiptDate": day, "reason": "the vendor is late"})


class TestItems(AdapterContract):
    @pytest.fixture
    def far(self, suite: Suite) -> Far:
        return suite(item, Command("items.upsert", "HD-1", {"type": "Widget"}))


class TestLineDates(AdapterContract):
    @pytest.fixture
    def far(self, suite: Suite) -> Far:
        return suite(line_date, Command(DATE, LINE, {"expectedReceiptDate": "2026-10-31"}))
