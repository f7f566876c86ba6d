"""An outage, a bad key, a refused login, a far side that is overrun: end to end on SQLite."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import pairwise
from uuid import UUID

import pytest

import processor.gate
from processor.breaker import Breaker, Sign
from processor.pauses import Pauses, Refusals
from processor.quota import Quota
from tests.processor.bench import BEFORE_WORK, DROPPED, House, Stuck
from tidegate.adapter import Command
from tidegate.config import Config, load_config
from tidegate.errors import FarError
from tidegate.outcome import Applied, Finding, Rejected

Build = Callable[..., House]
WEEKEND = 80 * 3600.0
"""Longer than the three days after which an event is too old."""

STEP = 240.0
DOWN = FarError("no route", sent=False, phase="connect")
OVERRUN = FarError("slow down", sent=False, status=429)
NO_LOGIN = FarError("who are you", sent=False, status=401)
NOT_ALLOWED = FarError("not you", sent=False, status=403)


class Out:
    """Says the same to whatever is asked, for as long as it is out."""

    def __init__(self, house: House, error: FarError, healthy: bool = False) -> None:
        self.house, self.error, self.healthy = house, error, healthy
        self.asked = 0
        self.out = True
        self.inner = house.far.apply
        self.look = house.far.probe
        vars(house.far).update(apply=self.apply, probe=self.probe, health=self.health)

    def apply(self, command: Command, key: UUID) -> Applied | Rejected:
        if not self.out:
            return self.inner(command, key)
        if self.error.sent:
            command.sending(b"PUT", "v")
        raise self.error

    def probe(self, command: Command, key: UUID) -> Finding:
        if self.out:
            raise self.error
        return self.look(command, key)

    def health(self) -> None:
        self.asked += 1
        if self.out and not self.healthy:
            raise self.error


def posted(house: House, n: int) -> list[str]:
    return [house.post(f"K{number}") for number in range(n)]


def burnt(house: House) -> list[int]:
    """Attempts that count towards the maximum, by event, while they live."""
    return [row["tries"] for row in house.rows("SELECT tries FROM sync_queue ORDER BY id")]


def pauses(house: House) -> list[tuple[str, str | None, str | None]]:
    found = house.rows("SELECT kind, target, entity FROM pause ORDER BY id")
    return [(row["kind"], row["target"], row["entity"]) for row in found]


def resume(house: House) -> None:
    house.execute("DELETE FROM pause")


def paused(house: House, target: str | None, entity: str | None = None) -> None:
    house.execute(
        "INSERT INTO pause (target, entity, kind, reason, actor, since) "
        "VALUES (?, ?, 'operator', 'why', 'me', '2026-11-21 08:00:00.000000')",
        target,
        entity,
    )


@pytest.mark.parametrize("error", [DOWN, BEFORE_WORK, DROPPED], ids=["connect", "503", "dropped"])
def test_a_weekend_of_outage_makes_no_letter_and_burns_what_opened_the_breaker_alone(
    house: House, error: FarError
) -> None:
    out = Out(house, error)
    events = posted(house, 12)
    house.run(int(WEEKEND / STEP), STEP)
    assert house.letters() == []
    assert max(burnt(house)) <= 1
    assert error is DROPPED or sum(burnt(house)) <= 4
    out.out = False
    house.run(200, STEP)
    assert {house.state(each) for each in events} == {"applied"}
    assert pauses(house) == []


def test_without_the_breaker_the_same_weekend_kills_every_event(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Breaker, "_enough", lambda _: False)
    Out(house, BEFORE_WORK)
    events = posted(house, 6)
    house.run(int(WEEKEND / STEP), STEP)
    assert house.letters() == ["exhausted"] * len(events)


def test_without_the_rule_that_an_open_breaker_counts_nothing_each_try_would_burn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor.gate.Gate, "_closed", lambda _: True)
    Out(house, BEFORE_WORK)
    posted(house, 12)
    house.run(3, STEP)
    assert sum(burnt(house)) > 4


def test_an_outage_is_asked_about_at_most_once_a_minute_once_it_lasts(house: House) -> None:
    out = Out(house, DOWN)
    posted(house, 12)
    house.run(300, 1.0)
    asked = out.asked
    house.run(600, 1.0)
    assert 7 <= out.asked - asked <= 13


def test_one_poison_key_does_not_open_the_breaker(house: House) -> None:
    house.far.answers["P"] = deque([BEFORE_WORK] * 11)
    poison = house.post("P")
    house.until("applied", poison, 9000)
    assert house.rows("SELECT * FROM audit_trail WHERE action = 'paused'") == []


def test_a_breaker_that_counted_failures_instead_of_keys_would_open(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, count = Breaker.heard, iter(range(10_000))

    def heard(self: Breaker, key: int, sign: Sign, now: float, message: str = "") -> None:
        inner(self, next(count), sign, now, message)

    monkeypatch.setattr(Breaker, "heard", heard)
    house.far.answers["P"] = deque([BEFORE_WORK] * 11)
    poison = house.post("P")
    house.until("applied", poison, 9000)
    assert house.rows("SELECT * FROM audit_trail WHERE action = 'paused'") != []


def test_an_open_breaker_is_a_row_for_the_door_and_goes_with_a_record_of_both(
    house: House,
) -> None:
    out = Out(house, DOWN)
    posted(house, 3)
    house.run(3)
    assert pauses(house) == [("breaker", "sandbox", None)]
    probe_at = house.rows("SELECT probe_at, since FROM pause")[0]
    assert probe_at["probe_at"] > probe_at["since"]
    out.out = False
    house.run(60, 1.0)
    assert pauses(house) == []
    acts = house.rows("SELECT action FROM audit_trail WHERE source = 'sandbox' ORDER BY id")
    assert [row["action"] for row in acts] == ["paused", "resumed"]


def tried_one_by_one(build: Build, healths: int) -> list[int]:
    """The keys that a house tried while the far side was well but for its writes."""
    house = build(lanes=(lanes := Stuck()))
    Out(house, DOWN, healthy=True)
    posted(house, 8)
    house.run(2)
    lanes.run()
    tried: list[int] = []
    for _ in range(2 * healths):
        house.run(2)
        house.clock.advance(100.0)
        house.run(2)
        running = house.rows("SELECT key_id FROM sync_queue WHERE state = 2")
        assert len(running) <= 1
        tried += [row["key_id"] for row in running]
        lanes.run()
    return tried


def test_half_open_exactly_one_event_runs_and_it_is_of_another_key(build: Build) -> None:
    tried = tried_one_by_one(build, 5)
    assert len(tried) >= 4
    assert all(one != two for one, two in pairwise(tried))


def test_without_the_look_at_the_last_key_the_same_would_be_tried_again(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Breaker, "last_key", lambda _: None)
    assert len(set(tried_one_by_one(build, 5))) == 1


def test_one_poison_key_at_the_front_does_not_keep_the_house_shut(house: House) -> None:
    out = Out(house, DOWN)
    events = posted(house, 4)
    house.run(3)
    out.out = False
    house.far.answers["K0"] = deque([DOWN] * 1000)
    house.run(120, 1.0)
    assert [house.state(each) for each in events[1:]] == ["applied"] * 3


def test_a_new_leader_takes_an_open_breaker_over(house: House) -> None:
    out = Out(house, DOWN)
    posted(house, 5)
    house.run(3)
    seen = len(house.rows("SELECT * FROM sync_attempt"))
    house.pipe.leadership.close()
    house.pipe.leadership, house.pipe.drain = house.pipe.processor("two")
    house.run(20, 0.5)
    assert len(house.rows("SELECT * FROM sync_attempt")) == seen
    assert pauses(house) == [("breaker", "sandbox", None)]
    out.out = False
    house.run(60, 1.0)
    assert pauses(house) == []


def test_a_refused_login_pauses_the_adapter_and_burns_nothing(house: House) -> None:
    out = Out(house, NO_LOGIN)
    events = posted(house, 20)
    house.run(400, 30.0)
    assert pauses(house) == [("auth", "sandbox", None)]
    assert house.letters() == []
    assert sum(burnt(house)) == 0
    attempts = len(house.rows("SELECT * FROM sync_attempt"))
    out.out = False
    house.run(50, 10.0)
    assert len(house.rows("SELECT * FROM sync_attempt")) == attempts
    resume(house)
    house.run(60, 20.0)
    assert {house.state(each) for each in events} == {"applied"}


def test_without_the_pause_a_refused_login_would_burn_attempts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Refusals, "heard", lambda *_: None)
    Out(house, NO_LOGIN)
    posted(house, 3)
    house.run(400, 30.0)
    assert house.letters() == ["exhausted"] * 3


def test_two_keys_that_are_forbidden_pause_their_entity(house: House) -> None:
    for key in ("A", "B"):
        house.far.answers[key] = deque([NOT_ALLOWED] * 3)
    house.post("A")
    house.run(1)
    assert pauses(house) == []
    house.post("B")
    house.run(3, 1.0)
    assert pauses(house) == [("auth", "sandbox", "products")]
    other = house.post("C")
    house.run(60, 5.0)
    assert house.state(other) == "retrying"
    resume(house)
    house.run(60, 5.0)
    assert house.state(other) == "applied"


def test_one_key_that_is_forbidden_pauses_nothing(house: House) -> None:
    house.far.answers["A"] = deque([NOT_ALLOWED] * 5)
    event = house.post("A")
    house.until("applied", event)
    assert pauses(house) == []


@pytest.mark.parametrize("target", ["sandbox", None])
def test_of_a_paused_adapter_nothing_is_claimed_neither_ready_nor_unknown(
    build: Build, target: str | None
) -> None:
    house = build(lands=False, lanes=(lanes := Stuck()))
    house.far.answers["A"].append(FarError("dropped", sent=True, phase="dropped"))
    unknown = house.post("A")
    house.run(2)
    lanes.run()
    paused(house, target)
    ready = house.post("B")
    house.clock.advance(2.0)
    house.run(200, 1.0)
    assert lanes.jobs == []
    assert (house.state(unknown), house.state(ready)) == ("unknown", "pending")
    resume(house)
    for _ in range(4):
        house.run(3, 1.0)
        lanes.run()
    house.run(2)
    assert (house.state(unknown), house.state(ready)) == ("applied", "applied")


def test_without_the_look_at_pauses_a_paused_adapter_would_run(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pauses, "stands", lambda *_: False)
    paused(house, "sandbox")
    event = house.post("A")
    house.run(5)
    assert house.state(event) == "applied"


def test_a_pause_of_another_adapter_is_none_of_ours(house: House) -> None:
    paused(house, "legacy")
    event = house.post("A")
    house.run(5)
    assert house.state(event) == "applied"


def test_a_pause_ends_at_its_time(house: House) -> None:
    paused(house, "sandbox")
    until = house.clock.now().replace(tzinfo=None).isoformat(" ", "microseconds")
    house.execute("UPDATE pause SET until_at = datetime(?, '+60 seconds') || '.000000'", until)
    event = house.post("A")
    house.run(50, 1.0)
    assert house.state(event) == "pending"
    house.run(20, 1.0)
    assert house.state(event) == "applied"


def test_a_pause_is_seen_within_a_second_while_a_backlog_drains(house: House) -> None:
    posted(house, 300)
    house.run(3, 0.05)
    paused(house, "sandbox")
    house.run(21, 0.05)
    left = house.rows("SELECT COUNT(*) AS n FROM sync_queue")[0]["n"]
    house.run(20, 0.05)
    assert house.rows("SELECT COUNT(*) AS n FROM sync_queue")[0]["n"] == left > 0


def test_a_paused_entity_is_put_off_and_the_others_go_on(house: House) -> None:
    paused(house, "sandbox", "products")
    still = [house.post(f"K{number}") for number in range(30)]
    other = house.post("X")
    house.execute("UPDATE inbox SET entity = 'bills' WHERE uuid = ?", other)
    house.run(30, 1.0)
    assert {house.state(each) for each in still} == {"retrying"}
    assert house.rows("SELECT COUNT(*) AS n FROM sync_attempt")[0]["n"] == 1
    resume(house)
    house.run(30, 1.0)
    assert {house.state(each) for each in still} == {"applied"}


def test_without_being_put_off_a_paused_entity_would_run(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pauses, "entities", lambda *_: [])
    paused(house, "sandbox", "products")
    event = house.post("A")
    house.run(3)
    assert house.state(event) == "applied"


def test_thousands_of_a_paused_entity_do_not_slip_through(house: House) -> None:
    paused(house, "sandbox", "products")
    for number in range(1200):
        house.post(f"K{number}")
    house.run(60, 1.0)
    assert house.rows("SELECT COUNT(*) AS n FROM sync_attempt")[0]["n"] == 0


def slow(calls: str | None = None, lanes: int = 8) -> Config:
    config = load_config(None)
    options = config.adapter("sandbox").model_copy(update={"calls": calls, "lanes": lanes})
    return config.model_copy(update={"adapters": {**config.adapters, "sandbox": options}})


def test_after_a_429_half_as_many_run_at_a_time(build: Build) -> None:
    house = build(lanes=(lanes := Stuck()))
    house.far.answers["K0"].append(OVERRUN)
    posted(house, 40)
    house.run(2)
    assert len(lanes.jobs) == 8
    lanes.run()
    house.clock.advance(0.2)
    house.run(1)
    assert len(lanes.jobs) == 4


def test_without_the_lesson_as_many_as_ever_would_run(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Quota, "throttled", lambda *_: None)
    house = build(lanes=(lanes := Stuck()))
    house.far.answers["K0"].append(OVERRUN)
    posted(house, 40)
    house.run(2)
    lanes.run()
    house.clock.advance(0.2)
    house.run(1)
    assert len(lanes.jobs) == 8


def test_no_more_run_in_a_window_than_its_calls(build: Build) -> None:
    house = build(config=slow("10/minute"))
    posted(house, 25)
    house.run(100, 0.5)
    assert len(house.far.effects) == 10
    house.run(60, 0.5)
    assert len(house.far.effects) == 20


def test_a_request_of_an_operator_is_carried_out_and_its_ends_are_told(house: House) -> None:
    class Asked:
        more = False

        def carry_out(self, _: object) -> list[str]:
            house.execute("UPDATE operator_request SET state = 'done'")
            return ["an-id"]

    vars(house.pipe.drain)["_requests"] = Asked()
    house.execute(
        "INSERT INTO operator_request (uuid, at, verb, filter, reason, actor, source, state, "
        "matched, changed, skipped) VALUES ('u', '2026-11-21 08:00:00.000000', 'hold', '{}', "
        "'why', 'me', 'cli', 'open', 0, 0, 0)"
    )
    house.run(3)
    assert house.pipe.settled == ["an-id"]
