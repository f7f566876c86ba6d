"""Receipts, returns, stock and prices, through the codeunit: each command once, repeated freely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erp.business_central.adapter import BusinessCentral
from tests.erp.business_central.unseen import LATE_MS, UNSEEN, unseen
from tests.erp.sandbox_bench import Bench, until
from tidegate.adapter import Command, Repeat
from tidegate.canon import Json
from tidegate.clock import SystemClock
from tidegate.errors import FarError, SendRefused
from tidegate.ids import Ids
from tidegate.outcome import Applied, NotApplied, Rejected

IDS = Ids(SystemClock())
LINES: Json = [{"lineNumber": 10000, "quantity": 2}]
RECEIPT = Command(
    "purchaseReceipts.post", "PO/106003", {"orderNumber": "PO/106003", "lines": LINES}
)
STOCK = Command("stock.adjust", "1896-S", {"lines": [{"itemNumber": "1896-S", "quantity": -3}]})
PRICES = Command("prices.set", "1896-S", {"prices": [{"itemNumber": "1896-S", "unitPrice": 99}]})
ALL = pytest.mark.parametrize("command", [RECEIPT, STOCK, PRICES], ids=lambda each: each.name)


def applied(central: BusinessCentral, command: Command) -> Applied:
    outcome = central.apply(command, IDS.uuid())
    assert isinstance(outcome, Applied), outcome
    return outcome


@ALL
def test_a_command_takes_effect_and_is_answered(
    bench: Bench, central: BusinessCentral, command: Command
) -> None:
    effect = IDS.uuid()
    outcome = central.apply(command, effect)
    assert isinstance(outcome, Applied)
    assert outcome.answer
    assert "commandId" not in outcome.answer
    assert bench.count(effect) == 1


@ALL
@UNSEEN
def test_a_repeat_at_once_is_one_effect(
    bench: Bench, central: BusinessCentral, command: Command, fault: str
) -> None:
    effect = IDS.uuid()
    repeat = unseen(bench, central, command, effect, fault)
    assert isinstance(central.apply(repeat, effect), Applied)
    assert bench.count(effect) == 1


def test_a_receipt_raises_what_was_received(bench: Bench, central: BusinessCentral) -> None:
    outcome = applied(central, RECEIPT)
    assert outcome.new["orderNumber"] == "PO/106003"
    assert bench.line(number="PO/106003")["receivedQuantity"] == 2
    [receipt] = bench.find("purchaseReceipts", "orderNumber eq 'PO/106003'")
    assert receipt["number"] == outcome.new["documentNumber"]


def test_a_return_takes_back_what_was_received(bench: Bench, central: BusinessCentral) -> None:
    applied(central, RECEIPT)
    before = bench.one("items", "1896-S")["inventory"]
    applied(central, replace(RECEIPT, name="purchaseReturns.post"))
    assert bench.one("items", "1896-S")["inventory"] == before - 2


def test_the_key_names_the_order_where_the_values_do_not(
    bench: Bench, central: BusinessCentral
) -> None:
    applied(central, replace(RECEIPT, values={"lines": LINES}))
    assert bench.line(number="PO/106003")["receivedQuantity"] == 2


def test_too_much_is_rejected_in_the_erps_words(bench: Bench, central: BusinessCentral) -> None:
    lines: Json = [{"lineNumber": 10000, "quantity": 500}]
    rejected = central.apply(replace(RECEIPT, values={"lines": lines}), IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert rejected.message == "You cannot receive more than 5 units."


@ALL
def test_an_unpublished_codeunit_is_a_clear_permanent_error(
    bench: Bench, central: BusinessCentral, command: Command
) -> None:
    bench.settings(codeunit=False)
    rejected = central.apply(command, IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert (rejected.error_class, rejected.status) == ("codeunit_not_published", 501)
    assert "publish" in rejected.message


@ALL
def test_it_declares_key_and_has_nothing_to_look_at(
    central: BusinessCentral, command: Command
) -> None:
    assert central.commands[command.name].repeat is Repeat.KEY
    assert isinstance(central.probe(command, IDS.uuid()), NotApplied)


def test_a_refused_sending_sends_nothing(bench: Bench, central: BusinessCentral) -> None:
    def refuse(request: bytes, version: str | None) -> None:
        raise SendRefused("the beat is too old")

    with pytest.raises(SendRefused):
        central.apply(replace(RECEIPT, sending=refuse), IDS.uuid())
    assert bench.ledger() == []


def test_a_service_that_is_switched_off_is_for_the_rules(
    bench: Bench, central: BusinessCentral
) -> None:
    bench.settings(odata=False)
    with pytest.raises(FarError) as caught:
        central.apply(RECEIPT, IDS.uuid())
    assert (caught.value.status, caught.value.code) == (405, "BadRequest_MethodNotAllowed")


def test_late_receipts_are_one_effect(bench: Bench, hasty: BusinessCentral) -> None:
    bench.fault(late_ms=LATE_MS)
    effect = IDS.uuid()
    with pytest.raises(FarError) as caught:
        hasty.apply(RECEIPT, effect)
    assert (caught.value.phase, caught.value.sent) == ("timeout", True)
    hasty.apply(replace(RECEIPT, repeated=True), effect)
    until(lambda: bench.count(effect) > 0)
    bench.outlast(LATE_MS)
    assert bench.line(number="PO/106003")["receivedQuantity"] == 2
