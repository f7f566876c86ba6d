"""What each guard is there for: with it nothing goes wrong, and without it something does."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli import bench_house
from sql.leadership import Leadership
from sql.named import parts
from sql.sqlite import SqliteDatabase, _prepare
from tests.processor.bench import BEFORE_WORK, DROPPED, House, Stuck, cut
from tidegate.adapter import Capability, Repeat
from tidegate.config import load_config
from tidegate.errors import ConfigError, FarError
from tidegate.outcome import CannotTell

Build = Callable[..., House]
DOWN = FarError("no route", sent=False, phase="connect")
HOUR = 3600.0
DAY = 24 * HOUR


# The send check


def frozen_between_claim_and_send(build: Build) -> House:
    """A process that stands still for an hour with a claimed event, and then goes on."""
    house = build(lanes=(lanes := Stuck()))
    house.post("A")
    house.run(3)
    house.clock.advance(HOUR)
    lanes.run()
    return house


def test_who_stood_still_sends_nothing(build: Build) -> None:
    assert frozen_between_claim_and_send(build).far.seen == []


def test_without_the_send_check_who_stood_still_would_send(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Leadership, "may_send", lambda _: True)
    assert len(frozen_between_claim_and_send(build).far.seen) == 1


# Who makes the next event of a key ready


def accepted_by_one_that_looked_before_the_first_had_ended(house: House) -> str:
    house.post("A", "one")
    house.run(5)
    second = house.post("A", "two")
    house.run(50, 60.0)
    return house.state(second)


def test_what_comes_in_is_ready_whatever_ingest_thinks_of_its_key(house: House) -> None:
    assert accepted_by_one_that_looked_before_the_first_had_ended(house) == "applied"


def test_if_ingest_made_it_wait_nobody_would_wake_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "v.priority, 0, 0, 0, 0, 0", "v.priority, i.seq > 1, 0, 0, 0, 0")
    assert accepted_by_one_that_looked_before_the_first_had_ended(house) == "waiting"


# Ages that stand still


def old_after_an_outage(house: House) -> list[str]:
    """Fails once, waits for four days while the far side is out, then fails once more."""
    house.far.answers["A"].extend([BEFORE_WORK])
    house.post("A")
    house.run(2)
    house.far.answers["A"].extend([DOWN] * 5000)
    for _ in range(4 * 24):
        house.run(2, HOUR / 2)
    house.far.answers["A"].clear()
    house.far.answers["A"].append(BEFORE_WORK)
    house.run(60, 30.0)
    return house.letters()


def test_a_weekend_of_no_route_makes_no_event_too_old(house: House) -> None:
    assert old_after_an_outage(house) == []


def test_if_its_age_went_on_an_outage_would_make_it_a_letter(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "first_at = after(first_at, :still_s)", "first_at = first_at")
    cut(monkeypatch, "WHEN due_at < :now THEN after(first_at", "WHEN 0 THEN after(first_at")
    assert old_after_an_outage(house) == ["too_old"]


def letters_after_a_pause(house: House) -> list[str]:
    """Of four days; then it goes on."""
    house.execute(
        "INSERT INTO pause (target, kind, reason, actor, since) "
        "VALUES ('sandbox', 'operator', 'why', 'me', '2026-11-21 08:00:00.000000')"
    )
    house.run(4, DAY)
    house.execute("DELETE FROM pause")
    house.run(60, 5.0)
    return house.letters()


def taken_up_late(house: House) -> list[str]:
    """Fails once, is paused for four days, then fails once more."""
    house.far.answers["A"].extend([BEFORE_WORK] * 2)
    house.post("A")
    house.run(2)
    return letters_after_a_pause(house)


def test_a_pause_makes_no_event_too_old(house: House) -> None:
    assert taken_up_late(house) == []


def test_if_lateness_counted_a_pause_would_make_it_a_letter(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "WHEN due_at < :now THEN after(first_at", "WHEN 0 THEN after(first_at")
    assert taken_up_late(house) == ["too_old"]


def in_doubt_over_a_pause(build: Build) -> list[str]:
    house = build(lands=False)
    house.far.answers["A"].append(DROPPED)
    house.far.findings["A"].extend([CannotTell()] * 3)
    house.post("A")
    house.run(3)
    return letters_after_a_pause(house)


def test_a_pause_does_not_end_a_doubt(build: Build) -> None:
    assert in_doubt_over_a_pause(build) == []


def test_if_lateness_counted_a_pause_would_end_a_doubt(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = "unknown_at = after(unknown_at, seconds_between(:now, due_at))"
    cut(monkeypatch, moved, "unknown_at = unknown_at")
    assert in_doubt_over_a_pause(build) == ["unknown"]


# Clocks


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_steps_loses_and_doubles_nothing(house: House, hours: int) -> None:
    for key in "AB":
        house.far.answers[key].extend([BEFORE_WORK, DROPPED, DOWN])
    events = [house.post(key, name) for key in "ABC" for name in ("one", "two")]
    house.run(3)
    house.clock._now += timedelta(hours=hours)
    events += [house.post(key, "three") for key in "ABC"]
    house.run(20)
    house.clock._now -= timedelta(hours=hours)
    for _ in range(400):
        house.run(2, 60.0)
    assert {house.state(each) for each in events} == {"applied"}
    for key in "ABC":
        assert [name for of, name in house.far.effects if of == key] == ["one", "two", "three"]


# An older copy of the database


def test_a_leader_is_deposed_by_an_older_copy_whose_epoch_repeats(build: Build) -> None:
    house = build(lanes=(lanes := Stuck()))
    path = house.pipe.folder / "tidegate.sqlite"
    event = house.post("A")
    with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(":memory:")) as older:
        live.backup(older)
        house.run(3)
        epoch = house.rows("SELECT epoch FROM leader WHERE name = 'sync'")
        older.backup(live)
    other, _ = house.pipe.processor("two")
    house.db.run(
        "leader/raise",
        {
            "name": "sync",
            "seen_epoch": epoch[0]["epoch"] - 1,
            "seen_beat": 0,
            "epoch": epoch[0]["epoch"],
            "token": "t" * 32,
            "schema_no": house.pipe.leadership.term.fence()["schema_no"],  # type: ignore[union-attr]
            "holder": "two",
        },
    )
    assert house.rows("SELECT epoch FROM leader WHERE name = 'sync'") == epoch
    lanes.run()
    house.run(1)
    assert house.pipe.leadership.term is None
    assert house.state(event) == "pending"
    other.close()


# A command whose caller has been told


def expired_in_doubt(build: Build) -> tuple[House, str]:
    house = build(lands=False, capability=Capability(Repeat.PROBE, 1.0))
    house.far.answers["A"].append(DROPPED)
    house.far.findings["A"].extend([CannotTell()] * 3)
    event = house.post("A")
    house.execute("UPDATE inbox SET kind = 'command' WHERE uuid = ?", event)
    at = house.clock.now().replace(tzinfo=None) + timedelta(seconds=5)
    house.execute("UPDATE sync_queue SET deadline_at = ?", at.isoformat(" ", "microseconds"))
    house.run(100, 1.0)
    return house, event


def test_a_command_that_did_not_happen_by_its_deadline_is_not_done_later(build: Build) -> None:
    house, event = expired_in_doubt(build)
    assert (house.state(event), house.far.effects) == ("expired", [])
    found = house.rows("SELECT answer_status FROM inbox")
    assert found == [{"answer_status": 504}]
    assert house.attempts(event)[-1] == ("probe", "not_applied")


def test_without_the_look_at_its_deadline_it_would_be_done_after_all(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processor.outcome._too_late", lambda _: False)
    house, event = expired_in_doubt(build)
    assert (house.state(event), len(house.far.effects)) == ("applied", 1)


# Cost


def trips(house: House, monkeypatch: pytest.MonkeyPatch, n: int) -> Counter[str]:
    counted: Counter[str] = Counter()
    run, read = house.db.run, house.db.read

    def counting(inner: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
        def called(name: str, doc: Any) -> Any:
            counted[name] += 1
            return inner(name, doc)

        return called

    for number in range(n):
        house.post(f"K{number}")
    monkeypatch.setattr(house.db, "run", counting(run))
    monkeypatch.setattr(house.db, "read", counting(read))
    house.run(n // 8 + 3)
    monkeypatch.undo()
    return counted


def test_a_batch_takes_one_trip_to_claim_and_one_to_settle(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.run(3)
    counted = trips(house, monkeypatch, 80)
    assert len(house.far.effects) == 80
    # The last claim, which finds nothing, is told by a look.
    assert counted["queue/claim"] <= 80 // 8 + 1
    assert counted["queue/settle"] == 80 // 8


def steps(path: Path, name: str, doc: dict[str, Any]) -> int:
    """Hundreds of steps of SQLite's machine that a script takes; nothing of it stays."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _prepare(connection, None)
        taken = [0]

        def step() -> None:
            taken[0] += 1

        connection.set_progress_handler(step, 100)
        connection.execute("BEGIN IMMEDIATE")
        for part in parts(name):
            given = {**part.optional, **doc}
            if part.verb == "each":
                connection.executemany(part.sql, [{**given, **row} for row in doc[part.argument]])
            else:
                connection.execute(part.sql, given)
        connection.execute("ROLLBACK")
    return taken[0]


