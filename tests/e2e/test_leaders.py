"""Two processors on one database: one leads, the other takes over, the first is fenced out."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sql.oslock import FileLock
from tests.e2e.house import House, Process
from tests.e2e.wait import eventually, measured, stays

pytestmark = [pytest.mark.process, pytest.mark.timeout(90)]

FAILOVER_LIMIT = 5.0
"""Seconds, generous; what is promised is 2 on a machine that does nothing else."""

TAKEOVER_LIMIT = 20.0
GET_DELAY_MS = 1500


@pytest.fixture
def pair(parts: House) -> tuple[House, Process, Process]:
    """Ingest, sandbox and two processors; the first of the two leads."""
    parts.with_schema()
    parts.sandbox_alone()
    parts.ingest()
    first = parts.processor("first")
    eventually("the first leads", 10, lambda: parts.led_by(first))
    return parts, first, parts.processor("second")


def item(sku: str, rate: int) -> dict[str, Any]:
    return {"item_id": sku, "name": "Item", "sku": sku, "rate": rate}


def terms(event: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(each["term"], each["kind"], each["outcome"]) for each in event["attempts"]]


def turn(database: Path) -> FileLock:
    """What every writer takes before it begins a transaction."""
    return FileLock(database.with_name(f"{database.name}.turn"))


def between_transactions(database: Path) -> bool:
    with closing(turn(database)) as lock:
        return lock.try_acquire()


def freeze(process: Process, may_freeze: Callable[[], bool]) -> None:
    """SIGSTOP a process at a moment at which `may_freeze` says that it holds nothing."""

    def look() -> bool | None:
        process.signal(signal.SIGSTOP)
        # A stop is not at once: what `may_freeze` sees must be what stays.
        threading.Event().wait(0.01)
        if may_freeze():
            return True
        process.signal(signal.SIGCONT)
        return None

    eventually(f"{process.name} is frozen between transactions", 5, look)


def test_a_killed_leader_is_followed_within_two_seconds(
    pair: tuple[House, Process, Process],
) -> None:
    house, first, second = pair
    before = house.ended(house.accepted(item("A", 1)))
    epoch = house.leader()["epoch"]
    assert terms(before) == [(epoch, "write", "applied")]
    first.kill()
    killed = time.monotonic()
    after = house.ended(house.accepted(item("B", 1)), seconds=FAILOVER_LIMIT)
    measured(f"kill -9 to the standby's first settlement: {time.monotonic() - killed:.2f} s")
    assert terms(after) == [(epoch + 1, "write", "applied")]
    assert house.led_by(second)
    assert [each["count"] for each in house.effects()] == [1, 1]


def test_a_leader_that_slept_changes_nothing_and_sends_nothing(
    pair: tuple[House, Process, Process],
) -> None:
    house, first, second = pair
    house.ended(house.accepted(item("A", 1)))
    epoch = house.leader()["epoch"]
    # It falls asleep after its claim and before its write: the read's answer comes meanwhile.
    house.fault(delay_ms=GET_DELAY_MS, match="GET /api")
    open_one = house.accepted(item("A", 2))
    eventually("the read is under way", 5, lambda: not fault_is_there(house) or None)
    freeze(first, lambda: between_transactions(house.database))
    slept = time.monotonic()
    waiting = house.accepted(item("B", 1))
    house.ended(waiting, seconds=TAKEOVER_LIMIT)
    measured(f"SIGSTOP to the standby's first settlement: {time.monotonic() - slept:.2f} s")
    settled = house.ended(open_one)
    assert house.led_by(second)
    # Whatever is written from here on would use up this fault.
    house.fault(status=503, times=1)
    before = (house.ledger(), settled, house.event(waiting))
    with closing(turn(house.database)) as lock:
        # It cannot learn from the database that another leads: its beat's age alone stops it.
        lock.acquire()
        first.signal(signal.SIGCONT)
        stays("the sleeper sends nothing", 0.7, lambda: fault_is_there(house))
    first.says("(leader.down)", 10)
    stays("the deposed one sends nothing", 0.3, lambda: fault_is_there(house))
    assert (house.ledger(), house.event(open_one), house.event(waiting)) == before
    assert terms(settled)[0][0] == epoch
    assert {term for term, _, _ in terms(settled)[1:]} == {epoch + 1}
    assert terms(settled)[0][2] == "unknown"
    assert house.leader()["epoch"] == epoch + 1
    assert [each["count"] for each in house.effects()] == [1, 1, 1]


def fault_is_there(house: House) -> bool:
    return bool(house.sandbox.get("/sandbox/faults").json())
