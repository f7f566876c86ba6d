"""What the leader does on the side takes its turns and its tenth, and stops nothing."""

from __future__ import annotations

import pytest

from processor.duties import LONGEST_REST, Duties, Duty
from sql.term import Term
from tidegate.clock import ManualClock
from tidegate.errors import ConfigError, Deposed

TERM = Term("sync", 1, "t")


class Chores:
    """Counts turns; each takes `took` seconds of the clock."""

    def __init__(self, clock: ManualClock, took: float = 0.0, more: bool = False) -> None:
        self.clock, self.took, self.more, self.turns = clock, took, more, 0

    def run(self, _: Term) -> bool:
        self.turns += 1
        self.clock.advance(self.took)
        return self.more


def turns(clock: ManualClock, duties: Duties, seconds: float, every: float = 0.1) -> None:
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        duties.step(TERM, clock.monotonic())
        clock.advance(every)


def test_a_duty_runs_once_each_period() -> None:
    clock = ManualClock()
    chores = Chores(clock)
    turns(clock, Duties([Duty("sweep", 5.0, chores.run)], clock), 15.0)
    assert chores.turns == 3


def test_one_with_more_to_do_takes_a_tenth_of_the_time_at_most() -> None:
    clock = ManualClock()
    chores = Chores(clock, took=0.5, more=True)
    turns(clock, Duties([Duty("prune", 60.0, chores.run)], clock), 100.0)
    assert 15 <= chores.turns <= 21


def test_one_that_was_frozen_within_its_turn_does_not_rest_for_hours() -> None:
    clock = ManualClock()
    chores = Chores(clock, took=3600.0)
    duties = Duties([Duty("sweep", 1.0, chores.run)], clock)
    duties.step(TERM, clock.monotonic())
    clock.advance(LONGEST_REST)
    duties.step(TERM, clock.monotonic())
    assert chores.turns == 2


def test_two_that_are_due_take_turns() -> None:
    clock = ManualClock()
    one, other = Chores(clock), Chores(clock)
    duties = Duties([Duty("one", 1.0, one.run), Duty("other", 1.0, other.run)], clock)
    duties.step(TERM, clock.monotonic())
    duties.step(TERM, clock.monotonic())
    assert (one.turns, other.turns) == (1, 1)


def test_one_that_fails_is_tried_again_and_stops_nobody() -> None:
    clock = ManualClock()

    def fail(_: Term) -> bool:
        raise ValueError("no")

    chores = Chores(clock)
    duties = Duties([Duty("bad", 1.0, fail), Duty("good", 1.0, chores.run)], clock)
    turns(clock, duties, 3.0)
    assert chores.turns >= 2


def test_a_lost_term_is_not_swallowed() -> None:
    clock = ManualClock()

    def deposed(_: Term) -> bool:
        raise Deposed("another leads")

    with pytest.raises(Deposed):
        Duties([Duty("prune", 1.0, deposed)], clock).step(TERM, clock.monotonic())


def test_a_new_term_begins_with_all_of_them() -> None:
    clock = ManualClock()
    chores = Chores(clock)
    duties = Duties([Duty("sweep", 3600.0, chores.run)], clock)
    duties.step(TERM, clock.monotonic())
    duties.begin(clock.monotonic())
    duties.step(TERM, clock.monotonic())
    assert chores.turns == 2


def test_two_of_one_name_are_refused() -> None:
    clock = ManualClock()
    duty = Duty("sweep", 1.0, Chores(clock).run)
    with pytest.raises(ConfigError):
        Duties([duty, duty], clock)


def test_what_fails_is_told_until_it_works_again() -> None:
    clock, failing = ManualClock(), dict[str, str]()
    broken = [True]

    def fail(_: Term) -> bool:
        if broken[0]:
            raise ValueError("no folder")
        return False

    duties = Duties([Duty("retention", 1.0, fail)], clock, failing)
    duties.step(TERM, clock.monotonic())
    assert failing == {"retention": "ValueError: no folder"}
    broken[0] = False
    clock.advance(2.0)
    duties.step(TERM, clock.monotonic())
    assert failing == {}
