"""Dates, prices and quantities of order lines, before and after the order's release."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from erp.business_central.adapter import BusinessCentral
from tests.erp.business_central.unseen import UNSEEN, unseen
from tests.erp.sandbox_bench import Bench
from tidegate.adapter import Command
from tidegate.canon import Json, parse
from tidegate.clock import SystemClock
from tidegate.ids import Ids
from tidegate.outcome import Applied, Rejected

IDS = Ids(SystemClock())
COST = "directUnitCost"
WRITES = {"date": "expectedReceiptDate", "price": COST, "quantity": "quantity"}
DRAFT, RELEASED, REVIEW = "D/1", "106002", "106004"


@pytest.fixture(autouse=True)
def draft_order(bench: Bench) -> None:
    """An order of an item whose own price is not the agreed one."""
    fields: dict[str, Json] = {"number": DRAFT, "orderDate": "2026-11-02", "vendorNumber": "V-100"}
    order = bench.post("purchaseOrders", fields).raise_for_status().json()["id"]
    line: dict[str, Json] = {"documentId": order, "lineObjectNumber": "1896-S"}
    made = bench.post("purchaseOrderLines", {**line, "quantity": 5}).raise_for_status().json()
    address = f"purchaseOrderLines({made['id']})"
    bench.patch(address, {COST: Decimal("780.6")}, "*").raise_for_status()


def change(what: str, value: Json, order: str = DRAFT) -> Command:
    return Command(f"purchaseOrderLines.{what}", f"{order}/10000", {WRITES[what]: value})


@pytest.mark.parametrize("order", [DRAFT, RELEASED, "PO/106003"])
@pytest.mark.parametrize(
    ("what", "value"), [("date", "2026-12-24"), ("price", Decimal("12.5")), ("quantity", 7)]
)
def test_a_line_is_changed_once_whether_released_or_not(
    bench: Bench, central: BusinessCentral, order: str, what: str, value: Json
) -> None:
    effect = IDS.uuid()
    outcome = central.apply(change(what, value, order), effect)
    assert isinstance(outcome, Applied), outcome
    assert outcome.new == {WRITES[what]: value}
    assert outcome.answer is not None
    assert (outcome.answer["number"], outcome.answer["lineNo"]) == (order, 10000)
    assert bench.line(number=order)[WRITES[what]] == value
    assert bench.count(effect) == 1


@pytest.mark.parametrize("order", [DRAFT, RELEASED])
def test_a_quantity_keeps_the_agreed_price(
    bench: Bench, central: BusinessCentral, order: str
) -> None:
    central.apply(change("quantity", 9, order), IDS.uuid())
    line = bench.line(number=order)
    assert (line["quantity"], line[COST]) == (9, 780.6)


def test_the_price_travels_behind_the_quantity(central: BusinessCentral) -> None:
    sent: list[bytes] = []
    command = replace(change("quantity", 9), sending=lambda request, _: sent.append(request))
    central.apply(command, IDS.uuid())
    assert [each.partition(b"\n")[2] for each in sent] == [b'{"quantity":9,"directUnitCost":780.6}']


def test_a_released_line_stays_released(bench: Bench, central: BusinessCentral) -> None:
    central.apply(change("price", 7, RELEASED), IDS.uuid())
    assert bench.one("purchaseOrders", RELEASED)["status"] == "Open"


def test_a_released_line_goes_through_the_codeunit_under_the_effect_key(
    central: BusinessCentral,
) -> None:
    sent: list[bytes] = []
    effect = IDS.uuid()
    command = replace(change("price", 7, RELEASED), sending=lambda asked, _: sent.append(asked))
    central.apply(command, effect)
    address, _, body = sent[0].partition(b"\n")
    assert b"/ODataV4/CommandInbox_ChangeReleasedLine?company=" in address
    fields = parse(body)
    assert isinstance(fields, dict)
    assert fields["commandId"] == str(effect)


@pytest.mark.parametrize(("what", "value"), [("price", 7), ("quantity", 7)])
def test_without_the_codeunit_a_released_line_is_rejected_with_what_to_do(
    bench: Bench, central: BusinessCentral, what: str, value: Json
) -> None:
    bench.settings(codeunit=False)
    rejected = central.apply(change(what, value, RELEASED), IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert (rejected.error_class, rejected.status) == ("codeunit_not_published", 501)
    assert "publish" in rejected.message
    assert isinstance(central.apply(change("date", "2026-12-24", RELEASED), IDS.uuid()), Applied)


@pytest.mark.parametrize(("what", "value"), [("price", 7), ("quantity", 7)])
def test_an_order_in_review_is_rejected(
    bench: Bench, central: BusinessCentral, what: str, value: Json
) -> None:
    effect = IDS.uuid()
    rejected = central.apply(change(what, value, REVIEW), effect)
    assert isinstance(rejected, Rejected)
    assert rejected.error_class == "not_open"
    assert bench.count(effect) == 0
    assert isinstance(central.apply(change("date", "2026-12-24", REVIEW), IDS.uuid()), Applied)


@pytest.mark.parametrize("order", [DRAFT, RELEASED])
@UNSEEN
@pytest.mark.parametrize(("what", "value"), [("price", 7), ("quantity", 7)])
def test_a_change_that_was_made_unseen_is_found(
    bench: Bench, central: BusinessCentral, order: str, fault: str, what: str, value: Json
) -> None:
    effect = IDS.uuid()
    repeat = unseen(bench, central, change(what, value, order), effect, fault)
    outcome = central.apply(repeat, effect)
    assert isinstance(outcome, Applied)
    assert outcome.found
    assert bench.count(effect) == 1


def test_a_stale_line_is_read_anew(bench: Bench, central: BusinessCentral) -> None:
    bench.fault(status=409)
    assert isinstance(central.apply(change("price", 7), IDS.uuid()), Applied)
    assert bench.line(number=DRAFT)[COST] == 7


@pytest.mark.parametrize("key", ["D/1/20000", "D/2/10000", "D/1", "10000", "/10000"])
def test_a_line_that_is_not_there_is_rejected(central: BusinessCentral, key: str) -> None:
    rejected = central.apply(replace(change("price", 7), key=key), IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert rejected.status == 404


def test_a_command_without_its_field_is_rejected(central: BusinessCentral) -> None:
    rejected = central.apply(replace(change("price", 7), values={"quantity": 7}), IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert rejected.error_class == "bad_command"
