"""The quota alone: at a time, per window, and what a 429 teaches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processor.quota import GROW_AFTER, Quota


def test_at_a_time_no_more_than_its_lanes() -> None:
    quota = Quota(8)
    assert [quota.room(running, 0.0) for running in (0, 5, 8, 9)] == [8, 3, 0, 0]


def test_a_429_halves_and_not_below_one() -> None:
    quota, limits = Quota(8), []
    for now in range(1, 6):
        quota.throttled(now - 0.5, float(now))
        limits.append(quota.limit)
    assert limits == [4, 2, 1, 1, 1]


def test_those_that_left_together_are_one_lesson() -> None:
    quota = Quota(8)
    for _ in range(8):
        quota.throttled(1.0, 2.0)
    assert quota.limit == 4


def test_it_grows_by_one_after_twenty_successes_and_not_above_its_lanes() -> None:
    quota = Quota(4)
    quota.throttled(0.0, 1.0)
    for _ in range(GROW_AFTER - 1):
        quota.succeeded()
    assert quota.limit == 2
    quota.succeeded()
    assert quota.limit == 3
    for _ in range(10 * GROW_AFTER):
        quota.succeeded()
    assert quota.limit == 4


def test_a_429_between_begins_the_count_of_successes_anew() -> None:
    quota = Quota(8)
    quota.throttled(0.0, 1.0)
    for _ in range(GROW_AFTER - 1):
        quota.succeeded()
    quota.throttled(0.5, 2.0)
    quota.succeeded()
    assert quota.limit == 4


def test_a_window_that_is_full_opens_when_it_is_over() -> None:
    quota = Quota(256, "10/minute")
    quota.took(10, 0.0)
    assert [quota.room(0, now) for now in (0.0, 30.0, 60.0, 62.0)] == [0, 0, 0, 10]


@given(
    st.lists(st.tuples(st.floats(0.0, 3.0), st.integers(1, 9)), max_size=200),
    st.sampled_from([("5/second", 1.0), ("30/minute", 60.0)]),
)
def test_no_window_wherever_it_begins_holds_more(
    asked: list[tuple[float, int]], rate: tuple[str, float]
) -> None:
    calls, window = rate
    quota, now, took = Quota(256, calls), 0.0, []
    for wait, wanted in asked:
        now += wait
        n = min(wanted, quota.room(0, now))
        if n:
            quota.took(n, now)
            took.append((now, n))
    most = int(calls.partition("/")[0])
    for begin, _ in took:
        assert sum(n for at, n in took if begin <= at < begin + window) <= most
