"""What a crash, another leader or a failing store leaves: nothing lost, nothing done twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from erp.mapping import Mapper
from processor.drain import Drain
from sql.faulty import FaultyDatabase, Odds
from tests.processor.bench import DROPPED, House, Stuck, cut
from tidegate.adapter import Capability, Repeat

Build = Callable[..., House]


def die(house: House) -> None:
    """The process is gone: its lock is free, and nobody settles what was open."""
    house.pipe.leadership.close()


def die_of_a_write(house: House, lanes: Stuck) -> None:
    """What is accepted takes effect, and the process is gone before that is on record."""
    house.run(3)
    lanes.run()
    die(house)


def adopt(house: House, lanes: Stuck | None = None) -> Drain:
    """A new process, which leads from its first step on."""
    house.pipe.leadership, house.pipe.drain = house.pipe.processor("two", lanes)
    return house.pipe.drain


def crash(house: House, rounds: int = 3) -> None:
    """A process that takes up work and dies with it."""
    adopt(house, Stuck())
    house.run(rounds)
    die(house)


def test_an_attempt_found_open_is_closed_as_unknown_and_crashed(build: Build) -> None:
    house = build(lanes=Stuck())
    house.post("A")
    house.run(3)
    die(house)
    adopt(house, Stuck())
    house.run(1)
    (row,) = house.rows("SELECT outcome, decision, rule FROM sync_attempt WHERE number = 1")
    assert row == {"outcome": "unknown", "decision": "crashed", "rule": "crash"}


def test_what_landed_before_a_crash_is_found_and_not_written_again(build: Build) -> None:
    lanes = Stuck()
    house = build(lanes=lanes)
    event = house.post("A")
    die_of_a_write(house, lanes)
    adopt(house)
    house.run()
    assert house.attempts(event) == [("write", "unknown"), ("probe", "applied")]
    assert house.far.effects == [("A", "Disk")]


def test_what_did_not_land_before_a_crash_is_written_by_the_next_term(build: Build) -> None:
    house = build(lanes=Stuck())
    event = house.post("A")
    house.run(3)
    die(house)
    adopt(house)
    house.run()
    assert house.state(event) == "applied"
    assert house.far.seen[0].earlier_version is None


def test_a_new_term_looks_at_what_was_open_alone_before_anything_else_runs(build: Build) -> None:
    house = build(lanes=Stuck(3))
    for key in "ABC":
        house.post(key)
    house.run(3)
    die(house)
    house.post("D")
    lanes = Stuck()
    adopt(house, lanes)
    at_once = []
    for _ in range(20):
        house.run(1)
        at_once.append(len(lanes.jobs))
        lanes.run()
    assert set(at_once) == {0, 1}
    assert [key for key, _ in house.far.probed] == ["A", "B", "C"]
    assert [key for key, _ in house.far.effects] == ["A", "B", "C", "D"]


def test_a_lone_look_that_does_not_answer_lets_the_others_run_after_two_seconds(
    build: Build,
) -> None:
    house = build(lanes=Stuck(1))
    house.post("A")
    house.run(3)
    die(house)
    house.post("B")
    lanes = Stuck()
    adopt(house, lanes)
    house.run(18, 0.1)
    assert len(lanes.jobs) == 1
    house.run(5, 0.1)
    assert len(lanes.jobs) == 2


def test_for_a_probe_command_the_doubt_is_counted_from_the_old_term_s_last_beat(
    build: Build,
) -> None:
    house = build(lanes=Stuck(), capability=Capability(Repeat.PROBE, in_doubt=60.0))
    event = house.post("A")
    house.run(3)
    house.clock.advance(8.0)
    house.run(1)  # the last beat
    beat = house.clock.monotonic()
    die(house)
    adopt(house)
    house.run(690, 0.1)
    assert house.far.seen == []
    house.until("applied", event, 60)
    assert house.far.probed[-1][1] - beat >= 70.0


def test_the_third_crash_alone_quarantines_and_the_first_does_not_count(build: Build) -> None:
    house = build(lanes=Stuck())
    event, behind = house.post("A", "poison"), house.post("B")
    house.run(3)
    die(house)  # with both of them open: says nothing of either
    for _ in range(2):
        crash(house)
    assert house.letters() == []
    crash(house)
    adopt(house)
    house.run()
    assert (house.state(event), house.letters()) == ("dead", ["quarantined"])
    assert house.state(behind) == "applied"


def test_who_was_open_beside_it_is_not_counted(build: Build) -> None:
    house = build(lanes=Stuck())
    for key in "AB":
        house.post(key)
    house.run(3)
    die(house)
    for _ in range(2):
        crash(house)
    found = house.rows("SELECT crashes FROM sync_queue ORDER BY id")
    assert [row["crashes"] for row in found] == [1, 0]


def test_a_term_that_ends_while_its_process_lives_is_no_crash(build: Build) -> None:
    house = build(lanes=Stuck())
    event = house.post("A")
    for _ in range(6):
        house.run(3)
        house.pipe.leadership.step_down("its store had failed")
        house.clock.advance(2.0)
    assert house.rows("SELECT crashes, alone FROM sync_queue") == [{"crashes": 0, "alone": 1}]
    die(house)
    adopt(house)
    house.run()
    assert house.state(event) == "applied"


def test_a_deposed_leader_s_results_change_nothing(build: Build) -> None:
    lanes = Stuck()
    house = build(lanes=lanes)
    event = house.post("A")
    house.run(3)
    lanes.run()
    house.execute("UPDATE leader SET epoch = epoch + 1, token = 'other' WHERE name = 'sync'")
    before = tables(house)
    house.run(3)
    assert tables(house) == before
    assert house.pipe.leadership.term is None
    assert house.state(event) == "processing"


def test_without_the_fence_they_would(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = Stuck()
    house = build(lanes=lanes)
    event = house.post("A")
    house.run(3)
    lanes.run()
    house.execute("UPDATE leader SET epoch = epoch + 1, token = 'other' WHERE name = 'sync'")
    cut(monkeypatch, "AND epoch = :epoch AND token = :token AND schema_no = :schema_no")
    house.run(3)
    assert house.state(event) == "applied"


def test_an_epoch_that_repeats_with_another_token_is_another_term(build: Build) -> None:
    house = build(lanes=(lanes := Stuck()))
    event = house.post("A")
    house.run(3)
    lanes.run()
    house.execute("UPDATE leader SET token = 'restored' WHERE name = 'sync'")
    house.run(3)
    assert house.state(event) == "processing"


def test_what_was_claimed_is_not_sent_on_an_old_beat(build: Build) -> None:
    house = build(lanes=(lanes := Stuck()))
    event = house.post("A")
    house.run(3)
    house.clock.advance(10.0)
    lanes.run()
    assert house.far.seen == []
    house.run(2)
    assert house.attempts(event) == [("write", "notsent")]
    assert house.rows("SELECT error_class, sent_at FROM sync_attempt") == [
        {"error_class": "send_check", "sent_at": None}
    ]


def test_on_a_beat_just_younger_it_is_sent(build: Build) -> None:
    house = build(lanes=(lanes := Stuck()))
    house.post("A")
    house.run(3)
    house.clock.advance(9.9)
    lanes.run()
    assert len(house.far.seen) == 1
    house.run()


def test_a_beat_that_grows_old_between_the_read_and_the_write_stops_the_write(
    build: Build,
) -> None:
    house = build()
    house.far.before_sending = lambda: house.clock.advance(10.0)
    house.post("A")
    house.run(3)
    assert house.far.seen == []


def test_a_lane_of_a_former_term_does_not_send_in_a_later_one(build: Build) -> None:
    house = build(lanes=(lanes := Stuck()))
    house.post("A")
    house.run(3)
    house.pipe.leadership.step_down("a test")
    house.clock.advance(2.0)
    house.run(1)
    assert house.pipe.leadership.may_send()
    lanes.run(1)
    assert house.far.seen == []


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 10])
def test_a_store_that_fails_loses_nothing_and_does_nothing_twice(
    tmp_path: Path, build: Build, seed: int
) -> None:
    odds = Odds(busy=0.08, before=0.04, after=0.06)
    house = build(lands=bool(seed % 2))
    faulty = FaultyDatabase(house.db, random.Random(seed), {"queue/poll": Odds(), "": odds})
    house.pipe.db = faulty
    adopt(house)
    events = []
    for number in range(40):
        key = f"K{number % 7}"
        if number % 5 == 0:
            house.far.answers[key].append(DROPPED)
        events.append(house.post(key, f"{number:02}"))
    house.pipe.run(1500, 0.1)
    house.pipe.db = house.db
    assert {house.state(each) for each in events} == {"applied"}
    assert len(house.far.effects) == 40
    assert in_order(house)
    assert {kind for _, kind in faulty.failed} == {"busy", "before", "after"}


def in_order(house: House) -> bool:
    """Effects of each key in the order of acceptance."""
    keys = {key for key, _ in house.far.effects}
    for key in keys:
        names = [name for each, name in house.far.effects if each == key]
        if names != sorted(names):
            return False
    return True


def tables(house: House) -> list[object]:
    names = ("sync_queue", "sync_attempt", "inbox", "audit_trail", "outbox", "seal", "leader")
    return [house.rows(f"SELECT * FROM {name} ORDER BY 1") for name in names]


def test_of_two_houses_on_one_file_only_one_claims(tmp_path: Path, build: Build) -> None:
    house = build()
    _, standby = house.pipe.processor("two", Stuck())
    house.post("A")
    for _ in range(30):
        house.run(1, 0.1)
        standby.step(house.clock.monotonic())
    assert house.rows("SELECT epoch FROM leader WHERE name = 'sync'") == [{"epoch": 2}]
    assert standby.running == 0


def died_in_the_repeat(build: Build) -> House:
    """Its first write was dropped, its repeat dies with its process, and nothing maps it since."""
    lanes = Stuck()
    house = build(lanes=lanes, lands=False)
    house.far.answers["A"].append(DROPPED)
    house.post("A", "first")
    for _ in range(2):
        house.run(3)
        lanes.run()
    house.run(1)
    die(house)
    house.pipe.mapper = Mapper(house.pipe.config.model_copy(update={"mapping": {}}))
    adopt(house)
    house.run()
    return house


def test_a_repeat_that_died_is_repeated_as_it_was_first_asked(build: Build) -> None:
    house = died_in_the_repeat(build)
    assert [each.earlier_version for each in house.far.seen] == [None, "v0"]


def test_if_it_were_mapped_anew_it_could_become_an_ordinary_letter(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "AND x.decision = 'indoubt' AND x.number <= w.number", "AND 1 = 0")
    assert died_in_the_repeat(build).letters() == ["rejected"]
