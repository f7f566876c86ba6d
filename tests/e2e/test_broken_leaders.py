"""Leaders that break in every way a database server knows: each effect once, in order."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from lab.live.proxy import Proxy
from sql.database import Database
from tests.e2e.house import House, Process
from tests.e2e.server import SETTINGS, ServerHouse, item, rates, server_database
from tests.e2e.wait import eventually, stays
from tests.sql.databases import KINDS

pytestmark = [
    pytest.mark.process,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc"),
]

LIMIT = 120.0
"""Seconds, generous: the stand-in is slow where a session does something for the first time."""

TRAPPED = Path(__file__).with_name("trapped.py")
PICTURES = range(2, 12)
RESTART = os.environ.get("TEST_MSSQL_RESTART", "")


@pytest.fixture(scope="module")
def on_server() -> Iterator[tuple[str, Database]]:
    with server_database("leaders") as found:
        yield found


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Ingest and sandbox, on SQL Server unless a test says where."""
    made: House
    if getattr(request, "param", "mssql") == "sqlite":
        made = House(tmp_path)
        made.with_schema()
        (tmp_path / "tidegate.toml").write_text(SETTINGS)
    else:
        made = ServerHouse(tmp_path, *request.getfixturevalue("on_server"))
    try:
        made.sandbox_alone()
        made.ingest()
        yield made
    finally:
        made.close()


def leader(house: House, script: Path | None = None, env: dict[str, str] | None = None) -> Process:
    """The first processor, which leads and has made the item."""
    first = house.processor("first", script, env)
    eventually("the first leads", LIMIT, lambda: house.led_by(first))
    house.ended(house.accepted(item("A", 1)), seconds=LIMIT)
    return first


def stopped(process: Process) -> bool | None:
    """True while it is frozen."""
    stat = Path(f"/proc/{process.pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "T" or None


def attempts(house: House, event: str) -> list[tuple[int, str, str]]:
    return [
        (each["term"], each["kind"], each["outcome"]) for each in house.event(event)["attempts"]
    ]


@pytest.mark.parametrize(
    ("house", "where"),
    [(KINDS[1], "before"), *((kind, "after") for kind in KINDS)],
    indirect=["house"],
)
def test_a_leader_that_froze_on_either_side_of_its_check_changes_nothing(
    house: House, where: str
) -> None:
    first = leader(house, TRAPPED, {"TRAP": where, "TRAP_AT": "2"})
    epoch = house.leader()["epoch"]
    second = house.processor("second")
    open_one = house.accepted(item("A", 2))
    eventually("the first is frozen", LIMIT, lambda: stopped(first))
    house.ended(house.accepted(item("A", 3)), seconds=LIMIT)
    assert house.led_by(second)
    first.signal(signal.SIGCONT)
    first.says("(leader.down)", LIMIT)
    # Stopping waits for what its lanes still do.
    assert first.terminate() == 0
    assert rates(house, "A") == [1, 2, 3]
    assert attempts(house, open_one)[0] == (epoch, "write", "unknown")
    assert {term for term, _, _ in attempts(house, open_one)[1:]} == {epoch + 1}


@pytest.mark.mssql
def test_a_leader_whose_sessions_are_killed_during_a_write_repeats_nothing(
    house: ServerHouse,
) -> None:
    first = leader(house)
    house.processor("second")
    epoch = house.leader()["epoch"]
    house.fault(delay_ms=1500, match="PATCH")
    open_one = house.accepted(item("A", 2))
    eventually("the write is under way", LIMIT, lambda: not fault_is_there(house) or None)
    house.kill_sessions(house.sessions(first))
    house.ended(house.accepted(item("A", 3)), seconds=LIMIT)
    first.says("(leader.down)", LIMIT)
    assert house.leader()["epoch"] > epoch
    assert rates(house, "A") == [1, 2, 3]
    assert attempts(house, open_one)[0] == (epoch, "write", "unknown")


@pytest.mark.mssql
def test_a_leader_that_lost_its_lock_unawares_sends_nothing(house: ServerHouse) -> None:
    second = leader(house)
    with closing(Proxy(house.server)) as database, closing(Proxy(house.erp)) as erp:
        # However slow the server is: the age of its beat is not what keeps it from sending here.
        env = house.through(database.port, erp.port) | {"TRUST": "600"}
        first = house.processor("first", TRAPPED, env)
        house.kill_sessions(house.sessions(second, "%lock"))
        eventually("the first leads", LIMIT, lambda: house.led_by(first))
        house.ended(house.accepted(item("A", 2)), seconds=LIMIT)
        house.fault(delay_ms=1500, match="GET /api")
        house.accepted(item("A", 3))
        eventually("the read is under way", LIMIT, lambda: not fault_is_there(house) or None)
        erp.stall()
        database.stall()
        house.kill_sessions(house.sessions(first))
        house.ended(house.accepted(item("A", 4)), seconds=LIMIT)
        assert house.led_by(second)
        erp.go_on()
        stays("the first sends nothing", 5, lambda: rates(house, "A") == [1, 2, 3, 4])
        database.go_on()
        first.says("(leader.down)", LIMIT)
        assert first.terminate() == 0
    assert rates(house, "A") == [1, 2, 3, 4]


@pytest.mark.mssql
@pytest.mark.skipif(not RESTART, reason="TEST_MSSQL_RESTART names no command")
def test_a_restart_of_the_database_loses_and_doubles_nothing(house: ServerHouse) -> None:
    leader(house)
    house.processor("second")
    epoch = house.leader()["epoch"]
    restart = subprocess.Popen(shlex.split(RESTART), stdout=subprocess.DEVNULL)
    last = [eventually(f"{rate} is taken", LIMIT, partial(taken, house, rate)) for rate in PICTURES]
    assert restart.wait(LIMIT) == 0
    last.append(house.accepted(item("A", PICTURES[-1] + 1)))
    house.ended(last[-1], seconds=LIMIT)
    assert house.leader()["epoch"] > epoch
    assert rates(house, "A") == [1, *PICTURES, PICTURES[-1] + 1]


def fault_is_there(house: House) -> bool:
    return bool(house.sandbox.get("/sandbox/faults").json())


def taken(house: House, rate: int) -> str | None:
    posted = house.product(item("A", rate))
    return str(posted.json()["event_id"]) if posted.status_code == 202 else None
