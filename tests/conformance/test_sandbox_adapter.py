"""The adapter contract, run by the sandbox adapter over a sandbox on a real port."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest

from erp.sandbox.adapter import SandboxAdapter
from tests.conformance.adapter_contract import AdapterContract, Disturb, Far
from tests.erp.sandbox_bench import Bench, client, give_up_next_write, until
from tidegate.adapter import Command, Repeat

LATE_MS = 800
GIVES_UP = 0.3
TIMEOUT = 5.0
DATE, LINE = "purchaseOrderLines.date", "106001/10000"
Suite: TypeAlias = Callable[[Callable[[int], Command], Command], Far]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "sandbox.sqlite3")
    yield bench
    bench.close()


@pytest.fixture(params=[Repeat.CONDITIONAL, Repeat.PROBE])
def suite(bench: Bench, request: pytest.FixtureRequest) -> Iterator[Suite]:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    https = [client(url, TIMEOUT) for url in (bench.serving.url, closed)]
    here, there = (SandboxAdapter(each, repeat=request.param) for each in https)

    def far(command: Callable[[int], Command], refused: Command) -> Far:
        return Far(
            adapter=here,
            unreachable=there,
            command=command,
            effects=bench.count,
            until_effect=lambda effect: until(lambda: bench.count(effect) > 0),
            refused=refused,
            disturb=disturb(bench, https[0]),
        )

    yield far
    here.close()
    there.close()


def disturb(bench: Bench, http: httpx.Client) -> Disturb:
    def late() -> None:
        bench.fault(late_ms=LATE_MS)
        give_up_next_write(http, GIVES_UP)

    return Disturb(
        refuse=lambda: bench.fault(status=503),
        drop_before=lambda: bench.fault(drop="before"),
        drop_after=lambda: bench.fault(drop="after"),
        late=late,
        outlast=lambda: bench.outlast(LATE_MS),
    )


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
