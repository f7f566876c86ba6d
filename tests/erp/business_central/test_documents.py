"""Invoices and credit memos: made once, found by the number that the source gave them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from erp.business_central.adapter import IN_DOUBT, BusinessCentral
from tests.erp.business_central.unseen import LATE_MS, UNSEEN, unseen
from tests.erp.sandbox_bench import Bench, until
from tidegate.adapter import Command, Repeat
from tidegate.canon import Json
from tidegate.clock import SystemClock
from tidegate.errors import FarError
from tidegate.ids import Ids
from tidegate.outcome import Applied, CannotTell, NotApplied, Rejected

IDS = Ids(SystemClock())
LINES: Json = [{"lineObjectNumber": "1896-S", "quantity": 2, "unitPrice": Decimal("9.5")}]
SALE: dict[str, Json] = {
    "externalDocumentNumber": "inv/7",
    "customerNumber": "C-100",
    "invoiceDate": "2026-11-02",
    "dueDate": "2026-12-02",
    "lines": LINES,
}
SALES = Command("salesInvoices.create", "inv/7", SALE)
MEMO = Command(
    "salesCreditMemos.create",
    "CN'1",
    {"externalDocumentNumber": "CN'1", "customerNumber": "C-100", "lines": LINES},
)
BILL = Command(
    "purchaseInvoices.create",
    "B-1",
    {
        "vendorInvoiceNumber": "B-1",
        "vendorNumber": "V-100",
        "lines": [{"lineObjectNumber": "1896-S", "quantity": 2, "unitCost": Decimal("9.5")}],
    },
)
ALL = pytest.mark.parametrize("command", [SALES, MEMO, BILL], ids=lambda each: each.name)


@ALL
def test_a_document_is_made_with_its_lines(
    bench: Bench, central: BusinessCentral, command: Command
) -> None:
    effect = IDS.uuid()
    outcome = central.apply(command, effect)
    assert isinstance(outcome, Applied)
    assert outcome.link is not None
    entity, document, number = outcome.link
    assert entity == command.name.partition(".")[0]
    [line] = bench.find(f"{entity[:-1]}Lines", f"documentId eq {document}")
    assert line["netAmount"] == 19
    assert bench.one(entity, number)["id"] == document
    assert bench.count(effect) == 1


@ALL
def test_a_create_is_honestly_a_probe(central: BusinessCentral, command: Command) -> None:
    capability = central.commands[command.name]
    assert (capability.repeat, capability.in_doubt) == (Repeat.PROBE, IN_DOUBT)


@ALL
@UNSEEN
def test_what_was_made_unseen_is_found(
    bench: Bench, central: BusinessCentral, command: Command, fault: str
) -> None:
    effect = IDS.uuid()
    repeat = unseen(bench, central, command, effect, fault)
    found = central.probe(repeat, effect)
    assert isinstance(found, Applied)
    assert found.link is not None
    assert isinstance(central.apply(repeat, effect), Applied)
    assert bench.count(effect) == 1


def test_what_comes_late_is_not_there_before_and_is_found_after(
    bench: Bench, hasty: BusinessCentral
) -> None:
    bench.fault(late_ms=LATE_MS)
    effect = IDS.uuid()
    repeat = replace(SALES, repeated=True)
    with pytest.raises(FarError) as caught:
        hasty.apply(SALES, effect)
    assert (caught.value.phase, caught.value.sent) == ("timeout", True)
    assert isinstance(hasty.probe(repeat, effect), NotApplied)
    until(lambda: bench.count(effect) > 0)
    assert isinstance(hasty.probe(repeat, effect), Applied)


def test_the_same_document_again_is_found_and_not_made(
    bench: Bench, central: BusinessCentral
) -> None:
    central.apply(SALES, IDS.uuid())
    effect = IDS.uuid()
    outcome = central.apply(SALES, effect)
    assert isinstance(outcome, Applied)
    assert outcome.found
    assert bench.count(effect) == 0


def test_a_document_with_other_values_is_not_overwritten(
    bench: Bench, central: BusinessCentral
) -> None:
    central.apply(SALES, IDS.uuid())
    other = replace(SALES, values={**SALE, "dueDate": "2027-01-01"})
    rejected = central.apply(other, IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert rejected.error_class == "already_there"
    assert isinstance(central.probe(other, IDS.uuid()), CannotTell)


def test_another_vendors_number_is_another_invoice(bench: Bench, central: BusinessCentral) -> None:
    central.apply(BILL, IDS.uuid())
    other = replace(BILL, values={**BILL.values, "vendorNumber": "V-200"})
    outcome = central.apply(other, IDS.uuid())
    assert isinstance(outcome, Applied)
    assert not outcome.found


def test_two_documents_of_one_number_are_ambiguous(bench: Bench, central: BusinessCentral) -> None:
    for _ in range(2):
        bench.post(
            "salesInvoices", {"externalDocumentNumber": "INV/7", "customerNumber": "C-100"}
        ).raise_for_status()
    rejected = central.apply(SALES, IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert rejected.error_class == "ambiguous_match"


def test_without_an_outside_number_nothing_can_be_told(central: BusinessCentral) -> None:
    blind = replace(SALES, values={"customerNumber": "C-100"}, repeated=True)
    assert isinstance(central.probe(blind, IDS.uuid()), CannotTell)
    with pytest.raises(FarError, match="externalDocumentNumber"):
        central.apply(blind, IDS.uuid())


def test_a_linked_document_is_found_by_its_link(central: BusinessCentral) -> None:
    made = central.apply(SALES, IDS.uuid())
    assert isinstance(made, Applied)
    assert made.link is not None
    asked = replace(SALES, values={"customerNumber": "C-100"}, link=made.link[1])
    again = central.apply(asked, IDS.uuid())
    assert isinstance(again, Applied)
    assert again.found


def test_a_customer_that_is_not_there_is_rejected_in_the_erps_words(
    central: BusinessCentral,
) -> None:
    rejected = central.apply(replace(SALES, values={**SALE, "customerNumber": "C-404"}), IDS.uuid())
    assert isinstance(rejected, Rejected)
    assert "customer cannot be found" in rejected.message
