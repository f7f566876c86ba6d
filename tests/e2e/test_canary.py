"""A canary: a share of the keys goes to each of two adapters, and a key stays where it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import House, Process
from tests.e2e.legacy_erp import house_of_functions, written
from tests.e2e.test_purchasing import CENTRAL

pytestmark = pytest.mark.process


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = house_of_functions(tmp_path)
    yield made
    made.close()


def _up(house: House, percent: int) -> Process:
    url = str(house.sandbox.base_url).rstrip("/")
    mode = {"ERP_MODE": "canary", "CANARY_PERCENT": str(percent), "MY_ERP_URL": url}
    return house.up_alone(**CENTRAL, **mode)


def _write(house: House, name: str, numbers: range) -> None:
    """A state of each of these items, applied."""
    events = [
        house.accepted({"item_id": str(460000 + n), "name": f"{name} {n}", "sku": f"S-{n}"})
        for n in numbers
    ]
    for event in events:
        house.ended(event, seconds=30)


def _official(house: House) -> list[str]:
    return [each["key"] for each in house.ledger() if each["entity"] == "items"]


def test_half_of_the_keys_go_to_each_and_stay_there_when_the_share_changes(house: House) -> None:
    first = _up(house, 50)
    _write(house, "Disk", range(40))
    official, legacy = _official(house), written(house.folder)
    assert sorted(official + legacy) == sorted(f"S-{n}" for n in range(40))
    assert 10 <= len(official) <= 30
    assert first.terminate() == 0
    _up(house, 100)
    _write(house, "Drive", range(40))
    assert sorted(_official(house)[len(official) :]) == sorted(official)
    assert sorted(written(house.folder)[len(legacy) :]) == sorted(legacy)
    _write(house, "Disk", range(40, 50))
    assert len(written(house.folder)) == 2 * len(legacy)
