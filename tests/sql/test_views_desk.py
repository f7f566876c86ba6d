"""Dead letters, blocked keys, what is stuck, who did what: the views of an operator's desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from sql.database import Database
from sql.tables.audit import audit_trail
from sql.tables.control import operator_request, pause
from sql.tables.inbox import inbox, order_key
from sql.tables.links import entity_link
from sql.tables.outbox import dispatch_attempt, subscription
from sql.tables.people import alert, letter_note
from sql.tables.queue import HELD, READY, UNKNOWN, WAITING, dead_letter, sync_attempt
from sql.tables.system import leader, process
from tests.sql.databases import KINDS
from tests.sql.viewing import (
    add,
    ago,
    at_one_moment,
    public,
    queue,
    same_id,
    select_all,
    upgraded,
)

HOUR, DAY = 3600, 86_400


@pytest.fixture(scope="module", params=KINDS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    with upgraded(request.param, tmp_path_factory.mktemp("desk")) as house:
        yield house


@pytest.fixture
def db(house: Database) -> Iterator[Database]:
    with at_one_moment(house) as db:
        yield db


def letter(db: Database, number: int, age: float, **more: str) -> None:
    about = {"error_class": "throttled", "fingerprint": "a", "state": "open", **more}
    add(db, dead_letter, event_id=number, event_uuid=public(number), born_at=ago(age), **about)


def test_the_matrix_is_error_class_by_age_of_what_is_open(db: Database) -> None:
    for number, age in enumerate((60, 2 * HOUR, 5 * HOUR, 2 * DAY, 5 * DAY, 30 * DAY), 1):
        letter(db, number, age)
    letter(db, 7, 60, error_class="rejected")
    letter(db, 8, 60, state="discarded")
    rows = select_all(db, "v_dead_letter_matrix", "total DESC")
    assert [row[:7] for row in rows] == [
        ("throttled", 6, 1, 2, 3, 4, 5),
        ("rejected", 1, 1, 1, 1, 1, 1),
    ]
    assert [row[7:] for row in rows] == [(ago(60), 0)] * 2


def test_letters_age_in_bands_by_whoever_was_named_last(db: Database) -> None:
    letter(db, 1, 60)
    letter(db, 2, 2 * DAY)
    letter(db, 3, 2 * DAY)
    letter(db, 4, 9 * DAY, fingerprint="b")
    for text in ("ann", "bob"):
        add(db, letter_note, fingerprint="a", kind="owner", text=text, event_uuid=None)
    add(db, letter_note, fingerprint="a", kind="note", text="eve", event_uuid=None)
    add(db, letter_note, fingerprint="a", kind="owner", text="cid", event_uuid=public(3))
    add(db, letter_note, fingerprint="a", kind="owner", text="", event_uuid=public(1))
    rows = select_all(db, "v_dead_letter_ageing", "older_than_h, owner")
    assert rows == [
        (0, None, 1, ago(60)),
        (24, "bob", 1, ago(2 * DAY)),
        (24, "cid", 1, ago(2 * DAY)),
        (168, None, 1, ago(9 * DAY)),
    ]


def test_blocked_keys_say_what_blocks_them_and_what_waits_behind(db: Database) -> None:
    held = {"held": 0, "target": "bc"}
    keys = [
        add(db, order_key, text=text, hash=bytes([n]) * 32, **held | {"held": int(text == "mine")})
        for n, text in enumerate(("dead", "unsure", "mine", "free", "empty"))
    ]
    dead, unsure, mine, free, empty = keys
    events = queue(
        db,
        [
            {"state": HELD, "inbox": "dead", "key_id": dead, "seq": 1, "accepted": 90},
            {"state": WAITING, "key_id": dead, "seq": 2},
            {"state": WAITING, "key_id": dead, "seq": 3},
            {"state": UNKNOWN, "key_id": unsure, "seq": 1, "unknown_at": ago(50)},
            {"state": HELD, "key_id": mine, "seq": 1, "accepted": 20},
            {"state": READY, "key_id": free, "seq": 1},
        ],
    )
    add(db, dead_letter, event_id=events[0], born_at=ago(70), state="open", reason="rejected",
        error_class="refused")  # fmt: skip
    with db.engine.begin() as connection:
        connection.execute(update(order_key).where(order_key.c.id == empty).values(held=1))
    rows = select_all(db, "v_blocked_keys", "order_key")
    said = {row[0]: (row[1], row[2], row[5], row[8], row[10], row[12]) for row in rows}
    assert said == {
        "dead": ("dead_letter", 0, "dead", "rejected", ago(70), 2),
        "unsure": ("unknown", 0, "unknown", None, ago(50), 0),
        "mine": ("operator", 1, "held", None, ago(20), 0),
        "empty": ("operator", 1, None, None, None, 0),
    }


def test_what_is_open_for_a_minute_is_stuck_whoever_opened_it(db: Database) -> None:
    one = add(db, inbox, uuid=public(1))
    opened = {"kind": "write", "target": "bc", "closed_at": None}
    add(db, sync_attempt, event_id=one, number=1, opened_at=ago(90), epoch=9999, **opened)
    add(db, sync_attempt, event_id=one, number=2, opened_at=ago(5), epoch=9999, **opened)
    shop = add(db, subscription, name="shop")
    about = {"subscription_id": shop, "event_uuid": public(2)}
    add(db, dispatch_attempt, number=3, opened_at=ago(80), closed_at=None, **about)
    asked = {"verb": "replay", "state": "running", "source": "cli"}
    add(db, operator_request, uuid=public(8), at=ago(70), event_uuid=None, **asked)
    add(db, operator_request, uuid=public(9), at=ago(7), event_uuid=None, **asked)
    rows = select_all(db, "v_stuck", "since")
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [
        ("attempt", "write to bc", 1, ago(90)),
        ("sending", "shop", 3, ago(80)),
        ("request", "replay, running", None, ago(70)),
    ]
    assert same_id(rows[0][1]) == public(1)
    assert rows[0][7] == 0
    assert 90 <= float(rows[0][5]) < 150


def test_a_leader_without_a_beat_for_15_seconds_leads_no_more(db: Database) -> None:
    with db.engine.begin() as connection:
        beat = update(leader).values(holder="host:1")
        connection.execute(beat.where(leader.c.name == "sync").values(beat_at=ago(3)))
        connection.execute(beat.where(leader.c.name == "relay").values(beat_at=ago(16)))
    rows = select_all(db, "v_leader", "role")
    assert [(row[0], row[1], row[6]) for row in rows] == [
        ("relay", "host:1", 0),
        ("sync", "host:1", 1),
    ]
    assert 16 <= float(rows[0][5]) < 76


def ask(db: Database, number: int, verb: str, wish: str, **more: object) -> None:
    who = {"actor": "cli:ann", "source": "cli", "host": "desk", "reason": "fixed", "state": "done"}
    values = {"uuid": public(number), "at": ago(100 - number), "verb": verb, "filter": wish}
    add(db, operator_request, **{**values, "event_uuid": None, **who, **more})


def test_operators_actions_name_who_did_what_and_no_row_stands_twice(db: Database) -> None:
    ask(db, 1, "replay", '{"filter": {}}', matched=3, changed=2, skipped=1, failed=0)
    change = {"actor": "cli:ann", "source": "*", "entity": "bills", "event_uuid": None}
    add(db, audit_trail, at=ago(50), action="replay", **change)
    add(db, audit_trail, at=ago(40), action="paused", reason="lunch", host="desk", **change)
    add(db, audit_trail, at=ago(30), action="applied", attempt=1, event_id=1, **change)
    rows = select_all(db, "v_operator_actions", "at")
    assert [row[:5] for row in rows] == [
        (ago(99), "cli:ann", "cli", "desk", "replay"),
        (ago(40), "cli:ann", None, "desk", "paused"),
    ]
    assert rows[0][7:15] == ('{"filter": {}}', None, "fixed", "done", 3, 2, 1, 0)
    assert rows[1][7:10] == (None, "* bills", "lunch")


def test_the_body_that_an_edit_replay_brings_is_shown_by_no_view(db: Database) -> None:
    ask(db, 1, "edit-replay", '{"body": "c2VjcmV0"}', event_uuid=public(5))
    ask(db, 2, "edit-replay", '{"body": "c2VjcmV0"}')
    assert [row[7] for row in select_all(db, "v_operator_actions", "at")] == [None, None]
    assert select_all(db, "v_replay_jobs", "at") == []


def test_replay_jobs_are_requests_about_many(db: Database) -> None:
    ask(db, 1, "replay", "{}", event_uuid=public(5))
    ask(db, 2, "replay", '{"filter": {}}', state="running", rate_per_s=50, ramp="1,5,20", matched=9)
    ask(db, 3, "skip", '{"filter": {}}')
    [row] = select_all(db, "v_replay_jobs", "at")
    assert (same_id(row[0]), row[6:9], row[10]) == (public(2), ("running", 50, "1,5,20"), 9)


def test_pauses_whose_time_is_over_are_told_from_those_that_hold(db: Database) -> None:
    add(db, pause, target="bc", kind="operator", until_at=ago(5))
    add(db, pause, target=None, kind="breaker")
    add(db, pause, target="legacy", kind="operator", until_at=ago(-500))
    found = select_all(db, "v_pauses", "active, kind")
    assert [(row[0], row[8]) for row in found] == [("bc", 0), (None, 1), ("legacy", 1)]


def test_processes_alerts_and_links_are_what_their_tables_hold(db: Database) -> None:
    add(db, process, role="up", host="h", pid=7, version="1", seen_at=ago(30))
    add(db, alert, code="dead_letters", subject="bc", severity="warning", since=ago(9))
    add(db, entity_link, target="bc", entity_text="4", record_id="I-1", at=ago(1))
    [(_, role, host, pid, *_, age, ended)] = select_all(db, "v_processes", "role")
    assert (role, host, pid, ended) == ("up", "h", 7, None)
    assert 30 <= float(age) < 90
    assert [row[:3] for row in select_all(db, "v_alerts", "since")] == [
        ("dead_letters", "bc", "warning")
    ]
    [link] = select_all(db, "v_links", "at")
    assert (link[0], link[3], link[5]) == ("bc", "4", "I-1")


def test_table_health_counts_by_numbers_and_finds_the_oldest_end(db: Database) -> None:
    numbers = [
        add(db, inbox, uuid=public(n), ended_at=None if n == 1 else ago(n)) for n in (1, 2, 3)
    ]
    rows = {row[0]: row[1:] for row in select_all(db, "v_table_health", "table_name")}
    assert rows["inbox"] == (numbers[-1] - numbers[0] + 1, ago(3), None)
    assert rows["sync_queue"] == (0, None, None)
    assert "(database)" in rows
