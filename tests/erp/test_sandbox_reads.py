"""What the sandbox's adapter reads for people, page by page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from erp.sandbox.adapter import SandboxAdapter
from tests.erp.sandbox_bench import Bench, client
from tidegate.adapter import Reads
from tidegate.errors import FarError


@pytest.fixture
def adapter(bench: Bench) -> Iterator[SandboxAdapter]:
    made = SandboxAdapter(client(bench.serving.url))
    yield made
    made.close()


def test_the_adapter_offers_reads_and_says_what_it_cannot(adapter: SandboxAdapter) -> None:
    assert isinstance(adapter, Reads)
    assert [name for name, reason in adapter.reads.items() if reason] == ["quotes"]


def test_an_order_is_read_by_its_number_slashes_and_all(adapter: SandboxAdapter) -> None:
    [order] = adapter.read("purchaseOrders", "PO/106003", limit=1, after="") or [{}]
    assert (order["number"], order["vendorNumber"]) == ("PO/106003", "V-100")
    assert not [name for name in order if name.startswith("@")]


def test_lines_are_read_after_a_line(adapter: SandboxAdapter) -> None:
    def numbers(limit: int, after: str) -> list[object]:
        found = adapter.read("purchaseOrderLines", "106001", limit=limit, after=after) or []
        return [(line["number"], line["lineNo"]) for line in found]

    assert numbers(1, "") == [("106001", 10000)]
    assert numbers(5, "10000") == [("106001", 20000)]
    assert numbers(5, "20000") == []


def test_what_is_not_there_is_none(adapter: SandboxAdapter) -> None:
    for name in ("purchaseOrders", "purchaseOrderLines", "vendors", "items"):
        assert adapter.read(name, "O'Hara", limit=1, after="") is None


def test_a_list_goes_on_after_the_last_number(adapter: SandboxAdapter) -> None:
    found, after = [], ""
    while page := adapter.read("vendors", "", limit=1, after=after):
        after = str(page[-1]["number"])
        found.append(after)
    assert found == ["V-100", "V-200"]


def test_a_read_of_nobody_is_a_far_error() -> None:
    adapter = SandboxAdapter(client("http://127.0.0.1:9", timeout=0.5))
    with pytest.raises(FarError):
        adapter.read("items", "", limit=1, after="")
    adapter.close()
