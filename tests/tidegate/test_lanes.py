"""Lanes that run a job at once."""

from __future__ import annotations

from tidegate.lanes import InlineLanes


def test_a_job_has_run_when_submit_returns_and_its_result_is_handed_out_once() -> None:
    lanes = InlineLanes[int](2)
    ran: list[str] = []

    def job() -> int:
        ran.append("job")
        return 7

    lanes.submit(job)
    assert ran == ["job"]
    assert lanes.finished() == [7]
    assert lanes.finished() == []


def test_a_lane_is_free_again_when_its_result_was_taken() -> None:
    lanes = InlineLanes[int](2)
    lanes.submit(lambda: 1)
    assert lanes.free() == 1
    lanes.finished()
    assert lanes.free() == 2
