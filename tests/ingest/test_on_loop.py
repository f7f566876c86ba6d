"""The writer on the event loop: one batch a turn, and the thread where anybody would wait."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from ingest.arrival import Accepted, Arrival, Peer
from ingest.on_loop import AWAY, QUIET, SLOW, TURNS, OnLoop
from ingest.writer import Writer
from sql.sqlite import SqliteDatabase
from tests.ingest.bench import rows
from tidegate.clock import ManualClock
from tidegate.errors import StoreBusy, StoreError
from tidegate.testing import Pipeline, arrival

Told = Sequence[tuple[int, Accepted | StoreError]]


class Bench:
    """A writer on a loop; `woken` counts how often its thread was called for."""

    def __init__(self, pipe: Pipeline, on_commit: Callable[[], None] = lambda: None) -> None:
        assert isinstance(pipe.db, SqliteDatabase)
        self.pipe, self.db = pipe, pipe.db
        self.clock = ManualClock()
        self.batches: list[Told] = []
        self.woken = 0
        self.on_commit = on_commit
        self.writer: Writer[int] = Writer(
            pipe.db, "sandbox", random.Random(1), lambda _: None, lambda: 0.0, self._answer
        )
        self.on_loop = OnLoop(self.writer, self.db, self._wake, self.clock)

    def send(self, *numbers: int) -> None:
        """Put arrivals in line within one turn of a loop, and let the next turns come."""
        asyncio.run(self._send(numbers))

    async def _send(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.writer.submit(number, self._item(number))
            self.on_loop.wake()
        for _ in range(TURNS + 1):
            await asyncio.sleep(0)

    def _item(self, number: int) -> Arrival:
        record = {"item_id": str(number), "name": "Disk"}
        made = arrival(self.pipe.ids, self.pipe.config, record)
        return replace(made, peer=Peer(connection=number % 10))

    def _answer(self, told: Told) -> None:
        self.batches.append(told)
        self.on_commit()

    def _wake(self) -> None:
        self.woken += 1


def tickets(bench: Bench) -> list[list[int]]:
    return [[ticket for ticket, _ in batch] for batch in bench.batches]


def test_what_comes_in_one_turn_is_one_batch_and_needs_no_thread(pipe: Pipeline) -> None:
    bench = Bench(pipe)
    bench.send(1, 2, 3)
    assert (tickets(bench), bench.woken) == ([[1, 2, 3]], 0)
    assert len(rows(pipe.db, "SELECT * FROM inbox")) == 3


def test_a_lock_of_somebody_else_is_left_to_the_thread_and_the_order_stays(
    pipe: Pipeline,
) -> None:
    bench = Bench(pipe)
    with closing(sqlite3.connect(bench.db.path, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        bench.send(1, 2)
        assert (bench.batches, bench.woken, bench.writer.waiting()) == ([], 1, 2)
        stranger.execute("ROLLBACK")
    bench.writer.step(0.0)
    assert tickets(bench) == [[1, 2]]


def test_a_turn_that_is_taken_is_not_waited_for(pipe: Pipeline) -> None:
    bench = Bench(pipe)
    with bench.db.at_once():
        with pytest.raises(StoreBusy), bench.db.at_once():
            pass
        bench.send(1)
    assert (bench.batches, bench.woken) == ([], 1)


def test_while_the_thread_commits_a_batch_the_loop_begins_none(pipe: Pipeline) -> None:
    bench = Bench(pipe)
    with bench.writer._stepping:
        bench.send(1)
    assert (bench.batches, bench.woken) == ([], 1)


def test_after_a_slow_commit_the_thread_has_the_writer_for_a_while(pipe: Pipeline) -> None:
    bench = Bench(pipe, on_commit=lambda: bench.clock.advance(SLOW * 2))
    bench.send(1)
    bench.send(2)
    assert (tickets(bench), bench.woken) == ([[1]], 1)
    bench.clock.advance(AWAY)
    bench.send(3)
    assert tickets(bench) == [[1], [2, 3]]


def test_a_batch_waits_a_moment_for_those_who_were_just_answered(pipe: Pipeline) -> None:
    bench = Bench(pipe)

    async def senders() -> None:
        await bench._send([1, 2])
        await bench._send([3, 11])
        assert tickets(bench) == [[1, 2]]
        await bench._send([12])
        assert tickets(bench) == [[1, 2], [3, 11, 12]]

    asyncio.run(senders())


def test_who_is_answered_and_sends_nothing_more_is_not_waited_for_long(pipe: Pipeline) -> None:
    bench = Bench(pipe)

    async def senders() -> None:
        await bench._send([1, 2])
        await bench._send([3])
        bench.clock.advance(QUIET * 2)
        await bench._send([])

    asyncio.run(senders())
    assert tickets(bench) == [[1, 2], [3]]
