"""Lanes that are threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from cli.threads import ThreadLanes


class Pool:
    """Lanes whose owner can wait to be woken."""

    def __init__(self, n: int) -> None:
        self.woken = threading.Semaphore(0)
        self.lanes = ThreadLanes[str](n, "lane", self.woken.release)
        self.gate = threading.Event()

    def held(self) -> str:
        self.gate.wait(10)
        return threading.current_thread().name

    def wait(self, times: int) -> None:
        for _ in range(times):
            assert self.woken.acquire(timeout=10)


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(3)
    yield made
    made.gate.set()
    assert made.lanes.close(10)


def test_jobs_run_side_by_side_in_named_threads(pool: Pool) -> None:
    together = threading.Barrier(4)

    def job() -> str:
        together.wait(10)
        return threading.current_thread().name

    for _ in range(3):
        pool.lanes.submit(job)
    assert (pool.lanes.free(), pool.lanes.finished()) == (0, [])
    together.wait(10)
    pool.wait(3)
    assert sorted(pool.lanes.finished()) == ["lane-0", "lane-1", "lane-2"]
    assert pool.lanes.free() == 3


def test_the_owner_is_woken_after_the_result_is_there(pool: Pool) -> None:
    for n in range(200):
        pool.lanes.submit(lambda: "done")
        pool.wait(1)
        assert pool.lanes.finished() == ["done"], n


def test_what_a_job_raises_reaches_the_owner_after_earlier_results(pool: Pool) -> None:
    def fail() -> str:
        raise ValueError("against the rule")

    pool.lanes.submit(lambda: "first")
    pool.wait(1)
    pool.lanes.submit(fail)
    pool.wait(1)
    assert pool.lanes.finished() == ["first"]
    with pytest.raises(ValueError, match="against the rule"):
        pool.lanes.finished()
    assert pool.lanes.free() == 3


def test_a_lane_outlives_a_job_that_raises(pool: Pool) -> None:
    def fail() -> str:
        raise KeyboardInterrupt

    for _ in range(4):
        pool.lanes.submit(fail)
        pool.wait(1)
        with pytest.raises(KeyboardInterrupt):
            pool.lanes.finished()
    pool.lanes.submit(lambda: "alive")
    pool.wait(1)
    assert pool.lanes.finished() == ["alive"]


def test_closing_waits_no_longer_than_the_grace() -> None:
    pool = Pool(1)
    pool.lanes.submit(pool.held)
    assert pool.lanes.close(0.01) is False
    pool.gate.set()
    pool.wait(1)
