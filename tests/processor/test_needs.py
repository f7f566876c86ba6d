"""Links on record, and records that wait for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from erp.links import Linked
from erp.mapping import Mapper
from tests.processor.bench import DROPPED, House, Stuck, cut
from tidegate.config import load_config
from tidegate.errors import StoreBusy
from tidegate.outcome import Applied
from tidegate.testing import arrival

Build = Callable[..., House]
DEADLINE = 3 * 86_400.0
CUSTOMER = {"contact_id": "7", "contact_name": "Ann"}
INVOICE = {
    "invoice_id": "9",
    "invoice_number": "I-9",
    "customer_id": "7",
    "date": "2026-11-20",
    "line_items": [{"item_id": "1", "quantity": 1, "rate": 2}],
}
PRODUCT = {"item_id": "1", "sku": "A", "name": "Disk"}
LINK = ("items", "far-A", "A")


@pytest.fixture
def house(build: Build) -> House:
    return ready(build())


def ready(house: House) -> House:
    """Its far side knows customers and invoices too, and tells the ids of what it wrote."""
    (capability,) = house.far.commands.values()
    names = ("items.upsert", "items.delete", "customers.upsert", "salesInvoices.create")
    house.far.commands = dict.fromkeys(names, capability)
    return house


def post(house: House, entity: str, id_field: str, record: dict[str, Any], **how: Any) -> str:
    made = arrival(
        house.pipe.ids, house.pipe.config, record, entity=entity, id_field=id_field, **how
    )
    return str(house.pipe.accept([made])[0].event_id)


def product(house: House, **how: Any) -> str:
    house.far.answers["A"].append(Applied(None, {}, link=LINK))
    return post(house, "products", "item_id", PRODUCT, **how)


def customer(house: House) -> str:
    house.far.answers["7"].append(Applied(None, {}, link=("customers", "far-7", "7")))
    return post(house, "customers", "contact_id", CUSTOMER)


def invoice(house: House, **changed: Any) -> str:
    return post(house, "invoices", "invoice_id", INVOICE | changed)


def links(house: House) -> list[tuple[str, str]]:
    found = house.rows("SELECT entity, record_id FROM entity_link ORDER BY id")
    return [(row["entity"], row["record_id"]) for row in found]


def burnt(house: House) -> list[int]:
    return [row["tries"] for row in house.rows("SELECT tries FROM sync_queue ORDER BY id")]


def test_what_was_applied_is_linked_and_the_next_change_goes_to_that_record(house: House) -> None:
    product(house)
    house.run(3)
    assert links(house) == [("products", "far-A")]
    house.far.answers["A"].append(Applied(None, {}, link=("items", "far-B", "A")))
    post(house, "products", "item_id", PRODUCT | {"name": "Disc"})
    house.run(3)
    assert [command.link for command in house.far.seen] == [None, "far-A"]
    assert links(house) == [("products", "far-B")]


def test_a_link_is_of_one_far_side(house: House) -> None:
    product(house)
    house.run(3)
    of = house.pipe.drain._store.links.of
    assert of("sandbox")("zoho", "products", "1") == Linked(*LINK)
    assert of("legacy")("zoho", "products", "1") is None


def test_with_a_deleted_record_its_link_goes(build: Build) -> None:
    config = load_config(None)
    deletes = config.entities["zoho.products"].model_copy(update={"on_delete": "delete"})
    entities = {**config.entities, "zoho.products": deletes}
    house = ready(build(config=config.model_copy(update={"entities": entities})))
    product(house)
    house.run(3)
    post(house, "products", "item_id", PRODUCT, operation="delete")
    house.run(3)
    assert house.far.seen[-1].link == "far-A"
    assert links(house) == []


def test_a_record_waits_for_what_it_names_and_runs_once_that_is_there(house: House) -> None:
    event = invoice(house)
    house.run(3)
    assert (house.state(event), house.far.seen, burnt(house)) == ("waiting", [], [0])
    customer(house)
    house.run(3)
    assert house.state(event) == "waiting"
    product(house)
    house.run(3)
    assert house.state(event) == "applied"
    values: Any = house.far.seen[-1].values
    assert (values["customerId"], values["lines"][0]["itemId"]) == ("far-7", "far-A")


def test_nobody_looks_again_while_it_waits(house: House) -> None:
    event = invoice(house)
    house.run(500, 60.0)
    assert house.attempts(event) == [("write", "notsent")]


def test_without_being_woken_it_would_wait_for_its_deadline(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "WHERE needs_hash = :hash", "WHERE 0 = length(:hash)")
    event = invoice(house)
    house.run(3)
    customer(house)
    product(house)
    house.run(20, 60.0)
    assert house.state(event) == "waiting"


def crossing(build: Build) -> House:
    """The invoice has found no link; before that is on record, the product's is written."""
    house = ready(build(lanes=(lanes := Stuck())))
    customer(house)
    house.run(2)
    lanes.run()
    house.run(2)
    invoice(house)
    product(house)
    house.run(2)
    asked, made = lanes.jobs
    lanes.jobs = [asked]
    lanes.run()
    (missed,) = lanes.finished()
    lanes.jobs = [made]
    lanes.run()
    house.run(1)
    lanes._results.append(missed)
    for _ in range(3):
        house.run(2)
        lanes.run()
    house.run(2)
    return house


