"""One batch: verdicts in the order of arrival, each seeing those before it, written once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ingest.arrival import Arrival
from ingest.batch import Batch
from ingest.heads import Picture
from ingest.keys import purchase_order_key
from tests.ingest.bench import rows
from tidegate.testing import Pipeline, arrival


def item(pipe: Pipeline, name: str, minute: int = 0, **options: Any) -> Arrival:
    record = {"item_id": "1", "name": name, "last_modified_time": f"2026-11-20T10:{minute:02}:00Z"}
    return arrival(pipe.ids, pipe.config, record, **options)


def test_the_second_of_a_key_sees_what_the_first_came_to(pipe: Pipeline) -> None:
    first, again, older = pipe.accept(
        [item(pipe, "Disk", 1), item(pipe, "Disk", 1), item(pipe, "Old", 0)]
    )
    assert [each.verdict for each in (first, again, older)] == ["new", "duplicate", "stale"]
    assert again.event_id == older.event_id == first.event_id


def test_without_a_shared_picture_the_second_would_be_new_as_well(pipe: Pipeline) -> None:
    arrivals = [item(pipe, "Disk", 1), item(pipe, "Disk", 1)]
    alone = [Batch(Picture(), "sandbox").add(each).verdict for each in arrivals]
    together = Batch(Picture(), "sandbox")
    assert alone == ["new", "new"]
    assert [together.add(each).verdict for each in arrivals] == ["new", "duplicate"]


def test_two_new_ones_move_the_head_once_and_by_two(pipe: Pipeline) -> None:
    first = replace(item(pipe, "Disk"), stamp=None)
    pipe.accept([first])
    (before,) = rows(pipe.db, "SELECT version FROM entity_head")
    done = pipe.accept([replace(item(pipe, name), stamp=None) for name in ("Disk 2", "Disk 3")])
    (after,) = rows(pipe.db, "SELECT version, newest FROM entity_head")
    assert after == {"version": before["version"] + 2, "newest": str(done[1].event_id)}


def test_the_document_holds_one_move_for_a_head_and_a_key_of_two_events(pipe: Pipeline) -> None:
    batch = Batch(Picture(), "sandbox")
    for each in (item(pipe, "A", 1), item(pipe, "B", 2)):
        batch.add(each)
    lists = batch.document()
    assert [len(lists[name]) for name in ("head_births", "key_births", "events")] == [1, 1, 2]
    assert lists["key_births"][0]["next_seq"] == 3


def test_events_of_a_key_are_numbered_in_the_order_of_arrival(pipe: Pipeline) -> None:
    for minute in (1, 2):
        pipe.accept([item(pipe, f"{minute}.{n}", minute * 10 + n) for n in range(2)])
    found = rows(pipe.db, "SELECT seq FROM sync_queue ORDER BY id")
    assert [row["seq"] for row in found] == [1, 2, 3, 4]


def test_a_message_id_counts_within_its_own_batch(pipe: Pipeline) -> None:
    made = [item(pipe, name, message_id="m") for name in ("A", "A", "B")]
    assert [each.verdict for each in pipe.accept(made)] == ["new", "duplicate", "conflict"]


def test_an_unknown_shape_is_born_dead_with_a_letter_and_nothing_in_the_queue(
    pipe: Pipeline,
) -> None:
    (done,) = pipe.accept([replace(item(pipe, "A"), unknown="no object", body=b"\xff")])
    (event,) = rows(pipe.db, "SELECT state, head_id, key_id, seq FROM inbox")
    assert (done.verdict, done.rule) == ("new", "unknown_shape")
    assert event == {"state": "dead", "head_id": None, "key_id": None, "seq": None}
    assert [r["reason"] for r in rows(pipe.db, "SELECT reason FROM dead_letter")] == [
        "unknown_shape"
    ]
    assert rows(pipe.db, "SELECT body FROM payload") == [{"body": b"\xff"}]
    assert rows(pipe.db, "SELECT * FROM sync_queue") == []


def test_a_conflicting_delivery_is_an_event_that_is_dead(pipe: Pipeline) -> None:
    pipe.accept([item(pipe, "A", message_id="m")])
    (done,) = pipe.accept([item(pipe, "B", message_id="m")])
    (event,) = rows(pipe.db, "SELECT state, verdict FROM inbox WHERE uuid = ?", str(done.event_id))
    assert event == {"state": "dead", "verdict": "conflict"}
    assert rows(pipe.db, "SELECT reason FROM dead_letter") == [{"reason": "delivery_conflict"}]


def test_a_command_that_conflicts_leaves_a_delivery_and_no_event(pipe: Pipeline) -> None:
    made = [replace(item(pipe, n, message_id="m"), kind="command", dedup="id") for n in "AB"]
    assert [each.verdict for each in pipe.accept(made)] == ["new", "conflict"]
    assert len(rows(pipe.db, "SELECT * FROM inbox")) == 1
    assert len(rows(pipe.db, "SELECT * FROM delivery")) == 2


def test_a_refused_arrival_leaves_a_delivery_and_no_event(pipe: Pipeline) -> None:
    (done,) = pipe.accept([replace(item(pipe, "A"), refused="envelope: no name")])
    assert (done.verdict, done.event_id) == ("rejected", None)
    assert rows(pipe.db, "SELECT * FROM inbox") == []
    assert rows(pipe.db, "SELECT verdict FROM delivery") == [{"verdict": "rejected"}]


def test_a_duplicate_with_a_newer_stamp_raises_the_head_s_stamp(pipe: Pipeline) -> None:
    pipe.accept([item(pipe, "A", 1, message_id="m")])
    again = replace(item(pipe, "A", 1, message_id="m"), stamp=item(pipe, "A", 9).stamp)
    assert pipe.accept([again])[0].verdict == "duplicate"
    assert pipe.accept([item(pipe, "B", 5)])[0].verdict == "stale"


def test_every_delivery_leaves_a_row_with_its_verdict_and_rule(pipe: Pipeline) -> None:
    pipe.accept([item(pipe, "A", 5), item(pipe, "A", 5), item(pipe, "B", 1)])
    found = rows(pipe.db, "SELECT verdict, rule FROM delivery ORDER BY id")
    assert [(row["verdict"], row["rule"]) for row in found] == [
        ("new", "4:new"),
        ("duplicate", "3:same-content"),
        ("stale", "2:older-stamp"),
    ]


def kill(pipe: Pipeline, state: str = "dead") -> None:
    with pipe.db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE inbox SET state = ?", (state,))


def test_a_resend_of_a_dead_state_asks_once_for_its_replay(pipe: Pipeline) -> None:
    first = pipe.post({"item_id": "1", "name": "Disk"})
    kill(pipe)
    again = [pipe.post({"item_id": "1", "name": "Disk"}) for _ in range(2)]
    assert [(each.verdict, each.state) for each in again] == [("duplicate", "dead")] * 2
    assert "dead letter" in again[0].reason
    (request,) = rows(pipe.db, "SELECT verb, event_uuid, state, source FROM operator_request")
    assert request == {
        "verb": "replay",
        "event_uuid": str(first.event_id),
        "state": "open",
        "source": "ingest",
    }


def test_a_resend_of_a_dead_document_asks_for_nothing(pipe: Pipeline) -> None:
    made = [replace(item(pipe, "A"), replay_dead=False) for _ in range(2)]
    pipe.accept(made[:1])
    kill(pipe)
    assert pipe.accept(made[1:])[0].state == "dead"
    assert rows(pipe.db, "SELECT * FROM operator_request") == []


def test_equal_resends_are_counted_in_the_last_of_their_rows(pipe: Pipeline) -> None:
    pipe.post({"item_id": "1", "name": "Disk"})
    told = [pipe.post({"item_id": "1", "name": "Disk"}) for _ in range(30)]
    found = rows(pipe.db, "SELECT uuid, seen FROM delivery WHERE verdict = 'duplicate' ORDER BY id")
    assert [row["seen"] for row in found] == [1] * 19 + [11]
    assert str(told[-1].delivery_id) == found[-1]["uuid"]


def test_a_resend_of_a_dead_state_that_a_newer_one_followed_asks_for_nothing(
    pipe: Pipeline,
) -> None:
    pipe.accept([item(pipe, "A", 1, message_id="m1")])
    kill(pipe)
    pipe.accept([item(pipe, "B", 2, message_id="m2")])
    assert pipe.accept([item(pipe, "A", 1, message_id="m1")])[0].state == "dead"
    assert rows(pipe.db, "SELECT * FROM operator_request") == []


def test_order_numbers_that_differ_in_case_alone_stand_in_one_line() -> None:
    assert purchase_order_key("po-1")[0] == purchase_order_key("PO-1")[0]
    assert purchase_order_key("PO-1")[0] != purchase_order_key("PO-2")[0]
