"""The company: by name or id, whatever its name holds; and what every request says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from erp.business_central.adapter import BusinessCentral, build
from erp.business_central.auth import Login
from erp.business_central.company import Company
from erp.business_central.odata import Record
from erp.sandbox.companies import ODD
from tests.erp.sandbox_bench import Bench
from tidegate.adapter import Command
from tidegate.canon import Json
from tidegate.clock import SystemClock
from tidegate.errors import FarError
from tidegate.ids import Ids
from tidegate.outcome import Applied

IDS = Ids(SystemClock())
Build = Callable[[str], BusinessCentral]
ITEM = Command("items.upsert", "N-1", {"number": "N-1", "displayName": "A"})
PRICE = Command("prices.set", "1896-S", {"prices": [{"itemNumber": "1896-S", "unitPrice": 99}]})


@pytest.fixture
def of(bench: Bench) -> Iterator[Build]:
    opened: list[BusinessCentral] = []

    def make(company: str) -> BusinessCentral:
        opened.append(build(f"{bench.serving.url}/BC180/", company, Login(), timeout=2.0))
        return opened[-1]

    yield make
    for adapter in opened:
        adapter.close()


@pytest.mark.parametrize("name", [ODD.name, ODD.id, ODD.id.upper(), f" {ODD.name} "])
@pytest.mark.parametrize("command", [ITEM, PRICE], ids=lambda each: each.name)
def test_a_company_is_found_by_name_or_id(
    bench: Bench, of: Build, name: str, command: Command
) -> None:
    assert isinstance(of(name).apply(command, IDS.uuid()), Applied)
    assert [row["company"] for row in bench.ledger()] == [ODD.name]


def test_a_company_is_looked_up_once() -> None:
    asked: list[Record] = []

    def listed() -> list[Record]:
        asked.append({"id": ODD.id, "name": ODD.name})
        return asked

    company = Company(ODD.name, listed)
    assert company.entity("items") == f"/api/v2.0/companies({ODD.id})/items"
    assert company.action("SetPrices") == f"/ODataV4/CommandInbox_SetPrices?company={ODD.id}"
    assert len(asked) == 1


def test_a_company_that_is_not_there_is_told_with_those_that_are(of: Build) -> None:
    with pytest.raises(FarError, match=r"'FABRIKAM'; it has 'CRONUS', .*ERP_COMPANY") as caught:
        of("FABRIKAM").apply(ITEM, IDS.uuid())
    assert not caught.value.sent


def test_messages_are_english_whatever_the_servers_language(bench: Bench, of: Build) -> None:
    bench.settings(language="de-DE")
    adapter = of("CRONUS")
    refused = adapter.apply(Command("items.upsert", "N-1", {"type": "Widget"}), IDS.uuid())
    assert "must be" in str(refused)
    missing: dict[str, Json] = {"prices": [{"itemNumber": "N-404", "unitPrice": 1}]}
    refused = adapter.apply(Command("prices.set", "N-404", missing), IDS.uuid())
    assert "cannot be found" in str(refused)


def test_answers_may_begin_with_a_byte_order_mark(bench: Bench, of: Build) -> None:
    bench.fault(bom=True, times=20, match="*")
    adapter = of(ODD.name)
    assert isinstance(adapter.apply(ITEM, IDS.uuid()), Applied)
    assert isinstance(adapter.apply(PRICE, IDS.uuid()), Applied)


def test_lists_go_on_behind_the_servers_page(bench: Bench, of: Build) -> None:
    for number in range(5):
        bench.post("vendors", {"number": f"W-{number}"})
    bench.settings(page_size=2)
    rows = of("CRONUS").read("vendors", "", limit=5, after="V-200") or []
    assert [row["number"] for row in rows] == [f"W-{number}" for number in range(5)]
