"""The drain, end to end on SQLite: order, repeats, letters; the seal is verified at each end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.processor.bench import BEFORE_WORK, DROPPED, House, Stuck, blocking, cut
from tidegate.adapter import Capability, Repeat
from tidegate.errors import FarError
from tidegate.outcome import CannotTell, NotApplied, Rejected

Build = Callable[..., House]


def test_an_accepted_event_is_applied_with_one_attempt_an_audit_row_and_an_outbox_row(
    house: House,
) -> None:
    event = house.post("A")
    house.run()
    assert (house.state(event), house.attempts(event)) == ("applied", [("write", "applied")])
    assert house.far.effects == [("A", "Disk")]
    assert house.pipe.settled == [event]
    assert [r["action"] for r in house.rows("SELECT action FROM audit_trail")] == ["applied"]
    assert len(house.rows("SELECT * FROM outbox")) == 1
    assert house.rows("SELECT * FROM sync_queue") == []


def test_events_of_one_key_take_effect_in_the_order_of_acceptance_across_retries(
    house: House,
) -> None:
    house.far.answers["A"].extend([BEFORE_WORK, BEFORE_WORK])
    events = [house.post("A", name) for name in ("one", "two", "three")]
    house.until("applied", events[-1])
    assert house.far.effects == [("A", "one"), ("A", "two"), ("A", "three")]


def test_without_the_look_at_lower_seqs_a_retry_is_overtaken(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = build()
    cut(monkeypatch, "AND l.seq < q.seq", "AND 0")
    house.far.answers["A"].append(BEFORE_WORK)
    first = house.post("A", "one")
    house.run(2)
    house.post("A", "two")
    house.until("applied", first)
    assert house.far.effects == [("A", "two"), ("A", "one")]


def test_other_keys_go_on_while_one_waits(house: House) -> None:
    house.far.answers["A"].append(FarError("busy", sent=True, status=503, code="x", retry_after=60))
    house.post("A")
    event = house.post("B")
    house.run()
    assert house.state(event) == "applied"
    assert house.far.effects == [("B", "Disk")]


def test_one_key_has_one_event_in_the_lanes(build: Build) -> None:
    lanes = Stuck()
    house = build(lanes=lanes)
    for name in "123":
        house.post("A", name)
    house.post("B")
    house.run()
    assert len(lanes.jobs) == 2
    assert [row["state"] for row in house.rows("SELECT state FROM sync_queue ORDER BY id")] == [
        2, 1, 1, 2,
    ]  # fmt: skip


def test_without_its_unique_key_and_its_look_a_key_would_have_more_in_the_lanes(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = build(lanes=(lanes := Stuck()))
    cut(monkeypatch, "AND l.seq < q.seq", "AND 0")
    house.execute("DROP INDEX sync_queue_one_running_of_key")
    for name in "123":
        house.post("A", name)
    house.run()
    assert len(lanes.jobs) == 3


def test_each_row_is_demoted_at_most_once(house: House) -> None:
    house.far.answers["A"].extend([BEFORE_WORK] * 4)
    house.execute("CREATE TABLE demoted AS SELECT id FROM sync_queue WHERE 0")
    house.execute(
        "CREATE TRIGGER demotions AFTER UPDATE OF state ON sync_queue WHEN NEW.state = 1 "
        "BEGIN INSERT INTO demoted VALUES (NEW.id); END"
    )
    events = [house.post("A", str(n)) for n in range(12)]
    house.until("applied", events[-1])
    counts = house.rows("SELECT COUNT(*) AS n FROM demoted GROUP BY id")
    assert [row["n"] for row in counts] == [1] * 11


def test_a_claim_takes_no_more_than_there_are_free_lanes(build: Build) -> None:
    house = build(lanes=(lanes := Stuck(3)))
    for number in range(10):
        house.post(str(number))
    house.run()
    assert len(lanes.jobs) == 3
    assert len(house.rows("SELECT * FROM sync_attempt")) == 3


def test_a_retry_waits_for_its_backoff_and_is_then_applied(house: House) -> None:
    house.far.answers["A"].append(FarError("busy", sent=True, status=503, code="x", retry_after=30))
    event = house.post("A")
    house.run()
    house.clock.advance(29.0)
    house.run()
    assert house.state(event) == "retrying"
    house.clock.advance(1.5)
    house.run()
    assert house.attempts(event) == [("write", "retry"), ("write", "applied")]


def test_a_dead_document_holds_its_key_and_the_other_keys_go_on(build: Build) -> None:
    house = build(config=blocking())
    house.far.answers["A"].append(Rejected("no", "e"))
    dead, behind, other = house.post("A", "one"), house.post("A", "two"), house.post("B")
    house.run(40, 1.0)
    assert [house.state(each) for each in (dead, behind, other)] == ["dead", "waiting", "applied"]
    assert house.letters() == ["rejected"]


def test_a_dead_state_lets_its_key_go_on(house: House) -> None:
    house.far.answers["A"].append(Rejected("no", "e"))
    dead, behind = house.post("A", "one"), house.post("A", "two")
    house.run()
    assert [house.state(each) for each in (dead, behind)] == ["dead", "applied"]
    assert house.letters() == ["rejected"]


def test_an_event_that_never_succeeds_is_dead_after_its_attempts(house: House) -> None:
    house.far.answers["A"].extend([BEFORE_WORK] * 20)
    event = house.post("A")
    house.until("dead", event, 9000)
    assert house.attempts(event) == [("write", "retry")] * 12
    assert house.letters() == ["exhausted"]


def test_an_unknown_write_that_landed_is_found_and_not_written_again(house: House) -> None:
    house.far.answers["A"].append(DROPPED)
    event = house.post("A")
    house.run()
    assert house.attempts(event) == [("write", "unknown"), ("probe", "applied")]
    assert house.far.effects == [("A", "Disk")]


def test_without_the_look_the_same_write_would_land_twice(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = build()
    house.far.answers["A"].append(DROPPED)
    monkeypatch.setattr(house.far, "probe", lambda *_: NotApplied())
    house.post("A")
    house.run()
    assert len(house.far.effect_keys) == 2
    house.far.effect_keys.clear()


def test_an_unknown_write_that_is_not_there_is_repeated_with_the_version_it_had_read(
    build: Build,
) -> None:
    house = build(lands=False)
    house.far.answers["A"].append(DROPPED)
    event = house.post("A")
    house.run()
    kinds = [("write", "unknown"), ("probe", "not_applied"), ("write", "applied")]
    assert house.attempts(event) == kinds
    first, second = house.far.seen
    assert (first.repeated, first.earlier_version) == (False, None)
    assert (second.repeated, second.earlier_version) == (True, "v0")
    assert (second.name, second.key, second.values) == (first.name, first.key, first.values)


def test_an_unknown_event_holds_its_key_and_its_repeat_keeps_it_so(build: Build) -> None:
    house = build(lands=False)
    house.far.answers["A"].extend([DROPPED, BEFORE_WORK, Rejected("never", "reached")])
    house.far.findings["A"].extend([CannotTell(), NotApplied(), *[CannotTell()] * 50])
    event, behind = house.post("A", "one"), house.post("A", "two")
    house.run(60, 1.0)
    assert house.attempts(event)[:4] == [
        ("write", "unknown"),
        ("probe", "cannot_tell"),
        ("probe", "not_applied"),
        ("write", "retry"),
    ]
    assert (house.state(event), house.state(behind)) == ("unknown", "waiting")


def test_an_absence_proves_nothing_before_the_request_can_no_longer_land(build: Build) -> None:
    house = build(capability=Capability(Repeat.PROBE, in_doubt=60.0), lands=False)
    house.far.answers["A"].append(DROPPED)
    event = house.post("A")
    began = house.clock.monotonic()
    house.run(590, 0.1)
    assert house.state(event) == "unknown"
    assert len(house.far.seen) == 1
    house.run(100, 0.1)
    assert house.state(event) == "applied"
    assert house.far.probed[-1][1] - began >= 60.0


def test_without_the_time_in_doubt_it_is_written_again_at_once(build: Build) -> None:
    house = build(capability=Capability(Repeat.PROBE), lands=False)
    house.far.answers["A"].append(DROPPED)
    house.post("A")
    house.run(590, 0.1)
    assert len(house.far.seen) == 2


def test_an_effect_that_shows_counts_at_once_even_in_doubt(build: Build) -> None:
    house = build(capability=Capability(Repeat.PROBE, in_doubt=60.0))
    house.far.answers["A"].append(DROPPED)
    event = house.post("A")
    house.run()
    assert house.state(event) == "applied"


def test_an_unknown_outcome_that_nothing_can_look_up_is_a_letter_that_holds_its_key(
    build: Build,
) -> None:
    house = build(capability=Capability(Repeat.NEVER))
    house.far.answers["A"].append(DROPPED)
    event, behind = house.post("A", "one"), house.post("A", "two")
    house.run(40, 1.0)
    assert (house.state(event), house.state(behind)) == ("dead", "waiting")
    assert house.letters() == ["unknown"]
    assert house.far.probed == []


def test_an_unknown_event_is_looked_up_while_a_backlog_drains(build: Build) -> None:
    house = build(lands=False)
    house.far.answers["A"].append(DROPPED)
    event = house.post("A")
    for number in range(400):
        house.post(f"B{number}")
    house.run(8, 0.05)
    assert house.rows("SELECT COUNT(*) AS n FROM sync_queue")[0]["n"] > 200
    assert house.state(event) == "applied"


def test_a_drain_that_stops_claims_nothing_and_settles_what_runs(build: Build) -> None:
    house = build(lanes=(lanes := Stuck()))
    first = house.post("A")
    house.run(3)
    house.pipe.drain.stop_claiming()
    second = house.post("B")
    lanes.run()
    house.run(3)
    assert [house.state(each) for each in (first, second)] == ["applied", "pending"]
    assert house.pipe.drain.running == 0


def test_an_idle_drain_does_not_write(house: House) -> None:
    house.run(5)
    before = house.rows("SELECT beat FROM leader WHERE name = 'sync'")
    house.run(15, 0.1)
    assert house.rows("SELECT beat FROM leader WHERE name = 'sync'") == before


def test_a_probe_does_not_count_towards_the_maximum(build: Build) -> None:
    house = build(lands=False)
    house.far.answers["A"].append(DROPPED)
    house.far.findings["A"].extend([CannotTell()] * 15)
    event = house.post("A")
    house.run(1000, 20.0)
    assert house.state(event) == "applied"
    assert len(house.attempts(event)) > 15
