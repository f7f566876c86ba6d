"""A database that is not where it was is used by nobody until a person has said what it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sql import install
from sql.database import Database
from sql.install import CONTAINER, Place, check, host, kept, place_of
from sql.processes import Presence, Process, differences, live
from sql.sqlite import SqliteDatabase
from tidegate.clock import ManualClock
from tidegate.errors import ConfigError
from tidegate.testing import migrated

UUID = "01a1fc1d-0000-7000-8000-000000000001"
OTHER = "01a1fc1d-0000-7000-8000-000000000002"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteDatabase]:
    with closing(migrated(tmp_path / "here.sqlite", clock)) as made:
        yield made


def test_the_first_start_makes_its_place_the_home(db: Database) -> None:
    assert kept(db) is None
    here = place_of(db, "local")
    check(db, here, UUID)
    check(db, here, OTHER)
    home = kept(db)
    assert home is not None
    assert (home["uuid"], home["database_name"]) == (UUID, here.database)


def test_a_copied_file_is_refused_with_every_way_out(
    db: SqliteDatabase, tmp_path: Path, clock: ManualClock
) -> None:
    check(db, place_of(db, "local"), UUID)
    db.close()
    shutil.copy(db.path, tmp_path / "there.sqlite")
    moved = r"here\.sqlite on .* now in .*there\.sqlite"
    with (
        closing(SqliteDatabase(tmp_path / "there.sqlite", clock)) as copy,
        pytest.raises(ConfigError, match=moved) as told,
    ):
        check(copy, place_of(copy, "local"), OTHER, "--dir d")
    for kind in ("moved", "copy", "restored --last-good TIME"):
        command = f"tidegate db adopt --dir d --environment local --as {kind}"
        assert command in told.value.next_step


@pytest.mark.parametrize(
    "other",
    [{"server": "elsewhere"}, {"database": "other"}, {"environment": "production"}],
)
def test_whatever_of_the_place_differs_is_refused(db: Database, other: dict[str, Any]) -> None:
    here = place_of(db, "local")
    check(db, here, UUID)
    with pytest.raises(ConfigError):
        check(db, replace(here, **other), OTHER)


@pytest.mark.parametrize(("file", "same"), [(False, True), (True, False)])
def test_names_on_a_server_have_no_case_and_paths_do(*, file: bool, same: bool) -> None:
    one = Place("SRV", "Tidegate", "test", file)
    assert one.same(replace(one, server="srv"))
    assert one.same(replace(one, database="tidegate")) is same


def test_a_container_s_name_is_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_IN_CONTAINER", ())
    assert host({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}) == CONTAINER
    monkeypatch.setattr("platform.node", lambda: "Desk.fritz.box")
    assert host({}) == "Desk"


def process(uuid: str, **other: Any) -> Process:
    made = Process(uuid, "up", "desk", 7, "0.1.0", "c" * 64, '{"a":1}')
    return replace(made, **other)


def test_a_process_is_seen_until_it_ends(db: Database, clock: ManualClock) -> None:
    mine, killed = Presence(db, process(UUID)), Presence(db, process(OTHER))
    mine.begin()
    killed.begin()
    clock.advance(30.0)
    assert mine.step(5.0) == 15.0
    clock.advance(30.0)
    assert [row["uuid"] for row in live(db)] == [UUID]
    mine.end()
    assert live(db) == []


def test_a_configuration_is_kept_once(db: Database) -> None:
    for uuid in (UUID, OTHER):
        Presence(db, process(uuid)).begin()
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT version, text FROM config_version").fetchall()
    assert [tuple(row) for row in rows] == [("c" * 64, '{"a":1}')]


def test_processes_that_differ_are_told(db: Database) -> None:
    Presence(db, process(UUID)).begin()
    assert differences(live(db)) == []
    Presence(db, process(OTHER, version="0.2.0", config_version="d" * 64)).begin()
    releases, configurations = differences(live(db))
    assert "0.1.0: up desk:7; 0.2.0: up desk:7" in releases
    assert "configurations" in configurations
