"""Requests about many letters: staged, paced, stopped, resumed, and never twice."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ops import bulk
from processor import jobs, ramp
from processor.job_steps import MEANWHILE, Step
from processor.wishes import RESOLVE_FIRST
from sql.filters import Filter, matching_letters
from tests.processor.bench import House
from tests.processor.desk import NO, conserved, dead, effects, ordered
from tests.processor.jobs import BOB, Jobs, dead_letters
from tidegate.errors import Conflict, FarError
from tidegate.outcome import Rejected

Build = Callable[..., House]
MINE = Filter(error_classes=("mine",))


@pytest.fixture
def house(build: Build) -> House:
    return build(config=ordered("strict"))


@pytest.fixture
def desk(house: House) -> Jobs:
    return Jobs(house)


def test_a_job_acts_on_exactly_what_its_filter_names(house: House, desk: Jobs) -> None:
    mine, others = dead_letters(house, 7, "mine"), dead_letters(house, 3, "other", "O")
    found = desk.ended(desk.bulk("replay", MINE))
    assert (found["state"], found["matched"], found["changed"]) == ("done", 7, 7)
    assert {house.state(each) for each in mine} == {"applied"}
    assert {house.state(each) for each in others} == {"dead"}
    conserved(house)


def test_letters_born_after_the_plan_are_left_alone(house: House, desk: Jobs) -> None:
    dead_letters(house, 3, "mine")
    plan = bulk.plan(house.db, "replay", MINE)
    later = dead_letters(house, 2, "mine", "L")
    found = desk.ended(desk.bulk("replay", MINE, upto=plan["upto"]))
    assert (plan["count"], found["matched"], found["changed"]) == (3, 3, 3)
    assert {house.state(each) for each in later} == {"dead"}


@pytest.mark.parametrize(("verb", "state"), [("skip", "dead"), ("discard", "discarded")])
def test_letters_are_skipped_or_discarded_together(
    house: House, desk: Jobs, verb: str, state: str
) -> None:
    mine = dead_letters(house, 5, "mine")
    found = desk.ended(desk.bulk(verb, MINE))
    assert (found["changed"], found["skipped"]) == (5, 0)
    assert {house.state(each) for each in mine} == {state}
    assert house.rows("SELECT id FROM dead_letter WHERE state = 'open' AND request_id > 0") == []
    conserved(house)


@pytest.mark.parametrize(("applied", "state"), [(True, "applied"), (False, "dead")])
def test_what_nobody_knows_is_resolved_together(
    house: House, desk: Jobs, applied: bool, state: str
) -> None:
    mine = dead_letters(house, 3, "mine")
    house.execute("UPDATE dead_letter SET reason = 'unknown'")
    assert desk.ended(desk.bulk("resolve", MINE, applied=applied))["changed"] == 3
    assert {house.state(each) for each in mine} == {state}


def test_each_letter_and_the_job_itself_are_on_record(house: House, desk: Jobs) -> None:
    dead_letters(house, 4, "mine")
    job = desk.bulk("discard", MINE)
    desk.ended(job)
    rows = house.rows("SELECT * FROM audit_trail WHERE action = 'discard' ORDER BY id")
    assert [row["event_uuid"] is None for row in rows] == [False] * 4 + [True]
    last = rows[-1]
    assert (last["actor"], last["host"], last["entity_text"]) == ("cli:ann", "desk", job)
    assert last["old"] == '{"filter":{"error_classes":["mine"]}}'
    told = {"changed": 4, "failed": 0, "matched": 4, "skipped": 0, "state": "done"}
    assert json.loads(last["new"]) == told


def test_what_is_known_is_left_by_who_resolves_the_rest(house: House, desk: Jobs) -> None:
    dead_letters(house, 2, "mine")
    done = desk.ended(desk.bulk("resolve", MINE, applied=False))
    assert (done["state"], done["changed"]) == ("done", 0)
    assert done["skips"] == {"its outcome is known: it is an ordinary dead letter": 2}


def test_unknown_letters_are_left_for_who_resolves_them(house: House, desk: Jobs) -> None:
    dead_letters(house, 3, "mine")
    house.execute("UPDATE dead_letter SET reason = 'unknown' WHERE id = 1")
    assert bulk.plan(house.db, "replay", MINE)["skips"] == {RESOLVE_FIRST: 1}
    found = desk.ended(desk.bulk("replay", MINE))
    assert (found["changed"], found["skips"]) == (2, {RESOLVE_FIRST: 1})


def test_strict_order_skips_what_is_older_than_its_key_s_applied(build: Build) -> None:
    house = build(config=ordered("strict", on_dead="skip"))
    letter, _ = dead(house, "two")
    desk = Jobs(house)
    found = desk.ended(desk.bulk("replay", Filter()))
    assert (found["changed"], found["skips"]) == (0, {"newer applied": 1})
    assert house.state(letter) == "dead"


def test_latest_wins_supersedes_what_is_older_than_its_entity_s_applied(build: Build) -> None:
    house = build(config=ordered("latest_wins", on_dead="skip"))
    letter, _ = dead(house, "two")
    desk = Jobs(house)
    found = desk.ended(desk.bulk("replay", Filter()))
    assert (found["changed"], found["skipped"]) == (1, 0)
    assert (house.state(letter), effects(house)) == ("superseded", ["two"])


def test_letters_in_the_middle_of_a_key_go_in_their_order(build: Build) -> None:
    house = build(config=ordered("strict", on_dead="skip"))
    house.far.answers["A"].extend([NO, NO])
    both = [house.post("A", "one"), house.post("A", "two")]
    house.run()
    desk = Jobs(house)
    assert desk.ended(desk.bulk("replay", Filter()))["changed"] == 2
    assert effects(house) == ["one", "two"]
    assert {house.state(each) for each in both} == {"applied"}


# Pace


def test_a_ramp_sends_a_stage_and_waits_for_its_end(house: House, desk: Jobs) -> None:
    dead_letters(house, 9, "mine")
    job = desk.bulk("replay", MINE, ramp=(1, 2))
    sent = []
    for number in range(24):
        desk.carry_out()
        sent.append(desk.show(job)["changed"])
        house.clock.advance(0.25)
        if number in (8, 16):
            house.run(2)
    assert sorted(set(sent)) == [1, 3, 9]
    assert min(sent.count(1), sent.count(3)) > 3


def test_the_rate_holds_by_the_clock(house: House, desk: Jobs) -> None:
    dead_letters(house, 40, "mine")
    job = desk.bulk("replay", MINE, rate=10)
    desk.carry_out()
    for second in range(1, 4):
        desk.step(4, 0.25)
        assert desk.show(job)["changed"] <= 10 * second + 5
    assert desk.show(job)["changed"] >= 25


def test_no_more_are_out_than_can_be_followed(
    house: House, desk: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ramp, "MOST_OUT", 3)
    dead_letters(house, 9, "mine")
    job = desk.bulk("replay", MINE)
    for _ in range(5):
        desk.carry_out()
        house.clock.advance(1)
    assert (desk.show(job)["changed"], desk.show(job)["under_way"]) == (3, 3)
    assert desk.ended(job)["changed"] == 9


# Its rule


def refusing_again(house: House, n: int, prefix: str = "K") -> None:
    for number in range(n):
        house.far.answers[f"{prefix}{number}"].append(Rejected("no", "again"))


def test_a_job_stops_by_its_rule_and_resumes_to_an_exact_end(house: House, desk: Jobs) -> None:
    mine = dead_letters(house, 20, "mine")
    refusing_again(house, 10)
    job = desk.bulk("replay", MINE, ramp=(1, 5), stop_at_percent=60)
    found = desk.ended(job)
    assert (found["state"], found["changed"], found["failed"]) == ("paused", 1, 1)
    assert found["why"] == "1 of 1 failed again; it stops at 60 %"
    desk.replays.resume(house.pipe.ids, BOB, job, "mended", stop_at_percent=None)
    found = desk.ended(job)
    assert (found["state"], found["matched"], found["changed"]) == ("done", 20, 20)
    assert (found["failed"], found["ends"]) == (10, {"applied": 10, "dead": 10})
    states = [house.state(each) for each in mine]
    assert (states[:10], states[10:]) == (["dead"] * 10, ["applied"] * 10)
    assert house.sealed()
    conserved(house)


def test_behind_the_ramp_the_rule_goes_on_to_look(house: House, desk: Jobs) -> None:
    dead_letters(house, 60, "mine")
    for number in range(10, 60):
        house.far.answers[f"K{number}"].append(Rejected("no", "again"))
    job = desk.bulk("replay", MINE, ramp=(5,), rate=20, stop_at_percent=50)
    found = desk.ended(job)
    assert found["state"] == "paused"
    assert found["changed"] < 60
    assert found["under_way"] == 0


def test_an_event_that_does_not_end_in_time_counts_as_failed(house: House, desk: Jobs) -> None:
    dead_letters(house, 4, "mine")
    house.far.answers["K0"].extend([FarError("busy", sent=False, phase="connect")] * 9)
    job = desk.bulk("replay", MINE, ramp=(1,), stop_at_percent=100)
    desk.step(8)
    assert desk.show(job)["state"] == "running"
    house.far.answers["K0"].extend([FarError("busy", sent=False, phase="connect")] * 99)
    house.clock.advance(ramp.LATE_AFTER)
    found = desk.ended(job)
    assert (found["state"], found["changed"], found["under_way"]) == ("paused", 1, 1)


# Whoever leads


def test_a_later_leader_goes_on_where_the_one_before_was(house: House, desk: Jobs) -> None:
    dead_letters(house, 12, "mine")
    job = desk.bulk("replay", MINE, ramp=(1, 2, 3))
    for _ in range(60):
        desk.requests = desk.again()
        desk.carry_out()
        house.run(1)
        house.clock.advance(0.3)
    found = desk.show(job)
    assert (found["state"], found["changed"], found["ends"]) == ("done", 12, {"applied": 12})
    assert all(len(house.attempts(each)) == 2 for each in uuids(house))


def uuids(house: House) -> list[str]:
    return [row["uuid"] for row in house.rows("SELECT uuid FROM inbox")]


def test_a_letter_is_in_one_job_at_most(house: House, desk: Jobs) -> None:
    dead_letters(house, 6, "mine")
    first = desk.bulk("replay", MINE, ramp=(1,))
    desk.carry_out()
    second = desk.bulk("replay", MINE, BOB)
    found = desk.ended(second)
    assert (found["matched"], found["changed"], found["skips"]) == (5, 0, {jobs.ELSEWHERE: 5})
    assert desk.ended(first)["changed"] == 6
    assert all(len(house.attempts(each)) == 2 for each in uuids(house))


def test_a_letter_that_somebody_else_decides_meanwhile_is_left_to_them(
    house: House, desk: Jobs
) -> None:
    mine = dead_letters(house, 4, "mine")
    job = desk.bulk("replay", MINE, ramp=(1,))
    desk.carry_out()
    desk.ask("discard", mine[2])
    desk.carry_out()
    found = desk.ended(job)
    assert (found["matched"], found["changed"], found["skips"]) == (4, 3, {MEANWHILE: 1})
    assert house.state(mine[2]) == "discarded"


@pytest.mark.parametrize(
    "meanwhile",
    ["UPDATE dead_letter SET state = 'discarded'", "UPDATE dead_letter SET request_id = 99"],
)
def test_a_letter_that_is_no_longer_as_it_was_read_is_not_moved(
    house: House, desk: Jobs, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    dead_letters(house, 1, "mine")
    job = desk.bulk("replay", MINE)
    decide = jobs.Jobs._decide

    def too_late(self: jobs.Jobs, step: Step, row: dict[str, object]) -> bool:
        house.execute(meanwhile)
        return decide(self, step, row)

    monkeypatch.setattr(jobs.Jobs, "_decide", too_late)
    with pytest.raises(Conflict, match="letters"):
        desk.carry_out()
    assert desk.show(job)["changed"] == 0
    assert house.rows("SELECT state FROM inbox")[0]["state"] == "dead"


def test_a_letter_that_another_job_took_meanwhile_is_not_taken(
    house: House, desk: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead_letters(house, 1, "mine")
    desk.bulk("replay", MINE)

    def too_late(*given: object) -> list[dict[str, object]]:
        found = matching_letters(*given)  # type: ignore[arg-type]
        house.execute("UPDATE dead_letter SET request_id = 99")
        return found

    monkeypatch.setattr(jobs, "matching_letters", too_late)
    with pytest.raises(Conflict, match="staged"):
        desk.carry_out()


def test_a_job_whose_state_is_another_s_doing_is_not_stepped(
    house: House, desk: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead_letters(house, 1, "mine")
    job = desk.bulk("replay", MINE)
    take = jobs.Jobs._take

    def too_late(self: jobs.Jobs, step: Step, wanted: Filter) -> None:
        house.execute("UPDATE operator_request SET state = 'cancelled'")
        take(self, step, wanted)

    monkeypatch.setattr(jobs.Jobs, "_take", too_late)
    with pytest.raises(Conflict, match="jobs"):
        desk.carry_out()
    assert desk.show(job)["state"] == "cancelled"


def test_other_requests_are_not_held_up_by_a_job_that_waits(house: House, desk: Jobs) -> None:
    dead_letters(house, 3, "mine")
    other = dead_letters(house, 1, "other", "O")[0]
    desk.bulk("replay", MINE, rate=1)
    desk.carry_out()
    desk.ask("discard", other)
    assert desk.carry_out() == [other]


# Paused, resumed, cancelled


def test_a_paused_job_sends_nothing_until_it_is_resumed(house: House, desk: Jobs) -> None:
    dead_letters(house, 8, "mine")
    job = desk.bulk("replay", MINE, rate=2)
    desk.carry_out()
    desk.replays.pause(house.pipe.ids, BOB, job, "lunch")
    found = desk.ended(job)
    assert (found["state"], found["why"]) == ("paused", "paused by cli:bob: lunch")
    sent = found["changed"]
    desk.step(8)
    assert desk.show(job)["changed"] == sent < 8
    desk.replays.resume(house.pipe.ids, BOB, job, "back", rate=100)
    assert desk.ended(job)["changed"] == 8


def test_a_cancelled_job_gives_its_letters_back(house: House, desk: Jobs) -> None:
    mine = dead_letters(house, 8, "mine")
    job = desk.bulk("replay", MINE, ramp=(2,))
    desk.carry_out()
    desk.replays.cancel(house.pipe.ids, BOB, job, "not today")
    found = desk.ended(job)
    assert (found["state"], found["changed"]) == ("cancelled", 2)
    assert (found["skips"], found["skipped"]) == ({jobs.CANCELLED: 6}, 6)
    assert [house.state(each) for each in mine].count("dead") == 6
    assert desk.ended(desk.bulk("replay", MINE))["changed"] == 6


def test_a_job_that_is_over_can_be_neither_resumed_nor_cancelled(house: House, desk: Jobs) -> None:
    dead_letters(house, 1, "mine")
    job = desk.bulk("discard", MINE)
    desk.ended(job)
    row = desk.done("cancel", request=job)
    assert (row["changed"], row["result"]) == (0, {"skipped": "the job is done"})


def test_a_job_whose_filter_cannot_be_read_fails(house: House, desk: Jobs) -> None:
    house.run(1)
    asked = desk.ask("replay", None, filter={"colour": "red"})
    desk.carry_out()
    row = house.db.read("requests/get", {"uuid": asked})["request"][0]
    assert (row["state"], row["result"]) == ("failed", '{"error":"a filter has no colour"}')


def test_a_job_that_matches_nothing_is_done_at_once(house: House, desk: Jobs) -> None:
    found = desk.ended(desk.bulk("replay", MINE), rounds=3)
    assert (found["state"], found["matched"]) == ("done", 0)


# Two operators, one letter


def test_of_two_operators_on_one_letter_one_wins_and_the_other_is_told(
    house: House, desk: Jobs
) -> None:
    letter = dead_letters(house, 1)[0]
    first, second = desk.ask("discard", letter), desk.ask("replay", letter)
    desk.carry_out()
    rows = [house.db.read("requests/get", {"uuid": each})["request"][0] for each in (first, second)]
    assert [row["changed"] for row in rows] == [1, 0]
    assert "the event is discarded, not dead: its letter was discarded by ann at" in str(
        rows[1]["result"]
    )
