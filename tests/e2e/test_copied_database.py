"""A copied folder starts nothing until a person has said what it is; then it does as was said."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.house import House, Process
from tests.e2e.wait import eventually

pytestmark = [pytest.mark.process, pytest.mark.timeout(90)]

ITEM = {"item_id": "A", "name": "Item", "sku": "A", "rate": 1}


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[House]:
    """A house that ran, was stopped, and was copied beside itself."""
    first = House(tmp_path / "first")
    made = House(tmp_path / "second")
    try:
        process = first.up()
        first.ended(first.accepted(ITEM))
        assert process.terminate() == 0
        shutil.copytree(first.dir, made.dir)
        yield made
    finally:
        first.close()
        made.close()


def refused(house: House, name: str, verb: str, *args: str) -> str:
    process = house.start(name, verb, *args)
    code = eventually(f"{verb} ends", 30, process.ended)
    assert code == 2, process.said()
    return process.said()


def test_a_copy_starts_nothing_until_it_is_adopted(copied: House) -> None:
    ports = ("--port", "0", "--sandbox-port", "0")
    said = refused(copied, "up", "up", *ports)
    assert "this database was at home in" in said
    assert f"tidegate db adopt --dir {copied.dir} --environment local --as copy" in said
    for verb in ("processor", "relay"):
        assert "at home in" in refused(copied, verb, verb)
    assert "at home in" in refused(copied, "ingest", "ingest", "--port", "0")
    args = ["db", "adopt", "--as", "copy", "--dir", str(copied.dir)]
    adopting = Process(copied.folder, "adopt", args, {}, forked=True)
    assert eventually("it is adopted", 30, adopting.ended) == 0, adopting.said()
    copied.up()
    waiting = copied.accepted({**ITEM, "sku": "B", "item_id": "B"})
    status = copied.start("status", "status", "-o", "json")
    eventually("status ends", 30, status.ended)
    assert '"kind": "copy"' in status.said()
    assert copied.event(waiting)["state"] == "pending"
    resuming = copied.start("resume", "resume", "--reason", "it may write")
    assert eventually("it is resumed", 30, resuming.ended) == 0, resuming.said()
    copied.ended(waiting)


def test_every_role_is_among_the_processes_until_it_ends(copied: House) -> None:
    with closing(sqlite3.connect(copied.database)) as connection:
        row = connection.execute("SELECT role, ended_at IS NOT NULL FROM process").fetchone()
        kept = connection.execute("SELECT text FROM config_version").fetchone()
    assert row == ("up", 1)
    assert "sources" in kept[0]
