"""Waits between attempts."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from outbox.schedule import LONGEST, WAITS, wait

SEEDS = st.integers(0, 2**32)


def test_the_waits_are_those_of_the_specification() -> None:
    hours = [round(seconds / 3600, 2) for seconds in WAITS]
    assert WAITS[:3] == (5.0, 300.0, 1800.0)
    assert hours[3:] == [2, 5, 10, 14, 20, 24]


@given(st.integers(1, len(WAITS)), SEEDS)
def test_a_wait_lies_within_a_fifth_of_the_schedule(attempts: int, seed: int) -> None:
    found = wait(attempts, None, random.Random(seed))
    assert found is not None
    assert 0.8 * WAITS[attempts - 1] <= found <= 1.2 * WAITS[attempts - 1]


def test_after_ten_attempts_there_is_no_other() -> None:
    assert wait(9, None, random.Random(1)) is not None
    assert wait(10, None, random.Random(1)) is None
    assert wait(10, 5.0, random.Random(1)) is None


@given(st.integers(1, len(WAITS)), st.floats(0, 1e9), SEEDS)
def test_what_a_receiver_asks_lengthens_a_wait_within_bounds(
    attempts: int, asked: float, seed: int
) -> None:
    floor = wait(attempts, None, random.Random(seed))
    found = wait(attempts, asked, random.Random(seed))
    assert floor is not None
    assert found == min(max(floor, asked), LONGEST)
