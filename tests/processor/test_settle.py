"""What a settlement writes of an applied event."""

from __future__ import annotations

from pathlib import Path

from tests.processor.bench import House
from tidegate import canon


def test_what_subscribers_are_told_is_canonical(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.run(2)
    event = house.post("HD-1", 'Disk "2" ä')
    house.until("applied", event)
    (row,) = house.rows("SELECT data, event_uuid FROM outbox")
    told = canon.parse(row["data"].encode())
    house.close()
    assert canon.text(told) == row["data"]
    assert isinstance(told, dict)
    assert told["event_id"] == event
    assert told["new"] == {"displayName": 'Disk "2" ä', "number": "HD-1"}
    assert told["old"] is None
