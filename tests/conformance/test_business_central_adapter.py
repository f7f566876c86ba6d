"""The adapter contract, run by Business Central's adapter over a sandbox on a real port.

Under `PROBE` the sandbox's adapter runs it, which is of the same class.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from erp.business_central.adapter import BusinessCentral
from tests.conformance.adapter_contract import AdapterContract, Far
from tests.conformance.sandboxed import Suite, suite_over
from tests.erp.sandbox_bench import Bench
from tidegate.adapter import Command
from tidegate.canon import Json

DRAFT, RELEASED = "D/1/10000", "PO/106003/10000"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "sandbox.sqlite3")
    order = bench.post("purchaseOrders", {"number": "D/1", "orderDate": "2026-11-02"}).json()["id"]
    line: dict[str, Json] = {"documentId": order, "lineObjectNumber": "1896-S", "quantity": 5}
    bench.post("purchaseOrderLines", line).raise_for_status()
    yield bench
    bench.close()


@pytest.fixture
def suite(bench: Bench) -> Iterator[Suite]:
    with suite_over(bench, lambda http: BusinessCentral(http, company="CRONUS"), "/BC180") as made:
        yield made


def named(entity: str, n: int) -> Command:
    return Command(f"{entity}.upsert", "N/1", {"number": "N/1", "displayName": f"Name {n}"})


def price(value: Json, line: str = DRAFT) -> Command:
    return Command("purchaseOrderLines.price", line, {"directUnitCost": value})


def quantity(value: Json, line: str = DRAFT) -> Command:
    return Command("purchaseOrderLines.quantity", line, {"quantity": value})


class TestItems(AdapterContract):
    @pytest.fixture
    def far(self, suite: Suite) -> Far:
        return suite(lambda n: named("items", n), Command("items.upsert", "N", {"type": "Widget"}))


class TestCustomers(AdapterContract):
    @pytest.fixture
    def far(self, suite: Suite) -> Far:
        refused = Command("customers.upsert", "N/1", {"type": "Widget"})
        return suite(lambda n: named("customers", n), refused)


class TestPrices(AdapterContract):
    @pytest.fixture
    def far(self, suite: Suite) -> Far:
        return suite(lambda n: price(n + Decimal("0.5")), price("seven"))


class TestQuantities(AdapterContract):
    @pytest.fixture
    def far(self, suite: Suite) -> Far:
        return suite(quantity, quantity("seven"))


class TestReleasedPrices(AdapterContract):
    @pytest.fixture
    def far(self, suite: Suite) -> Far:
        return suite(lambda n: price(n, RELEASED), price("seven", RELEASED))


class TestReleasedQuantities(AdapterContract):
    @pytest.fixture
    def far(self, suite: Suite) -> Far:
        return suite(lambda n: quantity(n, RELEASED), quantity("seven", RELEASED))
