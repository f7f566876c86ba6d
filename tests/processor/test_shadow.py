"""`writes = "shadow"`: what would have been sent is on record, and nothing is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import processor.apply
from erp.sandbox.adapter import build
from processor.outcome import Letter, Policy, Shadow, after_write
from processor.settle import Settlement
from processor.work import Trace, Wrote
from tests.erp.sandbox_bench import Bench
from tests.processor.bench import House
from tests.processor.test_apply import ITEM, claimed, lane
from tidegate.adapter import Repeat
from tidegate.config import Config, load_config
from tidegate.outcome import Applied, NotSent, Rejected
from tidegate.testing import Pipeline

RECORD = {"item_id": "1", "sku": "HD-1", "name": "Disk", "rate": "9.50"}


def of_products(writes: str) -> Config:
    config = load_config(None)
    products = config.entities["zoho.products"].model_copy(update={"writes": writes})
    return config.model_copy(update={"entities": {**config.entities, "zoho.products": products}})


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "sandbox.sqlite3")
    yield bench
    bench.close()


@pytest.fixture
def shadow(tmp_path: Path, sandbox: Bench) -> Iterator[Pipeline]:
    adapter = build(sandbox.serving.url, "CRONUS", 2.0)
    pipe = Pipeline(tmp_path, adapter, config=of_products("shadow"))
    yield pipe
    pipe.close()
    adapter.close()


def rows(pipe: Pipeline, sql: str) -> list[dict[str, Any]]:
    with pipe.db.engine.connect() as connection:
        return [dict(row) for row in connection.exec_driver_sql(sql).mappings()]


def recorded(pipe: Pipeline) -> list[Any]:
    found = rows(pipe, "SELECT request FROM attempt_body ORDER BY event_id")
    return [json.loads(row["request"]) for row in found]


def test_the_erp_is_read_and_never_written_to_and_the_record_holds_what_it_would_have_got(
    shadow: Pipeline, sandbox: Bench
) -> None:
    event = shadow.post(RECORD).event_id
    shadow.run()
    assert shadow.event(event)["state"] == "discarded"
    assert sandbox.ledger() == []
    [asked] = recorded(shadow)
    method, _, body = asked["sent"].partition("\n")
    assert method.startswith("POST /")
    assert json.loads(body)["unitPrice"] == 9.5
    assert asked["values"]["displayName"] == "Disk"


def test_without_the_guard_the_ledger_would_not_be_empty(
    shadow: Pipeline, sandbox: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor.apply, "SHADOW", "nothing")
    shadow.post(RECORD)
    shadow.run()
    assert len(sandbox.ledger()) == 1


def test_the_attempt_and_the_record_say_shadow_by_the_configuration(shadow: Pipeline) -> None:
    shadow.post(RECORD)
    shadow.run()
    [attempt] = rows(shadow, "SELECT decision, rule, outcome, sent_at FROM sync_attempt")
    assert attempt == {
        "decision": "shadow",
        "rule": "shadow",
        "outcome": "notsent",
        "sent_at": None,
    }
    [said] = rows(shadow, "SELECT action, reason, actor, config_version FROM audit_trail")
    version = shadow.config.version
    assert tuple(said.values()) == ("discarded", "shadow", f"configuration {version}", version)


def test_nothing_counts_as_applied_and_nobody_is_told(shadow: Pipeline) -> None:
    shadow.post(RECORD)
    shadow.post({**RECORD, "name": "Drive", "last_modified_time": "2026-11-20T10:00:00Z"})
    shadow.run()
    assert rows(shadow, "SELECT 1 FROM outbox UNION ALL SELECT 1 FROM entity_link") == []
    assert rows(shadow, "SELECT MAX(applied_seq) AS n FROM order_key") == [{"n": 0}]
    assert rows(shadow, "SELECT MAX(applied_seq) AS n FROM entity_head") == [{"n": 0}]
    assert rows(shadow, "SELECT 1 FROM sync_queue") == []


def test_a_key_goes_on_behind_a_shadow(build: Callable[..., House]) -> None:
    house = build(config=of_products("shadow"))
    events = [house.post("A", name) for name in ("one", "two", "three")]
    house.run()
    assert [house.state(event) for event in events] == ["discarded"] * 3
    assert (house.far.effects, house.letters()) == ([], [])


def test_what_was_shadowed_is_written_when_it_comes_again_after_writes_are_on(
    shadow: Pipeline, sandbox: Bench, tmp_path: Path
) -> None:
    shadow.post(RECORD)
    shadow.run()
    shadow.config = of_products("on")
    shadow.leadership.close()
    _, drain = shadow.processor("two")
    again = shadow.post(RECORD)
    assert again.verdict == "new"
    for _ in range(50):
        drain.step(shadow.clock.monotonic())
        shadow.clock.advance(1.0)
    assert len(sandbox.ledger()) == 1


def test_what_the_mapping_refuses_is_a_letter_all_the_same(build: Callable[..., House]) -> None:
    house = build(config=of_products("shadow"))
    house.post("", "no number")
    house.run()
    assert house.letters() == ["rejected"]


def test_a_broken_read_is_tried_again(shadow: Pipeline, sandbox: Bench) -> None:
    for _ in range(8):
        sandbox.fault(status=500, match="GET")
    event = shadow.post(RECORD).event_id
    shadow.run(3)
    assert shadow.event(event)["state"] == "retrying"
    shadow.run(400, 1.0)
    assert shadow.event(event)["state"] == "discarded"


def test_where_nothing_would_be_sent_the_event_ends_the_same(house: House) -> None:
    done = lane(house, writes="shadow", on_delete="ignore").write(
        claimed({"item": ITEM}, operation="delete"), lambda: True
    )
    assert (type(done.outcome), done.trace.shadow) == (NotSent, True)


def test_a_write_of_before_that_is_found_did_take_effect(house: House) -> None:
    house.far.apply = lambda *_: Applied(found=True)  # type: ignore[method-assign]
    apply, found = lane(house, writes="shadow"), Applied(found=True)
    earlier, new = claimed({"item": ITEM}, unknown_age_s=1.0), claimed({"item": ITEM})
    done = apply.write(earlier, lambda: True)
    assert (done.outcome, done.trace.shadow) == (found, False)
    assert apply.write(new, lambda: True).trace.shadow


@pytest.mark.parametrize(
    ("repeat", "decided"),
    [
        (Repeat.CONDITIONAL, Shadow),
        (Repeat.PROBE, Shadow),
        (Repeat.KEY, Letter),
        (Repeat.TRANSACTIONAL, Letter),
        (Repeat.NEVER, Letter),
    ],
)
def test_an_unknown_write_that_nothing_can_look_up_is_never_discarded(
    repeat: Repeat, decided: type
) -> None:
    done = Wrote(claimed({}, unknown_age_s=1.0), NotSent("", "shadow"), Trace(shadow=True))
    entity = load_config(None).entity("zoho", "products")
    decision = after_write(done, Policy(entity, repeat, None), random.Random(1))
    assert isinstance(decision, decided)
    if isinstance(decision, Letter):
        assert (decision.reason, decision.holds) == ("unknown", True)


def test_a_command_is_answered_with_what_is_true() -> None:
    settlement = Settlement(0.0, "v")
    command = claimed({}, kind="command", owner="buyer", pointer="")
    settlement.add(Wrote(command, NotSent("", "shadow"), Trace(shadow=True)), Shadow())
    [end], [told] = settlement.lists["ends"], settlement.lists["answers"]
    answer = json.loads(told["answer"])
    assert (end["state"], end["answer_status"]) == ("discarded", 409)
    assert (answer["code"], answer["status"], answer["event_id"]) == ("shadow", 409, command.uuid)


def test_a_rejection_before_the_write_is_the_erp_s_own(house: House) -> None:
    house.far.apply = lambda *_: Rejected("closed", "e")  # type: ignore[method-assign]
    done = lane(house, writes="shadow").write(claimed({"item": ITEM}), lambda: True)
    assert (done.outcome, done.trace.shadow) == (Rejected("closed", "e"), False)
