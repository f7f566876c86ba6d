"""A procedure and the settlement of its event are one transaction: both are there, or neither."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from erp.legacy.procedures import Procedures
from sql.mssql import MssqlDatabase
from sql.seal import verify
from tests.e2e.wait import eventually
from tests.sql.stores import every_row
from tests.sql.tds_proxy import TdsProxy
from tidegate.clock import ManualClock
from tidegate.errors import ConfigError
from tidegate.testing import Pipeline

pytestmark = pytest.mark.mssql
PROCEDURE = """
CREATE PROCEDURE dbo.SetItem @json nvarchar(max) AS
BEGIN
    DECLARE @key nvarchar(40) = JSON_VALUE(@json, '$.key');
    INSERT INTO dbo.alone_effects (effect_key, item)
    VALUES (JSON_VALUE(@json, '$.effect_key'), JSON_VALUE(@json, '$.values.displayName'));
    SELECT 1 AS held, 'of its own' AS now;
    IF @key = 'THROW' THROW 50017, 'the month is closed', 1;
    IF @key = 'RAISE' RAISERROR('no such item', 16, 1);
    IF @key = 'BROKEN' INSERT INTO dbo.alone_effects (effect_key) VALUES (NULL);
    IF @key = 'COMMIT' COMMIT;
    IF @key = 'ROLLBACK' ROLLBACK;
    IF @key = 'TWICE' BEGIN COMMIT; COMMIT; END;
    IF @key = 'DEPOSE' UPDATE tidegate.leader SET token = 'another' WHERE name = 'sync';
    IF @key = 'WAIT' UPDATE dbo.alone_gate SET n = n + 1;
    IF @key = 'SEVEN' RETURN 7;
END
"""
Build = Callable[..., Pipeline]


@pytest.fixture(scope="module")
def shop(engine: Engine) -> Engine:
    """The user's own table and procedure, in the house's database."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE dbo.alone_effects (effect_key nvarchar(40) NOT NULL, item nvarchar(99))"
        )
        connection.exec_driver_sql("CREATE TABLE dbo.alone_gate (n int NOT NULL)")
        connection.exec_driver_sql("INSERT INTO dbo.alone_gate VALUES (0)")
        connection.exec_driver_sql(PROCEDURE)
    return engine


@pytest.fixture
def build(
    tmp_path: Path, shop: Engine, server: MssqlDatabase, server_clock: ManualClock
) -> Iterator[Build]:
    made: list[Any] = []

    def _build(far: MssqlDatabase = server) -> Pipeline:
        adapter = Procedures(far, {"items.upsert": "dbo.SetItem"})
        pipe = Pipeline(tmp_path, adapter, clock=server_clock, database=server)
        made.extend((adapter, pipe.leadership))
        return pipe

    with shop.begin() as connection:
        connection.exec_driver_sql("DELETE FROM dbo.alone_effects")
    yield _build
    for each in made:
        each.close()
    assert verify(server) == []


@pytest.fixture
def proxy(mssql_dsn: str) -> Iterator[TdsProxy]:
    with TdsProxy(mssql_dsn) as proxy:
        yield proxy


@pytest.fixture
def far(proxy: TdsProxy) -> Iterator[MssqlDatabase]:
    """The same database on a line that can be cut."""
    with closing(MssqlDatabase(proxy.dsn, None, None, "tidegate far")) as db:
        db.read("events/ping", {})
        yield db


def post(pipe: Pipeline, key: str) -> str:
    return str(pipe.post({"item_id": key, "sku": key, "name": f"a {key}"}).event_id)


def effects(pipe: Pipeline) -> int:
    with pipe.db.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT COUNT(*) FROM dbo.alone_effects").scalar()
    return int(found or 0)


def state(pipe: Pipeline, event: str) -> str:
    return str(pipe.event(event)["state"])


def test_effect_record_and_outbox_are_there_together_and_the_key_goes_on(build: Build) -> None:
    pipe = build()
    adapter = pipe.adapter
    assert isinstance(adapter, Procedures)
    adapter.check()
    adapter.health()
    first = post(pipe, "A")
    pipe.run(10)
    found = every_row(pipe.db)
    [attempt], [row] = found["sync_attempt"], found["outbox"]
    assert (attempt["outcome"], attempt["decision"]) == ("applied", "applied")
    assert (state(pipe, first), row["event_uuid"], effects(pipe)) == ("applied", first, 1)
    assert b"EXEC dbo.SetItem " in found["attempt_body"][0]["request"]
    assert (found["sync_queue"], pipe.settled) == ([], [first])
    second = str(pipe.post({"item_id": "A", "sku": "A", "name": "another"}).event_id)
    pipe.run(10)
    assert (state(pipe, second), effects(pipe)) == ("applied", 2)


