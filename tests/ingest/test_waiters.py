"""One poller serves all who wait; it asks the database only while somebody does."""

from __future__ import annotations

import asyncio

from ingest.waiters import FOREVER, LONGEST, SHORTEST, Waiters
from tests.ingest.bench import Between
from tidegate.errors import StoreUnavailable
from tidegate.testing import Pipeline


def end(pipe: Pipeline, event: object, state: str = "applied", status: int | None = 200) -> None:
    with pipe.db.engine.begin() as connection:
        given = (state, status, str(event))
        connection.exec_driver_sql(
            "UPDATE inbox SET state = ?, answer_status = ? WHERE uuid = ?", given
        )
        connection.exec_driver_sql("UPDATE payload SET answer = ?", (b"{}",))


def posted(pipe: Pipeline, number: str = "1") -> str:
    return str(pipe.post({"item_id": number, "name": "Disk"}).event_id)


def test_nobody_waits_and_nothing_is_asked(pipe: Pipeline) -> None:
    db = Between(pipe.db)
    assert Waiters(db, lambda: None).step(5.0) == 5.0 + FOREVER
    assert db.calls == []


def test_who_waits_is_told_the_end_with_its_answer(pipe: Pipeline) -> None:
    waiters, event = Waiters(pipe.db, lambda: None), posted(pipe)

    async def scene() -> object:
        waiting = asyncio.create_task(waiters.wait(event, 5.0))
        await asyncio.sleep(0)
        waiters.step(0.0)
        end(pipe, event)
        waiters.settled([event])
        waiters.step(0.0)
        return await waiting

    found = asyncio.run(scene())
    assert repr(found) == "Ended(state='applied', status=200, answer=b'{}')"


def test_one_statement_serves_all_who_wait(pipe: Pipeline) -> None:
    db, events = Between(pipe.db), [posted(pipe, str(n)) for n in range(3)]
    waiters = Waiters(db, lambda: None)

    async def scene() -> None:
        waiting = [asyncio.create_task(waiters.wait(event, 5.0)) for event in events for _ in "ab"]
        await asyncio.sleep(0)
        for event in events:
            end(pipe, event)
        waiters.step(0.0)
        assert len([each for each in await asyncio.gather(*waiting) if each]) == 6

    asyncio.run(scene())
    assert db.calls == ["events/answers"]


def test_the_pause_grows_from_the_shortest_to_the_longest(pipe: Pipeline) -> None:
    waiters, event = Waiters(pipe.db, lambda: None), posted(pipe)

    async def scene() -> list[float]:
        waiting = asyncio.create_task(waiters.wait(event, 5.0))
        await asyncio.sleep(0)
        now, pauses = 0.0, []
        for _ in range(12):
            due = waiters.step(now)
            pauses.append(round(due - now, 6))
            now = due
        waiting.cancel()
        return pauses

    pauses = asyncio.run(scene())
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (SHORTEST, LONGEST)


def test_it_does_not_ask_before_its_pause_is_over_unless_it_is_told(pipe: Pipeline) -> None:
    db, event = Between(pipe.db), posted(pipe)
    waiters = Waiters(db, lambda: None)

    async def scene() -> None:
        waiting = asyncio.create_task(waiters.wait(event, 5.0))
        await asyncio.sleep(0)
        due = waiters.step(0.0)
        assert waiters.step(due - 0.001) == due
        assert len(db.calls) == 1
        waiters.settled(["another event"])
        waiters.step(due - 0.001)
        assert len(db.calls) == 1
        waiters.settled([event])
        waiters.step(due - 0.001)
        assert len(db.calls) == 2
        waiting.cancel()

    asyncio.run(scene())


def test_who_waited_long_enough_is_told_nothing_and_is_forgotten(pipe: Pipeline) -> None:
    db, event = Between(pipe.db), posted(pipe)
    waiters = Waiters(db, lambda: None)
    assert asyncio.run(waiters.wait(event, 0.001)) is None
    assert waiters.step(1.0) == 1.0 + FOREVER
    assert db.calls == []


def test_a_database_that_is_gone_leaves_the_callers_waiting(pipe: Pipeline) -> None:
    def gone(doc: object) -> None:
        raise StoreUnavailable("gone")

    db, event = Between(pipe.db, answers=gone), posted(pipe)
    waiters = Waiters(db, lambda: None)

    async def scene() -> object:
        waiting = asyncio.create_task(waiters.wait(event, 5.0))
        await asyncio.sleep(0)
        due = waiters.step(0.0)
        db.before.clear()
        end(pipe, event)
        waiters.step(due)
        return await waiting

    assert asyncio.run(scene()) is not None


def test_the_poller_is_woken_when_somebody_begins_to_wait(pipe: Pipeline) -> None:
    woken: list[int] = []
    waiters = Waiters(pipe.db, lambda: woken.append(1))
    asyncio.run(waiters.wait(posted(pipe), 0.001))
    assert woken == [1]
