"""The store contract, second part: deadlines, the look at the door, requests and counts.

Rows are brought into their states by hand: how they come there is the first part's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, insert, select, update

from sql.database import Row, Rows
from sql.sqlite import stamp
from sql.tables.control import operator_request, pause
from sql.tables.inbox import inbox, order_key
from sql.tables.queue import dead_letter, sync_queue
from tests.conformance.store_contract import accept_of, lead, now, seconds, states
from tests.processor.bench import House
from tests.sql.stores import every_row
from tidegate.errors import Deposed

READY, WAITING, RUNNING, SCHEDULED, UNKNOWN, HELD = range(6)


class CommandsContract:
    """Look, accept and expire, for commands."""

    # Accept

    def test_a_command_carries_its_deadline_into_the_queue(self, house: House) -> None:
        command(house, "A", 90.5)
        house.post("B")
        first, second = every_row(house.db.engine)["sync_queue"]
        assert seconds(first["deadline_at"], now(house)) == pytest.approx(90.5)
        assert second["deadline_at"] is None

    def test_a_request_for_an_event_is_open_once(self, house: House) -> None:
        event, other = house.post("A"), house.post("B")
        asked = [request(1, event), request(2, event), request(3, other)]
        house.db.run("ingest/accept", {"requests": asked})
        house.db.run("ingest/accept", {"requests": [request(4, event)]})
        found = every_row(house.db.engine)["operator_request"]
        assert [(row["uuid"], row["event_uuid"]) for row in found] == [
            (asked[0]["uuid"], event),
            (asked[2]["uuid"], other),
        ]
        first = found[0]
        assert (first["verb"], first["filter"], first["reason"]) == ("replay", '{"a": "ä"}', "ß")
        assert (first["state"], first["at"], first["source"]) == ("open", now(house), "ingest")
        assert [first[name] for name in ("matched", "changed", "skipped", "host")] == [
            0,
            0,
            0,
            None,
        ]

    def test_a_request_may_be_made_again_once_the_last_is_over(self, house: House) -> None:
        event = house.post("A")
        house.db.run("ingest/accept", {"requests": [request(1, event)]})
        change(house, operator_request, {"state": "done"})
        house.db.run("ingest/accept", {"requests": [request(2, event)]})
        found = every_row(house.db.engine)["operator_request"]
        assert [row["state"] for row in found] == ["done", "open"]

    def test_what_an_operator_asked_does_not_keep_ingest_from_asking(self, house: House) -> None:
        event = house.post("A")
        house.db.run("ingest/accept", {"requests": [request(1, event) | {"source": "cli"}]})
        house.db.run("ingest/accept", {"requests": [request(2, event)]})
        found = every_row(house.db.engine)["operator_request"]
        assert [row["source"] for row in found] == ["cli", "ingest"]

    def test_equal_deliveries_are_counted_in_one_row(self, house: House) -> None:
        document = accept_of(house, "A")
        document["deliveries"][0]["seen"] = 4
        house.db.run("ingest/accept", document)
        house.post("B")
        uuid = document["deliveries"][0]["uuid"]
        came = now(house)
        house.clock.advance(3.0)
        house.db.run("ingest/accept", {"seen": [{"uuid": uuid, "n": 2}, {"uuid": uuid, "n": 5}]})
        counted, alone = every_row(house.db.engine)["delivery"]
        assert (counted["seen"], alone["seen"]) == (11, 1)
        assert (counted["received_at"], counted["last_at"]) == (came, now(house))
        assert alone["last_at"] == came

    # Look

    def test_a_look_for_webhooks_alone_tells_nothing_of_the_queue(self, house: House) -> None:
        house.post("A")
        change(house, sync_queue, {"state": HELD})
        add_pause(house)
        found = look(house, [], backlog=5)
        assert [found[name] for name in ("blocked", "pauses", "backlog")] == [[], [], []]

    @pytest.mark.parametrize("state", [READY, WAITING, RUNNING, SCHEDULED])
    def test_a_key_whose_events_go_on_is_not_blocked(self, house: House, state: int) -> None:
        house.post("A")
        change(house, sync_queue, {"state": state})
        assert look(house, keys(house))["blocked"] == []

    def test_an_unknown_event_blocks_its_key_since_its_outcome_is_unknown(
        self, house: House
    ) -> None:
        event, behind = house.post("A"), house.post("A")
        first, since, due = instants(house, 1.0, 2.0, 30.0)
        change(
            house, sync_queue, {"state": UNKNOWN, "first_at": first, "unknown_at": since,
            "due_at": due}, event,
        )  # fmt: skip
        change(house, sync_queue, {"state": WAITING}, behind)
        [row] = look(house, keys(house))["blocked"]
        assert row == blocked(house, event, UNKNOWN, "live", since, due)

    def test_a_dead_letter_that_holds_blocks_its_key_since_it_was_born(self, house: House) -> None:
        event = house.post("A")
        first, born, closed = instants(house, 1.0, 2.0, 3.0)
        change(house, sync_queue, {"state": HELD, "first_at": first}, event)
        change(house, inbox, {"state": "dead"})
        add_letter(house, event, born, "open")
        add_letter(house, event, closed, "replayed")
        [row] = look(house, keys(house))["blocked"]
        assert row == blocked(house, event, HELD, "dead", born)

    def test_a_held_event_blocks_its_key_since_its_first_attempt(self, house: House) -> None:
        event = house.post("A")
        [first] = instants(house, 1.0)
        change(house, sync_queue, {"state": HELD, "first_at": first}, event)
        [row] = look(house, keys(house))["blocked"]
        assert row == blocked(house, event, HELD, "live", first)

    def test_of_several_that_block_the_first_is_named(self, house: House) -> None:
        events = [house.post("A") for _ in range(4)]
        change(house, sync_queue, {"state": HELD}, events[1])
        change(house, sync_queue, {"state": UNKNOWN}, events[3])
        [row] = look(house, keys(house))["blocked"]
        assert (row["uuid"], row["row_state"]) == (events[1], HELD)

    def test_a_key_that_an_operator_holds_is_blocked_without_an_event(self, house: House) -> None:
        house.post("A")
        change(house, order_key, {"held": 1})
        [row] = look(house, keys(house))["blocked"]
        assert row == blocked(house, None, None, None, None) | {"held": 1}

    def test_every_command_key_is_told_apart(self, house: House) -> None:
        events = [house.post(sku) for sku in "ABC"]
        change(house, sync_queue, {"state": UNKNOWN}, events[0])
        change(house, sync_queue, {"state": HELD}, events[2])
        found = look(house, [*keys(house), bytes(32)])["blocked"]
        assert {row["hash"]: row["uuid"] for row in found} == {
            keys(house)[0]: events[0],
            keys(house)[2]: events[2],
        }

    def test_pauses_are_told_until_they_are_over(self, house: House) -> None:
        past, present, later = instants(house, -1.0, 0.0, 1.0)
        add_pause(house, reason="over", until_at=past)
        add_pause(house, reason="just over", until_at=present)
        add_pause(house, reason="Wartung ä", kind="operator", target="sandbox", entity="bills")
        add_pause(house, reason="slow", until_at=later, probe_at=later)
        found = look(house, [bytes(32)])["pauses"]
        nothing = {"target": None, "entity": None, "until_at": None, "probe_at": None}
        breaker = nothing | {"kind": "breaker", "since": present}
        assert found == [
            breaker
            | {"reason": "Wartung ä", "kind": "operator", "target": "sandbox", "entity": "bills"},
            breaker | {"reason": "slow", "until_at": later, "probe_at": later},
        ]

    @pytest.mark.parametrize(("limit", "n"), [(0, 0), (2, 3), (3, 4), (4, 4), (9, 4)])
    def test_the_backlog_is_counted_one_further_than_asked(
        self, house: House, limit: int, n: int
    ) -> None:
        for state in (READY, WAITING, RUNNING, SCHEDULED, UNKNOWN, HELD, WAITING):
            change(house, sync_queue, {"state": state}, house.post(f"{state}"))
        assert look(house, [bytes(32)], backlog=limit)["backlog"] == [{"n": n}]

    # Expire

    @pytest.mark.parametrize("state", [READY, WAITING, SCHEDULED, HELD])
    def test_what_waits_past_its_deadline_expires(self, house: House, state: int) -> None:
        term, store = lead(house)
        event = command(house, "A", 10.0)
        change(house, sync_queue, {"state": state, "due_at": now(house)})
        house.clock.advance(10.0)
        assert store.poll("sandbox").expired
        assert store.expire(term, 5) == [event]
        found = every_row(house.db.engine)
        [row] = found["inbox"]
        assert (row["state"], row["answer_status"]) == ("expired", 504)
        assert (row["ended_at"], found["sync_queue"]) == (now(house), [])
        assert not store.poll("sandbox").expired

    @pytest.mark.parametrize(
        ("state", "event_state"), [(RUNNING, "live"), (UNKNOWN, "live"), (HELD, "dead")]
    )
    def test_what_may_have_taken_effect_or_is_dead_does_not_expire(
        self, house: House, state: int, event_state: str
    ) -> None:
        term, store = lead(house)
        command(house, "A", 10.0)
        change(house, sync_queue, {"state": state})
        change(house, inbox, {"state": event_state})
        house.clock.advance(60.0)
        before = every_row(house.db.engine)
        assert not store.poll("sandbox").expired
        assert store.expire(term, 5) == []
        after = every_row(house.db.engine)
        assert [after[name] for name in ("inbox", "sync_queue")] == [
            before[name] for name in ("inbox", "sync_queue")
        ]

    def test_nothing_expires_before_its_deadline_or_without_one(self, house: House) -> None:
        term, store = lead(house)
        command(house, "A", 10.0)
        house.post("B")
        house.clock.advance(9.5)
        assert not store.poll("sandbox").expired
        assert store.expire(term, 5) == []

    def test_the_oldest_deadlines_expire_first_and_no_more_than_asked(self, house: House) -> None:
        term, store = lead(house)
        events = [command(house, str(n), 10.0 - n) for n in range(5)]
        house.clock.advance(60.0)
        assert [sorted(store.expire(term, 2)) for _ in range(4)] == [
            sorted(events[3:]),
            sorted(events[1:3]),
            events[:1],
            [],
        ]

    def test_an_expiry_lets_the_next_of_its_key_go_on(self, house: House) -> None:
        term, store = lead(house)
        events = [command(house, "A", due) for due in (10.0, 10.0, 90.0, 90.0)]
        for event in events[1:]:
            change(house, sync_queue, {"state": WAITING}, event)
        house.clock.advance(10.0)
        assert store.expire(term, 9) == events[:2]
        assert states(house) == [READY, WAITING]
        assert [str(each.uuid) for each in store.claim(term, "sandbox", 5)[0]] == [events[2]]

    @pytest.mark.parametrize("state", [RUNNING, UNKNOWN, HELD])
    def test_an_expiry_behind_what_keeps_its_key_promotes_nothing(
        self, house: House, state: int
    ) -> None:
        term, store = lead(house)
        first = house.post("A")
        change(house, sync_queue, {"state": state}, first)
        expired, behind = command(house, "A", 10.0), house.post("A")
        for event in (expired, behind):
            change(house, sync_queue, {"state": WAITING}, event)
        house.clock.advance(10.0)
        assert store.expire(term, 9) == [expired]
        assert states(house) == [state, WAITING]

    def test_a_claim_never_starts_what_has_expired(self, house: House) -> None:
        term, store = lead(house)
        late, behind = command(house, "A", 10.0), house.post("A")
        other = command(house, "B", 10.5)
        house.clock.advance(10.0)
        claimed, demoted = store.claim(term, "sandbox", 9)
        assert ([str(each.uuid) for each in claimed], demoted) == ([other], 1)
        assert store.expire(term, 9) == [late]
        assert [str(each.uuid) for each in store.claim(term, "sandbox", 9)[0]] == [behind]

    def test_a_retry_that_falls_due_after_its_deadline_never_starts(self, house: House) -> None:
        term, store = lead(house)
        event = command(house, "A", 10.0)
        change(house, sync_queue, {"state": SCHEDULED, "due_at": now(house), "tries": 1})
        house.clock.advance(10.0)
        assert store.claim(term, "sandbox", 9)[0] == []
        assert store.expire(term, 9) == [event]

    def test_a_term_that_is_over_expires_nothing(self, house: House) -> None:
        term, store = lead(house)
        command(house, "A", 1.0)
        house.clock.advance(10.0)
        lead(house)
        before = every_row(house.db.engine)
        with pytest.raises(Deposed):
            store.expire(term, 9)
        assert every_row(house.db.engine) == before


def command(house: House, sku: str, deadline_in_s: float) -> str:
    """Accept one more event of `sku`, which has a deadline as commands have."""
    document = accept_of(house, sku, name=str(house.pipe.ids.uuid()))
    document["queue"][0] |= {"deadline_in_s": deadline_in_s, "merges": 0}
    house.db.run("ingest/accept", document)
    return str(document["queue"][0]["uuid"])


def request(number: int, event: str) -> Row:
    return {
        "uuid": f"20000000-0000-4000-8000-00000000000{number}", "verb": "replay",
        "filter": '{"a": "ä"}', "event_uuid": event, "reason": "ß", "actor": "source:zoho",
        "source": "ingest",
    }  # fmt: skip


def change(house: House, table: Table, values: Row, event: str | None = None) -> None:
    """Every row of a table, or the queue row of one event."""
    statement = update(table).values(**values)
    if event is not None:
        of_event = select(inbox.c.id).where(inbox.c.uuid == event).scalar_subquery()
        statement = statement.where(table.c.event_id == of_event)
    with house.db.engine.begin() as connection:
        connection.execute(statement)


def add_pause(house: House, **given: Any) -> None:
    row = {"kind": "breaker", "reason": "503", "actor": "breaker", "since": now(house)}
    with house.db.engine.begin() as connection:
        connection.execute(insert(pause).values(**(row | given)))


def add_letter(house: House, event: str, born_at: str, state: str) -> None:
    row = {
        "event_id": 1, "event_uuid": event, "born_at": born_at, "reason": "rejected",
        "error_class": "e", "message": "m", "fingerprint": "0" * 64, "attempts": 1,
    }  # fmt: skip
    with house.db.engine.begin() as connection:
        connection.execute(insert(dead_letter).values(**row, state=state))


def look(house: House, command_keys: list[bytes], backlog: int = 0) -> Rows:
    asked: Row = {"heads": [], "keys": [], "messages": []}
    asked |= {"command_keys": command_keys, "backlog": backlog}
    return house.db.read("ingest/look", asked)


def keys(house: House) -> list[bytes]:
    """The hashes of every order key."""
    return [row["hash"] for row in every_row(house.db.engine)["order_key"]]


def instants(house: House, *seconds_from_now: float) -> list[str]:
    """As the store keeps them."""
    return [stamp(house.clock.now() + timedelta(seconds=each)) for each in seconds_from_now]


def blocked(
    house: House,
    event: str | None,
    row_state: int | None,
    state: str | None,
    since: str | None,
    due_at: str | None = None,
) -> Row:
    """A row of `blocked` for the first key."""
    return {
        "hash": keys(house)[0], "held": 0, "uuid": event, "row_state": row_state, "state": state,
        "since": since, "due_at": due_at,
    }  # fmt: skip
