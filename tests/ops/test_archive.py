"""The archive is written and read by its members: what one of them is does not depend on others."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ops import archive as module
from ops.adoption import adopt
from ops.archive import Archive
from ops.members import members
from ops.who import Who
from sql.install import check, place_of
from sql.sqlite import SqliteDatabase
from tidegate.clock import ManualClock
from tidegate.errors import ConfigError
from tidegate.testing import migrated

AT = datetime(2027, 1, 31, tzinfo=UTC)
JANE = {"source": "zoho", "entity": "customers", "entity_id": "Jäne"}


def record(uuid: str, entity_id: str = "x") -> dict[str, Any]:
    event = {"uuid": uuid, "source": "zoho", "entity": "customers", "entity_text": entity_id}
    return {"inbox": event, "payload": {}}


def uuids(archive: Archive) -> list[str]:
    return [each["inbox"]["uuid"] for each in archive.events()]


def test_a_full_file_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FULL", 1)
    for n in range(3):
        Archive(tmp_path).append([record(str(n))], AT)
    names = [path.name for path in Archive(tmp_path).files()]
    assert names == [f"tidegate-events-2027-01{n}.jsonl.gz" for n in ("", "_0002", "_0003")]
    assert uuids(Archive(tmp_path)) == ["0", "1", "2"]


def test_what_this_process_left_whole_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path)
    archive.append([record("1")], AT)
    monkeypatch.setattr(Path, "read_bytes", None)
    archive.append([record("2")], AT)


def test_half_a_member_is_cut_off_before_the_next_is_written(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.append([record("1")], AT)
    with archive.files()[0].open("ab") as file:
        file.write(b"\x1f\x8b\x08half")
    archive.append([record("2")], AT)
    assert uuids(archive) == ["1", "2"]
    assert sum(len(each.raw) for each in members(archive.files()[0].read_bytes())) == (
        archive.files()[0].stat().st_size
    )


def test_what_is_damaged_costs_none_of_what_is_behind_it(tmp_path: Path) -> None:
    for n in range(3):
        Archive(tmp_path).append([record(str(n))], AT)
    file = Archive(tmp_path).files()[0]
    data = bytearray(file.read_bytes())
    first = next(members(bytes(data)))
    data[first.end + 30] ^= 0xFF
    file.write_bytes(data)
    Archive(tmp_path).append([record("3")], AT)
    assert uuids(Archive(tmp_path)) == ["0", "2", "3"]


def test_one_record_is_forgotten_and_the_rest_stays_the_owners_alone(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.append([record("1", "Jäne"), record("2", "jäne")], AT)
    archive.append([record("3")], AT)
    archive.append([record("4", "Jäne")], AT)
    assert archive.holds(JANE)
    assert [archive.forget(path, JANE) for path in archive.files()] == [2]
    assert uuids(archive) == ["2", "3"]
    assert stat.S_IMODE(archive.files()[0].stat().st_mode) == 0o600
    assert not archive.holds(JANE)


def test_a_file_of_nothing_but_one_record_goes(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.append([record("1", "Jäne")], AT)
    archive.forget(archive.files()[0], JANE)
    assert archive.files() == []
    archive.append([record("2")], AT)
    assert uuids(archive) == ["2"]


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[list[SqliteDatabase]]:
    """Two, each at home in a file of its own."""
    with ExitStack() as stack:
        made = [migrated(tmp_path / name, ManualClock()) for name in ("a", "b")]
        for n, db in enumerate(made):
            stack.callback(db.close)
            check(db, place_of(db, "test"), f"01a1fc1d-0000-7000-8000-00000000000{n}")
        yield made


def test_two_houses_that_share_a_folder_neither_write_nor_read_each_other_s(
    tmp_path: Path, houses: list[SqliteDatabase]
) -> None:
    first, second = (Archive.of(db, tmp_path / "archive") for db in houses)
    first.append([record("1", "Jäne")], AT)
    second.append([record("2", "Jäne")], AT)
    assert (uuids(first), uuids(second)) == (["1"], ["2"])
    assert second.find("1") is None
    assert [second.forget(path, JANE) for path in second.files()] == [1]
    assert uuids(first) == ["1"]


def test_a_copy_leaves_the_archive_of_the_other_alone(
    tmp_path: Path, houses: list[SqliteDatabase]
) -> None:
    db = houses[0]
    Archive.of(db, tmp_path / "archive").append([record("1")], AT)
    uuid = "01a1fc1d-0000-7000-8000-000000000009"
    who = Who("cli:ann", "cli", "desk")
    adopt(db, who, place_of(db, "test"), uuid, "c", "copy", None, "a test")
    assert uuids(Archive.of(db, tmp_path / "archive")) == []


def test_without_an_installation_there_is_no_archive(tmp_path: Path) -> None:
    with (
        closing(migrated(tmp_path / "t", ManualClock())) as db,
        pytest.raises(ConfigError, match="nobody has started"),
    ):
        Archive.of(db, tmp_path)
