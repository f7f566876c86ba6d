"""The disk floor: below it nothing is accepted, and looking costs nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from ingest.disk import DiskFloor
from tidegate.clock import ManualClock

FLOOR = 1000


class Usage(NamedTuple):
    """What `shutil.disk_usage` tells."""

    free: int


class Disk:
    """A disk as full as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = FLOOR
        self.looks = 0
        monkeypatch.setattr(shutil, "disk_usage", self._look)

    def _look(self, path: Path) -> Usage:
        self.looks += 1
        if self.free < 0:
            raise FileNotFoundError(path)
        return Usage(self.free)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_below_the_floor_it_is_low_and_above_it_no_more(disk: Disk, tmp_path: Path) -> None:
    clock = ManualClock()
    floor = DiskFloor(tmp_path, FLOOR, clock)
    found = []
    for free in (FLOOR, FLOOR - 1, 0, FLOOR):
        disk.free = free
        clock.advance(1)
        found.append(floor.low())
    assert found == [False, True, True, False]


def test_it_looks_once_a_second_at_most(disk: Disk, tmp_path: Path) -> None:
    clock = ManualClock()
    floor = DiskFloor(tmp_path, FLOOR, clock)
    for _ in range(100):
        floor.low()
        clock.advance(0.05)
    assert disk.looks == 5


def test_nobody_looks_where_it_is_off_or_the_disk_is_not_ours(disk: Disk, tmp_path: Path) -> None:
    disk.free = 0
    clock = ManualClock()
    off = [DiskFloor(tmp_path, 0, clock), DiskFloor(None, FLOOR, clock), DiskFloor.none()]
    assert [each.low() for each in off] == [False, False, False]
    assert disk.looks == 0


def test_a_folder_that_cannot_be_asked_keeps_what_was_known(disk: Disk, tmp_path: Path) -> None:
    clock = ManualClock()
    floor = DiskFloor(tmp_path, FLOOR, clock)
    disk.free = 0
    assert floor.low()
    disk.free = -1
    clock.advance(1)
    assert floor.low()


def test_a_real_disk_has_room(tmp_path: Path) -> None:
    assert not DiskFloor(tmp_path, 1, ManualClock()).low()
