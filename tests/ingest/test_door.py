"""The door: commands are turned away before they are queued, webhooks never."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ingest.arrival import Accepted, Arrival
from ingest.door import BACKLOG_RETRY, PAUSED_RETRY, Door, Pause
from ingest.keys import purchase_order_key
from tests.ingest.bench import rows
from tidegate.testing import Pipeline, arrival

HASH, TEXT = purchase_order_key("PO-1")


def command(pipe: Pipeline, number: str = "1", **options: Any) -> Arrival:
    plain = arrival(pipe.ids, pipe.config, {"item_id": number})
    return replace(
        plain,
        source="api",
        entity="purchase-order-lines",
        kind="command",
        dedup="id",
        head_hash=None,
        key_hash=HASH,
        key_text=TEXT,
        message_key=number.encode().rjust(32),
        **options,
    )


def run(pipe: Pipeline, sql: str, *given: Any) -> None:
    with pipe.db.engine.begin() as connection:
        connection.exec_driver_sql(sql, given)


def paused(pipe: Pipeline, target: str | None, entity: str | None, until: str | None) -> None:
    run(
        pipe,
        "INSERT INTO pause (target, entity, kind, reason, actor, since, until_at)"
        " VALUES (?, ?, 'operator', 'maintenance', 'kim', '2026-11-21 08:00:00.000000', ?)",
        target,
        entity,
        until,
    )


def one(pipe: Pipeline, made: Arrival) -> Accepted:
    return pipe.accept([made])[0]


def test_a_command_is_turned_away_where_its_adapter_is_paused(pipe: Pipeline) -> None:
    paused(pipe, "sandbox", None, "2026-11-21 08:01:00.000000")
    found = one(pipe, command(pipe))
    assert (found.verdict, found.rule, found.retry_after) == ("rejected", "paused", 60.0)
    assert "maintenance" in found.reason
    assert rows(pipe.db, "SELECT * FROM inbox") == []


def test_a_pause_without_an_end_says_when_to_ask_again_all_the_same(pipe: Pipeline) -> None:
    paused(pipe, None, "purchase-order-lines", None)
    assert one(pipe, command(pipe)).retry_after == PAUSED_RETRY


def test_a_caller_that_does_not_wait_may_queue_behind_a_pause(pipe: Pipeline) -> None:
    paused(pipe, "sandbox", None, None)
    assert one(pipe, command(pipe, respond_async=True)).verdict == "new"


def test_a_pause_that_is_over_or_of_others_lets_in(pipe: Pipeline) -> None:
    paused(pipe, "legacy", None, None)
    paused(pipe, "sandbox", "receipts", None)
    paused(pipe, "sandbox", None, "2026-11-21 07:59:00.000000")
    assert one(pipe, command(pipe)).verdict == "new"


def test_a_webhook_is_taken_in_whatever_is_paused(pipe: Pipeline) -> None:
    paused(pipe, None, None, None)
    assert pipe.post({"item_id": "1", "name": "Disk"}).verdict == "new"


def test_a_key_whose_outcome_is_unknown_says_which_event_blocks_it(pipe: Pipeline) -> None:
    first = one(pipe, command(pipe, "1"))
    run(
        pipe,
        "UPDATE sync_queue SET state = 4, unknown_at = '2026-11-21 08:00:00.000000',"
        " due_at = '2026-11-21 08:00:30.000000'",
    )
    found = one(pipe, command(pipe, "2"))
    assert (found.verdict, found.rule) == ("rejected", "blocked")
    assert found.more == {
        "blocked_by": str(first.event_id),
        "state": "unknown",
        "since": "2026-11-21T08:00:00.000000Z",
        "earliest_probe_at": "2026-11-21T08:00:30.000000Z",
    }


def test_a_key_that_an_operator_holds_is_blocked(pipe: Pipeline) -> None:
    one(pipe, command(pipe, "1"))
    run(pipe, "DELETE FROM sync_queue")
    run(pipe, "UPDATE order_key SET held = 1")
    assert one(pipe, command(pipe, "2")).more == {"blocked_by": "held"}


def test_a_repeated_command_is_answered_although_its_key_is_blocked(pipe: Pipeline) -> None:
    first = one(pipe, command(pipe, "1"))
    run(pipe, "UPDATE sync_queue SET state = 4")
    again = one(pipe, command(pipe, "1"))
    assert (again.verdict, again.event_id) == ("duplicate", first.event_id)


def test_beyond_the_backlog_commands_are_asked_to_come_back() -> None:
    door = Door(backlog=11)
    turned = door.turns(HASH, "sandbox", "receipts", most=10, respond_async=False)
    assert turned is not None
    assert (turned.rule, turned.retry_after) == ("backlog", BACKLOG_RETRY)
    assert door.turns(HASH, "sandbox", "receipts", most=11, respond_async=False) is None
    assert door.turns(HASH, "sandbox", "receipts", most=None, respond_async=False) is None


def test_a_pause_covers_all_that_it_does_not_name() -> None:
    everything = Pause(None, None, "operator", "", None)
    prices = Pause("sandbox", "prices", "auth", "", None)
    assert everything.covers("legacy", "stock")
    assert [prices.covers("sandbox", e) for e in ("prices", "stock")] == [True, False]
