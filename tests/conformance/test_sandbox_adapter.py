"""The adapter contract, run by the sandbox adapter over a sandbox on a real port."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from erp.sandbox.adapter import SandboxAdapter
from tests.conformance.adapter_contract import AdapterContract, Disturb, Far
from tests.erp.sandbox_bench import Bench, client, until
from tidegate.adapter import Command, Repeat

LATE_MS = 1250
TIMEOUT = 1.0
DATE, LINE = "purchaseOrderLines.date", "106001/10000"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "sandbox.sqlite3")
    yield bench
    bench.close()


@pytest.fixture(params=[Repeat.CONDITIONAL, Repeat.PROBE])
def adapters(
    bench: Bench, request: pytest.FixtureRequest
) -> Iterator[tuple[SandboxAdapter, SandboxAdapter]]:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    both = tuple(
        SandboxAdapter(client(url, TIMEOUT), repeat=request.param)
        for url in (bench.serving.url, closed)
    )
    yield both[0], both[1]
    for adapter in both:
        adapter.close()


def disturb(bench: Bench) -> Disturb:
    return Disturb(
        refuse=lambda: bench.fault(status=503),
        drop_before=lambda: bench.fault(drop="before"),
        drop_after=lambda: bench.fault(drop="after"),
        late=lambda: bench.fault(late_ms=LATE_MS),
        outlast=lambda: bench.outlast(LATE_MS),
    )


def item(n: int) -> Command:
    name, price = f"Hard Drive {n}", Decimal(n)
    return Command("items.upsert", "HD-1", {"displayName": name, "unitPrice": price})


def line_date(n: int) -> Command:
    day = f"2026-12-{n:02}"
    return Command(DATE, LINE, {"expectedReceiptDate": day, "reason": "the vendor is late"})


def far_of(
    bench: Bench,
    adapters: tuple[SandboxAdapter, SandboxAdapter],
    refused: Command,
) -> Far:
    return Far(
        adapter=adapters[0],
        unreachable=adapters[1],
        command=item if refused.name == "items.upsert" else line_date,
        effects=bench.count,
        until_effect=lambda effect: until(lambda: bench.count(effect) > 0),
        refused=refused,
        disturb=disturb(bench),
    )


class TestItems(AdapterContract):
    @pytest.fixture
    def far(self, bench: Bench, adapters: tuple[SandboxAdapter, SandboxAdapter]) -> Far:
        return far_of(bench, adapters, Command("items.upsert", "HD-1", {"type": "Widget"}))


class TestLineDates(AdapterContract):
    @pytest.fixture
    def far(self, bench: Bench, adapters: tuple[SandboxAdapter, SandboxAdapter]) -> Far:
        refused = Command(DATE, LINE, {"expectedReceiptDate": "2026-10-31"})
        return far_of(bench, adapters, refused)
