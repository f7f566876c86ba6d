"""A payload that kills the process, among a hundred: it alone is quarantined."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from sql.open import open_database
from tests.e2e.house import House, Process
from tests.e2e.wait import eventually
from tidegate.clock import SystemClock

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

ADAPTER = '''
"""An ERP whose client library takes the whole process down at one record."""

import os
from pathlib import Path

from tidegate import Applied, Capability, NotApplied, Repeat

WRITTEN = Path(__file__).with_name("written.txt")


class Killer:
    commands = {"items.upsert": Capability(Repeat.CONDITIONAL)}

    def apply(self, command, effect_key):
        command.sending(b"{}", None)
        if command.key == "KILLER":
            os._exit(9)
        with WRITTEN.open("a") as file:
            file.write(f"{effect_key}\\n")
        return Applied(new=dict(command.values))

    def probe(self, command, effect_key):
        done = WRITTEN.exists() and str(effect_key) in WRITTEN.read_text().split()
        return Applied(new=dict(command.values)) if done else NotApplied()

    def health(self):
        pass

    def close(self):
        pass
'''
CONFIG = '[adapters.killer]\nuse = "killer:Killer"\n'
AMONG = 100


def test_it_alone_is_quarantined_and_all_others_are_applied_once(tmp_path: Path) -> None:
    house = House(tmp_path, {"PYTHONPATH": str(tmp_path), "ERP_ADAPTER": "killer"})
    try:
        (tmp_path / "killer.py").write_text(ADAPTER)
        (tmp_path / "tidegate.toml").write_text(CONFIG)
        house.with_schema()
        house.ingest()
        made = [house.accepted(item(number)) for number in range(AMONG)]
        killer = made.pop(AMONG // 2)
        restarts = supervised(house, killer)
        assert restarts >= 3
        for each in made:
            house.ended(each, seconds=20)
        written = Counter((tmp_path / "written.txt").read_text().split())
        assert set(written.values()) == {1}
        assert set(written) == set(made)
        assert letters(house) == [(killer, "quarantined")]
    finally:
        house.close()


def item(number: int) -> dict[str, str]:
    sku = "KILLER" if number == AMONG // 2 else f"K-{number}"
    return {"item_id": str(number), "name": "Item", "sku": sku}


def supervised(house: House, killer: str) -> int:
    """Start the processor anew whenever it dies, until the killer is dead; how often it died."""
    starts = 0
    process: Process | None = None

    def look() -> int | None:
        nonlocal starts, process
        if house.event(killer)["state"] == "dead":
            return starts
        if process is None or process.ended() is not None:
            process = house.start(f"processor{starts}", "processor")
            starts += 1
        return None

    return eventually("the killer is quarantined", 90, look, every=0.1) - 1


def letters(house: House) -> list[tuple[str, str]]:
    database = open_database(None, None, house.dir, SystemClock(), "test")
    with closing(database), database.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT event_uuid, reason FROM dead_letter").all()
    return [(row[0], row[1]) for row in found]
