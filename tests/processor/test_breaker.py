"""The breaker alone: what opens it, when it asks, what closes it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from processor.breaker import Breaker, Health, Sign, State, ask, sign_of
from processor.work import Looked, Trace, Wrote
from tests.processor.test_outcome import claimed
from tidegate.outcome import (
    Applied,
    CannotTell,
    NotApplied,
    NotSent,
    Rejected,
    Retry,
    Throttled,
    Unknown,
)

WELL = Health("far", True)
ILL = Health("far", False, "no")


def breaker() -> Breaker:
    return Breaker(random.Random(1))


def opened() -> Breaker:
    made = breaker()
    for key in range(5):
        made.heard(key, Sign.FAILS, 0.0, "busy")
    assert made.state is State.OPEN
    return made


def half_open() -> Breaker:
    made = opened()
    assert made.must_ask(10.0)
    made.asked(WELL, 10.0)
    assert made.state is State.HALF_OPEN
    return made


@pytest.mark.parametrize(
    ("sign", "keys", "state"),
    [
        (Sign.FAILS, [1, 2, 3, 4], State.CLOSED),
        (Sign.FAILS, [1, 2, 3, 4, 5], State.OPEN),
        (Sign.FAILS, [1] * 50, State.CLOSED),
        (Sign.UNREACHABLE, [1, 2], State.CLOSED),
        (Sign.UNREACHABLE, [1, 2, 3], State.OPEN),
        (Sign.NOTHING, range(50), State.CLOSED),
        (Sign.ANSWERS, range(50), State.CLOSED),
    ],
)
def test_it_opens_by_distinct_keys(sign: Sign, keys: Any, state: State) -> None:
    made = breaker()
    for key in keys:
        made.heard(key, sign, 0.0)
    assert made.state is state


def test_three_keys_open_it_only_where_none_of_them_connected() -> None:
    made, states = breaker(), []
    made.heard(1, Sign.FAILS, 0.0)
    for key in (2, 3, 4, 5):
        made.heard(key, Sign.UNREACHABLE, 0.0)
        states.append(made.state)
    assert states == [State.CLOSED] * 3 + [State.OPEN]


def test_a_success_between_begins_the_count_anew() -> None:
    made = breaker()
    for key in range(100):
        made.heard(key, Sign.ANSWERS if key % 5 == 4 else Sign.FAILS, 0.0)
    assert made.state is State.CLOSED


def test_the_waits_double_up_to_a_minute() -> None:
    made, now, waits = opened(), 0.0, []
    for _ in range(10):
        waits.append(made.probe_at - now)
        now = made.probe_at
        assert made.must_ask(now)
        made.asked(ILL, now)
    for n, wait in enumerate(waits):
        assert 0.8 * min(2.0**n, 60.0) <= wait <= 1.2 * min(2.0**n, 60.0)


def test_health_is_asked_when_it_is_time_and_once() -> None:
    made = opened()
    assert not made.must_ask(0.5)
    assert made.must_ask(2.0)
    assert not made.must_ask(3.0)


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    made = opened()
    made.asked(WELL, 0.0)
    assert made.state is State.OPEN


def test_what_ends_while_it_is_open_changes_nothing() -> None:
    made = opened()
    made.heard(9, Sign.ANSWERS, 0.0)
    assert (made.state, made.may_run(0)) == (State.OPEN, 0)


def test_half_open_it_lets_one_run_and_only_one() -> None:
    made = half_open()
    assert (made.may_run(0), made.may_run(1)) == (1, 0)


def test_a_success_closes_it_and_the_next_outage_begins_with_a_short_wait() -> None:
    made = half_open()
    made.heard(7, Sign.ANSWERS, 10.0)
    assert (made.state, made.may_run(3), made.last_key()) == (State.CLOSED, None, None)
    for key in range(5):
        made.heard(key, Sign.FAILS, 20.0)
    assert made.probe_at <= 21.2


def test_one_failure_opens_it_again_and_its_key_is_the_one_to_avoid() -> None:
    made = half_open()
    made.heard(7, Sign.FAILS, 10.0)
    assert made.state is State.OPEN
    assert made.probe_at >= 11.6
    assert (made.last_key(), made.last_key()) == (7, None)


def test_with_nothing_to_try_the_door_is_not_kept_shut_for_ever() -> None:
    made = half_open()
    assert [made.shut(now) for now in (10.0, 14.9, 15.0)] == [True, True, False]


def test_one_that_is_taken_over_asks_at_once() -> None:
    made = breaker()
    made.take_over(5.0, "no")
    assert (made.state, made.reason, made.must_ask(5.0)) == (State.OPEN, "no", True)


def test_health_that_raises_is_an_answer_too() -> None:
    def ill() -> None:
        raise OSError("no route")

    assert ask("far", ill) == Health("far", False, "OSError: no route")
    assert ask("far", lambda: None) == WELL


@pytest.mark.parametrize(
    ("said", "rule_id", "status", "sign"),
    [
        (Applied(), "adapter", 200, Sign.ANSWERS),
        (Rejected("no", "e"), "adapter", 400, Sign.ANSWERS),
        (Rejected("no", "e"), "mapping", None, Sign.NOTHING),
        (Retry("x", "e"), "r", 409, Sign.ANSWERS),
        (Retry("x", "e"), "r", 503, Sign.FAILS),
        (Retry("x", "e"), "r", None, Sign.FAILS),
        (Throttled("x"), "r", 429, Sign.NOTHING),
        (Unknown("x"), "unknown.default", None, Sign.FAILS),
        (Unknown("x"), "crash", None, Sign.NOTHING),
        (NotSent("x"), "r", None, Sign.UNREACHABLE),
        (NotSent("x"), "missing", None, Sign.NOTHING),
        (NotSent("x"), "unanswered", None, Sign.NOTHING),
        (NotSent("x"), "send-check", None, Sign.NOTHING),
        (Applied(), "forward", None, Sign.NOTHING),
    ],
)
def test_what_the_end_of_a_write_says(
    said: Any, rule_id: str, status: int | None, sign: Sign
) -> None:
    assert sign_of(Wrote(claimed(), said, Trace(rule=rule_id, status=status))) is sign


@pytest.mark.parametrize(
    ("said", "rule_id", "sign"),
    [
        (Applied(), "probe", Sign.ANSWERS),
        (NotApplied(), "probe", Sign.ANSWERS),
        (CannotTell(), "in-doubt", Sign.ANSWERS),
        (CannotTell(), "probe.failed", Sign.FAILS),
        (NotApplied(), "repeat", Sign.NOTHING),
        (CannotTell(), "config", Sign.NOTHING),
    ],
)
def test_what_the_end_of_a_look_says(said: Any, rule_id: str, sign: Sign) -> None:
    assert sign_of(Looked(claimed(), said, Trace(rule=rule_id))) is sign


def test_a_refused_login_says_nothing_of_the_far_side() -> None:
    refused = Wrote(claimed(), Retry("x", "e"), Trace(rule="r", status=None, pause="adapter"))
    assert sign_of(refused) is Sign.NOTHING


class Machine(RuleBasedStateMachine):
    """Any story: it opens only by enough keys, and lets nothing run while it is open."""

    def __init__(self) -> None:
        super().__init__()
        self.made = breaker()
        self.now = 0.0
        self.keys: set[int] = set()

    @rule(key=st.integers(0, 7), sign=st.sampled_from(Sign))
    def hears(self, key: int, sign: Sign) -> None:
        before = self.made.state
        self.made.heard(key, sign, self.now)
        if before is State.CLOSED:
            if sign in (Sign.FAILS, Sign.UNREACHABLE):
                self.keys.add(key)
            if sign is Sign.ANSWERS:
                self.keys.clear()
            assert self.made.state is State.CLOSED or len(self.keys) >= 3
            assert self.made.state is State.OPEN or len(self.keys) < 5
        if self.made.state is not State.CLOSED:
            self.keys.clear()
        assert (before, self.made.state) != (State.OPEN, State.CLOSED)

    @rule(well=st.booleans(), wait=st.floats(0.0, 90.0))
    def asks(self, well: bool, wait: float) -> None:
        self.now += wait
        if self.made.must_ask(self.now):
            self.made.asked(WELL if well else ILL, self.now)

    @invariant()
    def lets_run_by_its_state(self) -> None:
        allowed = {State.CLOSED: (None, None), State.OPEN: (0, 0), State.HALF_OPEN: (1, 0)}
        assert (self.made.may_run(0), self.made.may_run(1)) == allowed[self.made.state]

    @invariant()
    def asks_again_within_72_seconds(self) -> None:
        if self.made.state is State.OPEN:
            assert self.made.probe_at <= self.now + 72.0


Machine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyStory = Machine.TestCase