def test_what_the_procedure_refuses_or_ends_itself_is_undone_and_a_letter(build: Build) -> None:
    pipe = build()
    for key in ("THROW", "RAISE", "SEVEN", "COMMIT", "ROLLBACK", "BROKEN"):
        post(pipe, key)
    pipe.run(10)
    found = every_row(pipe.db)
    ended = "the procedure ended the transaction that it ran in; nothing of it stays"
    assert {row["error_class"]: row["message"] for row in found["dead_letter"]} == {
        "sql_50017": "the month is closed",
        "sql_50000": "no such item",
        "returned": "the procedure returned another code than 0",
        "transaction_ended": ended,
    }
    assert (len(found["dead_letter"]), effects(pipe)) == (5, 0)
    assert [row["decision"] for row in found["sync_attempt"]] == ["letter"] * 5 + ["later"]


def test_what_a_procedure_committed_in_spite_of_all_is_never_repeated(build: Build) -> None:
    pipe = build()
    post(pipe, "TWICE")
    pipe.run(10)
    [letter] = every_row(pipe.db)["dead_letter"]
    assert (letter["reason"], effects(pipe)) == ("unknown", 1)
    assert "its effect stays" in letter["message"]


def test_a_lost_fence_takes_the_procedure_with_it(build: Build) -> None:
    pipe = build()
    post(pipe, "DEPOSE")
    pipe.run(10)
    found = every_row(pipe.db)
    assert (effects(pipe), found["outbox"]) == (0, [])
    assert {row["outcome"] for row in found["sync_attempt"]} == {"notsent"}


@pytest.mark.parametrize("heals", [True, False])
def test_an_answer_that_is_lost_after_the_commit_is_no_second_effect(
    build: Build, far: MssqlDatabase, proxy: TdsProxy, heals: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = build(far)
    alone = vars(pipe.adapter)["_alone"]
    committed = alone.committed

    def looked(doc: Any) -> bool:
        proxy.cut_answers = not heals
        return bool(committed(doc))

    monkeypatch.setattr(alone, "committed", looked)
    monkeypatch.setattr(alone, "_connected", cut_after(alone, proxy))
    event = post(pipe, "A")
    pipe.run(20, 1.0)
    assert (state(pipe, event), effects(pipe)) == ("applied", 1)


def cut_after(alone: Any, proxy: TdsProxy) -> Callable[[], Any]:
    """A connection whose answers are cut as soon as it is there."""
    connected = alone._connected

    def connect() -> Any:
        made = connected()
        proxy.cut_answers = True
        return made

    return connect


def test_a_run_that_outlives_its_connection_cannot_come_after_its_repeat(
    build: Build, far: MssqlDatabase, proxy: TdsProxy, shop: Engine
) -> None:
    pipe = build(far)
    event = post(pipe, "WAIT")
    gate = shop.connect()
    gate.exec_driver_sql("UPDATE dbo.alone_gate SET n = 0")
    drain = threading.Thread(target=lambda: pipe.run(8), daemon=True)
    drain.start()
    eventually("the attempt runs", 10, lambda: bool(every_row(pipe.db)["sync_attempt"]) or None)
    proxy.cut()
    eventually("its end is unknown", 10, lambda: unknown(pipe) or None)
    gate.rollback()
    gate.close()
    drain.join(20)
    pipe.run(20, 1.0)
    assert (state(pipe, event), effects(pipe)) == ("applied", 1)


def unknown(pipe: Pipeline) -> bool:
    return any(row["outcome"] == "unknown" for row in every_row(pipe.db)["sync_attempt"])


def test_a_procedure_that_is_not_there_stops_the_start(server: MssqlDatabase) -> None:
    missing = Procedures(server, {"items.upsert": "dbo.Nothing"})
    with pytest.raises(ConfigError, match="there is no such procedure"):
        missing.check()
