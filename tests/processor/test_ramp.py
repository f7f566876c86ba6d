"""A job's pace and its rule, as arithmetic: stages, rate, failures, and what is late."""

from __future__ import annotations

import pytest

from processor.ramp import BURST_S, LATE_AFTER, MOST_LATE, MOST_OUT, WINDOW, Limits, Progress

NOW = 1_000_000.0


def sent(progress: Progress, limits: Limits, now: float = NOW) -> list[int]:
    """Send as many as there is room for; their ids."""
    first = sum(progress.ends.values()) + len(progress.out) + 1
    letters = list(range(first, first + progress.room(limits, now)))
    progress.send(letters, now)
    return letters


def told(progress: Progress, letters: list[int], dead: int = 0) -> None:
    """They came to their ends, the first `dead` of them dead again."""
    ends = {str(each): "dead" if n < dead else "applied" for n, each in enumerate(letters)}
    progress.hear(ends, NOW)


def test_each_stage_waits_for_the_end_of_the_one_before() -> None:
    progress, limits = Progress(), Limits(ramp=(1, 5, 20))
    sizes: list[int] = []
    for _ in range(4):
        progress.judge(limits)
        letters = sent(progress, limits)
        assert sent(progress, limits) == [] or len(sizes) == 3
        sizes.append(len(letters))
        told(progress, letters)
    assert sizes == [1, 5, 20, MOST_OUT]


def test_a_stage_of_which_one_is_out_is_not_judged() -> None:
    progress, limits = Progress(), Limits(ramp=(3,), stop_at=1)
    letters = sent(progress, limits)
    told(progress, letters[:2], dead=2)
    progress.judge(limits)
    assert (progress.stage, progress.halt) == (0, None)
    told(progress, letters[2:])
    progress.judge(limits)
    assert progress.halt == {"state": "paused", "why": "2 of 3 failed again; it stops at 1 %"}


@pytest.mark.parametrize(("dead", "stops"), [(0, False), (4, False), (5, True), (10, True)])
def test_the_rule_is_a_share_of_what_was_told(dead: int, stops: bool) -> None:
    progress, limits = Progress(), Limits(ramp=(10,), stop_at=50)
    told(progress, sent(progress, limits), dead)
    progress.judge(limits)
    assert (progress.halt is not None) is stops


def test_a_rule_of_nought_per_cent_stops_at_the_first_failure_and_not_before() -> None:
    progress, limits = Progress(), Limits(ramp=(2, 2), stop_at=0)
    told(progress, sent(progress, limits))
    progress.judge(limits)
    assert (progress.stage, progress.halt) == (1, None)
    told(progress, sent(progress, limits), dead=1)
    progress.judge(limits)
    assert progress.halt is not None


def test_without_a_ramp_every_so_many_are_judged() -> None:
    progress, limits = Progress(), Limits(stop_at=10)
    letters = sent(progress, limits)
    told(progress, letters[: WINDOW - 1], dead=WINDOW - 1)
    progress.judge(limits)
    assert progress.halt is None
    told(progress, letters[WINDOW - 1 : WINDOW], dead=1)
    progress.judge(limits)
    assert progress.halt is not None


def test_the_rate_counts_from_the_last_letters_and_makes_up_for_little() -> None:
    progress, limits = Progress(), Limits(rate=100)
    counts = [len(sent(progress, limits, NOW + at)) for at in (0.0, 0.1, 0.2, 0.21, 60.0, 60.1)]
    assert counts == [1, 10, 10, 1, 100 * BURST_S, 10]


def test_a_rate_of_one_sends_one_a_second() -> None:
    progress, limits = Progress(), Limits(rate=1)
    assert [len(sent(progress, limits, NOW + at)) for at in (0, 0.9, 1, 1.9, 2)] == [1, 0, 1, 0, 1]
    assert progress.wait(limits) == pytest.approx(1.0)


def test_what_is_not_heard_of_in_time_counts_as_failed_until_it_ends() -> None:
    progress, limits = Progress(), Limits(ramp=(2,), stop_at=90)
    letters = sent(progress, limits)
    progress.hear({str(letters[0]): "applied"}, NOW + LATE_AFTER)
    assert (progress.out, progress.late, progress.bad) == ({}, [str(letters[1])], 1)
    progress.hear({str(letters[1]): "applied"}, NOW + LATE_AFTER + 1)
    assert (progress.late, progress.ends) == ([], {"applied": 2})


def test_progress_is_what_its_text_says() -> None:
    progress = Progress()
    told(progress, sent(progress, Limits(rate=7, ramp=(3,)))[:1], dead=1)
    progress.skip("newer applied", 2)
    assert Progress.of(progress.text()) == progress
    assert Progress.of(None) == Progress()


def test_of_what_is_late_a_job_keeps_a_bounded_part_and_counts_the_rest() -> None:
    progress = Progress()
    for round_ in range(4):
        letters = list(range(round_ * MOST_OUT, (round_ + 1) * MOST_OUT))
        progress.send(letters, round_ * LATE_AFTER)
        progress.hear({}, (round_ + 1) * LATE_AFTER)
    assert len(progress.late) == MOST_LATE
    assert progress.under_way == 4 * MOST_OUT
    assert len(progress.text()) < 10_000