def test_a_link_that_appears_while_its_absence_is_noted_is_not_missed(build: Build) -> None:
    house = crossing(build)
    assert house.rows("SELECT id FROM sync_queue") == []


def test_without_the_look_at_the_link_as_it_begins_to_wait_it_would_be_missed(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "WHERE id = :queue_id AND EXISTS (", "WHERE 0 = :queue_id AND EXISTS (")
    house = crossing(build)
    assert len(house.rows("SELECT id FROM sync_queue")) == 1


def test_past_its_deadline_it_is_a_dead_letter(house: House) -> None:
    event = invoice(house)
    house.run(3)
    house.clock.advance(DEADLINE - 10)
    house.run(3)
    assert house.state(event) == "waiting"
    house.clock.advance(11.0)
    house.run(3)
    assert house.state(event) == "dead"
    assert house.letters() == ["missing_dependency"]


def test_the_deadline_is_of_all_that_it_waits_for(house: House) -> None:
    event = invoice(house)
    house.run(3)
    house.clock.advance(DEADLINE - 10)
    customer(house)
    house.run(5)
    assert house.state(event) == "waiting"
    house.clock.advance(11.0)
    house.run(5)
    assert house.state(event) == "dead"


def test_the_next_of_its_key_waits_behind_it(house: House) -> None:
    first, second = invoice(house), invoice(house, invoice_number="I-10")
    house.run(3)
    assert [house.state(each) for each in (first, second)] == ["waiting"] * 2
    customer(house)
    product(house)
    house.run(6)
    assert [house.state(each) for each in (first, second)] == ["applied"] * 2
    assert [key for key, _ in house.far.effects if key.startswith("I-")] == ["I-9", "I-10"]


def test_links_that_cannot_be_read_are_a_wait_and_nobody_s_fault(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise StoreBusy("locked")

    product(house)
    house.run(3)
    monkeypatch.setattr(Mapper, "command", busy)
    event = post(house, "products", "item_id", PRODUCT | {"name": "Disc"})
    house.run(20, 2.0)
    assert house.state(event) == "retrying"
    assert burnt(house) == [0]
    monkeypatch.undo()
    house.run(20, 2.0)
    assert house.state(event) == "applied"


def test_a_repeat_asks_for_the_record_that_the_first_try_asked_for(house: House) -> None:
    product(house)
    house.run(3)
    house.far.lands = False
    house.far.answers["A"].extend([DROPPED])
    post(house, "products", "item_id", PRODUCT | {"name": "Disc"})
    house.run(4)
    assert [command.link for command in house.far.seen[1:]] == ["far-A", "far-A"]