def waiting_on_one_key(path: Path, n: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= ?) "
            "INSERT INTO sync_queue (event_id, key_id, seq, target, priority, state, attempts, "
            "tries, alone, crashes, merges) SELECT i + 1000000, 1, i, 'sandbox', 100, 1, 0, 0, 0, "
            "0, 0 FROM n",
            (n,),
        )
        connection.commit()


def costs(house: House) -> list[int]:
    """Of a claim and of a settlement that frees the key."""
    path = house.db.path if isinstance(house.db, SqliteDatabase) else Path()
    term = house.pipe.leadership.term
    assert term is not None
    now = house.clock.now().replace(tzinfo=None).isoformat(" ", "microseconds")
    sealed = {"sealed_ids": None, "sealed_hash": None}
    fence = term.fence() | sealed | {"now": now, "config_version": "v"}
    lists: dict[str, Any] = {
        part.argument: [] for part in parts("queue/settle") if part.verb == "each"
    }
    lists["ends"] = [
        {"queue_id": 1, "event_id": 1, "key_id": 1, "state": "applied", "answer_status": None}
    ]
    return [
        steps(path, "queue/claim", fence | {"target": "sandbox", "n": 8}),
        steps(path, "queue/settle", fence | lists),
    ]


def test_a_hundred_thousand_that_wait_on_a_key_cost_a_claim_and_a_settlement_nothing(
    house: House,
) -> None:
    house.run(3)
    house.post("A")
    path = house.pipe.folder / "tidegate.sqlite"
    waiting_on_one_key(path, 10)
    few = costs(house)
    house.execute("DELETE FROM sync_queue WHERE state = 1")
    waiting_on_one_key(path, 100_000)
    many = costs(house)
    assert all(one <= two + 2 for one, two in zip(many, few, strict=True)), (few, many)
    house.execute("DELETE FROM sync_queue WHERE state = 1")


# Adapters that nobody runs


def test_events_of_an_adapter_that_is_not_run_are_told_of(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    from processor.unserved import unserved

    house.run(3)
    house.post("A")
    house.post("B")
    house.execute("UPDATE sync_queue SET target = 'gone' WHERE id = 1")
    term = house.pipe.leadership.term
    assert term is not None
    store = house.pipe.drain._store
    assert store.targets() == ["gone", "sandbox"]
    assert not unserved(store, ["sandbox"]).run(term)
    said = [line for line in capsys.readouterr().err.splitlines() if "target.unserved" in line]
    assert len(said) == 1
    assert "target=gone" in said[0]


# Mappings


def test_a_mapping_that_no_far_side_could_take_refuses_the_start(tmp_path: Path) -> None:
    file = tmp_path / "tidegate.toml"
    file.write_text('[mapping."zoho.products".fields]\nnoSuchField = "/x"\n')
    place = bench_house.context(tmp_path)
    house = bench_house.made(tmp_path)
    house.context = replace(place, config=load_config(file))
    with closing(house.db), pytest.raises(ConfigError, match="noSuchField"):
        house.add_processor("sandbox", "http://127.0.0.1:1", inline=True)
