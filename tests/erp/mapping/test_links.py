"""What records wait for, what their own link does, and deletes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erp.links import Linked, link_hash, no_links
from erp.mapping import Ignored, Missing
from tests.erp.mapping.bench import SHIPPED, mapped, mapper, refusal, refused, values
from tests.erp.mapping.test_shipped import INVOICE, LINE
from tidegate.adapter import Command
from tidegate.outcome import Rejected

DELETES = '[entities.{0}]\non_delete = "{1}"\n'


def test_a_record_waits_for_the_first_that_is_missing() -> None:
    missing = SHIPPED.command("zoho", "invoices", "update", INVOICE, no_links)
    assert isinstance(missing, Missing)
    assert (missing.source, missing.entity, missing.entity_id) == ("zoho", "customers", "7")
    assert missing.text == "/customer_id: customers 7 of zoho has no record in the ERP yet"


def test_a_missing_item_of_any_line_is_waited_for() -> None:
    record = {**INVOICE, "line_items": [LINE, {**LINE, "item_id": 404}]}
    missing = mapped("invoices", record)
    assert isinstance(missing, Missing)
    assert (missing.entity, missing.entity_id) == ("products", "404")
    assert missing.text.startswith("/line_items/1/item_id")


def test_what_is_wrong_is_said_at_once_and_not_after_the_wait() -> None:
    record = {**INVOICE, "date": "soon"}
    assert isinstance(SHIPPED.command("zoho", "invoices", "update", record, no_links), Rejected)


def test_a_link_that_is_not_needed_is_left_out(tmp_path: Path) -> None:
    by = mapper(tmp_path, '[mapping.invoices]\nneeds = ["lines.itemId"]\n')
    record = {**INVOICE, "customer_id": "404", "customer_no": "C1"}
    # v18 must be told one of the two, so without needs there is nothing to send.
    assert "customerId or customerNumber" in refused("invoices", record, by)
    text = '[mapping.invoices]\nneeds = ["lines.itemId"]\nfields.customerNumber = "/customer_no"\n'
    found = values("invoices", record, mapper(tmp_path, text))
    assert (found.get("customerId"), found["customerNumber"]) == (None, "C1")


def test_an_invoice_cannot_name_a_vendor_as_its_customer() -> None:
    assert "customerId wants one of customers" in refused(
        "invoices", {**INVOICE, "customer_id": "8"}
    )


def test_the_deadline_is_the_mapping_s(tmp_path: Path) -> None:
    assert SHIPPED.needs_deadline("zoho", "invoices") == 3 * 86_400
    by = mapper(tmp_path, "[mapping.invoices]\nneeds_deadline = 60\n")
    assert by.needs_deadline("zoho", "invoices") == 60


def test_an_upsert_goes_to_the_linked_record() -> None:
    command = mapped("products", {"sku": "NEW"}, entity_id="1")
    assert isinstance(command, Command)
    assert (command.link, command.match, command.key) == ("guid-i1", "number", "NEW")


def test_a_contact_that_became_a_vendor_leaves_its_customer_alone() -> None:
    record: Any = {"contact_id": "7", "contact_name": "x", "contact_type": "vendor"}
    command = mapped("customers", record, entity_id="7")
    assert isinstance(command, Command)
    assert (command.name, command.link) == ("vendors.upsert", None)


def test_an_adjustment_that_was_posted_is_not_posted_again() -> None:
    record: Any = {
        "inventory_adjustment_id": "9",
        "line_items": [{"item_id": "1", "quantity_adjusted": 1}],
    }
    assert isinstance(mapped("stock", record, entity_id="9"), Command)
    posted = SHIPPED.command(
        "zoho", "stock", "update", record, lambda *_: Linked("itemAdjustments", "9", "9"), "9"
    )
    assert isinstance(posted, Rejected)
    assert posted.error_class == "written_before"


def test_a_delete_is_blocked_unless_the_entity_says_otherwise(tmp_path: Path) -> None:
    found = mapped("products", {"sku": "A"}, operation="delete")
    assert isinstance(found, Rejected)
    assert found.error_class == "on_delete"
    ignoring = mapper(tmp_path, DELETES.format("products", "ignore"))
    assert isinstance(mapped("products", {"sku": "A"}, ignoring, operation="delete"), Ignored)


def test_a_delete_is_sent_by_key_and_link(tmp_path: Path) -> None:
    by = mapper(tmp_path, DELETES.format("products", "delete"))
    found = mapped("products", {"sku": "a"}, by, operation="delete", entity_id="1")
    assert found == Command("items.delete", "A", {}, link="guid-i1", match="number")


def test_a_delete_that_holds_the_id_alone_goes_by_what_the_link_remembers(tmp_path: Path) -> None:
    by = mapper(tmp_path, DELETES.format("customers", "delete"))
    found = mapped("customers", {"x": 1}, by, operation="delete", entity_id="8")
    assert found == Command("vendors.delete", "8", {}, link="guid-v8", match="number")
    assert "makes the key" in refused("customers", {}, by, operation="delete", entity_id="404")


def test_deletes_need_a_command_for_them(tmp_path: Path) -> None:
    said, _ = refusal(tmp_path, DELETES.format("invoices", "delete"))
    assert said == (
        "2:1: on_delete = delete, but the mapping of zoho.invoices has no delete_command"
    )


@pytest.mark.parametrize("place", range(4))
def test_a_link_s_digest_parts_its_names(place: int) -> None:
    parts = ["a", "b", "c", "d"]
    other = [*parts[:place], parts[place] + "x", *parts[place + 1 :]]
    assert len(link_hash(*parts)) == 32
    assert link_hash(*parts) != link_hash(*other)
    assert link_hash("a", "b", "cd", "") != link_hash("a", "b", "c", "d")


def test_a_source_of_a_preset_links_to_its_own_entities(tmp_path: Path) -> None:
    by = mapper(tmp_path, '[sources.second]\npreset = "zoho"\n')
    missing = by.command("second", "invoices", "update", INVOICE, no_links)
    assert isinstance(missing, Missing)
    assert (missing.source, missing.entity) == ("second", "customers")
