"""What one attempt makes of a claimed event, before and beside the adapter's call."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from erp.links import Link, Linked, link_hash, no_links
from erp.mapping import Mapper
from processor.apply import Apply
from processor.settle import Settlement
from processor.work import Claimed
from tests.processor.bench import DROPPED, House
from tidegate import canon
from tidegate.adapter import Repeat
from tidegate.errors import FarError, SendRefused
from tidegate.outcome import Applied, CannotTell, NotApplied, NotSent, Rejected

Build = Callable[..., House]
ITEM = {"item_id": "1", "sku": "A", "name": "Disk"}
DENIED = FarError("who are you", sent=False, status=401, code="Unauthorized")


def test_a_forwarded_entity_is_applied_as_it_came_and_no_adapter_is_called(house: House) -> None:
    given, apply = claimed({"id": 7}, pointer=""), lane(house, forward=True)
    done = apply.write(given, lambda: False)
    assert (done.outcome, done.trace.rule) == (Applied(new={"id": 7}), "forward")
    assert house.far.seen == []
    assert apply.repeat_of(given) == (Repeat.CONDITIONAL, None)
    assert isinstance(apply.look(given, lambda: False).finding, NotApplied)


def test_what_is_forwarded_is_a_record(house: House) -> None:
    done = lane(house, forward=True).write(claimed([1], pointer=""), lambda: True)
    assert isinstance(done.outcome, Rejected)


def test_an_ignored_delete_is_applied_without_a_call(house: House) -> None:
    done = lane(house, on_delete="ignore").write(
        claimed({"item": ITEM}, operation="delete"), lambda: True
    )
    assert (done.outcome, done.trace.rule) == (Applied(found=True), "on_delete")
    assert house.far.seen == []


def test_a_record_in_a_form_field_is_unpacked(house: House) -> None:
    body = urlencode({"JSONString": canon.text({"item": dict(ITEM)})}).encode()
    given = claimed(None, body=body, media_type="application/x-www-form-urlencoded")
    assert isinstance(lane(house).write(given, lambda: True).outcome, Applied)
    assert house.far.effects == [("A", "Disk")]


def test_a_missing_link_is_a_wait_that_burns_no_attempt(house: House) -> None:
    invoice = {
        "invoice": {
            "invoice_id": "9",
            "invoice_number": "I-9",
            "customer_id": "77",
            "line_items": [{"item_id": "1", "quantity": 1, "rate": 2}],
        }
    }
    given = claimed(invoice, entity="invoices", entity_text="9", pointer="/invoice")
    done = lane(house).write(given, lambda: True)
    assert isinstance(done.outcome, NotSent)
    assert done.outcome.error_class == "missing_dependency"
    assert (done.trace.rule, house.far.seen) == ("missing", [])
    assert done.trace.needs == (link_hash("sandbox", "zoho", "customers", "77"), 259_200.0)


def test_the_link_of_the_event_goes_with_the_command_and_with_its_repeat(house: House) -> None:
    def link(source: str, entity: str, entity_id: str) -> Linked | None:
        return Linked("items", "far-1", "A") if (entity, entity_id) == ("products", "1") else None

    house.far.lands = False
    house.far.answers["A"].append(DROPPED)
    first = lane(house, link).write(claimed({"item": ITEM}), lambda: True)
    again = claimed({"item": ITEM}, unknown_age_s=1.0, write_request=first.trace.request)
    lane(house).write(again, lambda: True)
    asked, repeated = house.far.seen
    assert (asked.link, asked.match) == ("far-1", "number")
    assert (repeated.link, repeated.match) == ("far-1", "number")


def test_a_denied_write_pauses_its_adapter(house: House) -> None:
    house.far.answers["A"].append(DENIED)
    assert lane(house).write(claimed({"item": ITEM}), lambda: True).trace.pause == "adapter"


def test_a_denied_probe_pauses_its_adapter_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise DENIED

    monkeypatch.setattr(house.far, "probe", refused)
    looked = lane(house).look(claimed({"item": ITEM}, unknown_age_s=1.0), lambda: True)
    assert isinstance(looked.finding, CannotTell)
    assert (looked.trace.pause, looked.trace.status) == ("adapter", 401)


@pytest.mark.parametrize(
    ("given", "actor"),
    [
        ({"actor": "ann"}, "buyer (ann)"),
        ({"actor": "x" * 300}, f"buyer ({'x' * 193}"),
        ({}, "buyer"),
        ({"actor": 7}, "buyer"),
    ],
)
def test_the_audit_names_whom_a_command_names_beside_the_owner_of_its_key(
    given: dict[str, object], actor: str
) -> None:
    command = claimed(given, kind="command", owner="buyer", pointer="")
    settlement = Settlement(0.0, "v")
    settlement._audit(command, "applied", None, None)
    assert settlement.lists["trail"][0]["actor"] == actor


def test_a_source_cannot_name_an_actor(house: House) -> None:
    given = claimed({"item": ITEM, "actor": "ann"}, pointer="")
    settlement = Settlement(0.0, "v")
    settlement._audit(given, "applied", None, None)
    assert settlement.lists["trail"][0]["actor"] == "source:zoho"


def lane(house: House, link: Link = no_links, **products: object) -> Apply:
    """As the pipeline's own, with links, and options of products changed."""
    config = house.pipe.config
    changed = config.entities["zoho.products"].model_copy(update=products)
    config = config.model_copy(update={"entities": {**config.entities, "zoho.products": changed}})
    mapper = Mapper(config)
    return Apply(house.far, house.clock, house.pipe.rules, "sandbox", mapper, config, link)


def claimed(record: Any, **given: Any) -> Claimed:
    """A product as the queue would hand it over."""
    fields: dict[str, Any] = dict.fromkeys(Claimed.__dataclass_fields__)
    spoken = {"source": "zoho", "entity": "products", "entity_text": "1", "operation": "update"}
    body = {"body": canon.dumps(record), "media_type": "application/json", "pointer": "/item"}
    event = {"uuid": str(UUID(int=1)), "event_id": 1, "number": 1, "kind": "state"}
    return Claimed(**{**fields, **spoken, **body, **event, **given})


def test_an_attempt_that_is_over_sends_nothing_more(house: House) -> None:
    lane(house).write(claimed({"item": ITEM}), lambda: True)
    (command,) = house.far.seen
    with pytest.raises(SendRefused, match="the attempt is over"):
        command.sending(b"PUT A", None)


def test_an_attempt_leaves_no_circle_to_be_collected(house: House) -> None:
    apply, given = lane(house), claimed({"item": ITEM})
    gc.collect()
    apply.write(given, lambda: True)
    house.far.seen.clear()
    assert gc.collect() == 0
