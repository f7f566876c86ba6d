"""SQL Server's promises: one round trip, all or nothing, and a plain word for what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Engine

from sql import odbc
from sql.database import Document
from sql.mssql import MssqlDatabase
from sql.tables import SCHEMA_NO
from tests.sql.scenario import A1, NEXT, SYNC, acceptance, close, fenced, look, standing
from tests.sql.stores import every_row
from tests.sql.tds_proxy import TdsProxy
from tidegate.errors import CommitUnknown, Conflict, Deposed, StoreUnavailable, Unstorable

pytestmark = pytest.mark.mssql


@pytest.fixture(scope="module")
def wire(mssql_dsn: str) -> Iterator[TdsProxy]:
    with TdsProxy(mssql_dsn) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def wired(wire: TdsProxy) -> Iterator[MssqlDatabase]:
    with closing(MssqlDatabase(wire.dsn, None, None, "tidegate far")) as db:
        yield db


@pytest.fixture
def proxy(wire: TdsProxy) -> TdsProxy:
    wire.cut_answers = False
    return wire


@pytest.fixture
def far(server: MssqlDatabase, proxy: TdsProxy, wired: MssqlDatabase) -> MssqlDatabase:
    """The same empty database, through the proxy and with a connection that is open."""
    wired.read("events/ping", {})
    return wired


def running(server: MssqlDatabase) -> None:
    """A1 and the command run in the term SYNC."""
    server.run("leader/raise", standing(SYNC, 0, 0))
    server.run("ingest/accept", acceptance())
    server.run("queue/claim", fenced(SYNC, target="sandbox", n=10))


def settlement(**lists: Any) -> Document:
    closes = [close(1, 1, "applied", "applied")]
    ends = [{"queue_id": 1, "event_id": 1, "key_id": 1, "state": "applied", "answer_status": None}]
    return fenced(SYNC, closes=closes, ends=ends, **lists)


@pytest.mark.parametrize(
    ("verb", "name", "doc"),
    [
        ("read", "ingest/look", look()),
        ("run", "ingest/accept", acceptance()),
        ("read", "queue/poll", {"target": "sandbox"}),
        ("run", "queue/claim", fenced(SYNC, target="sandbox", n=10)),
        ("run", "queue/settle", fenced(SYNC)),
        ("run", "leader/beat", SYNC.fence()),
    ],
)
def test_a_hot_script_is_one_round_trip(
    server: MssqlDatabase, far: MssqlDatabase, proxy: TdsProxy, verb: str, name: str, doc: Document
) -> None:
    server.run("leader/raise", standing(SYNC, 0, 0))
    before = proxy.round_trips
    getattr(far, verb)(name, doc)
    assert proxy.round_trips - before == 1


def test_a_large_document_is_one_round_trip_too(far: MssqlDatabase, proxy: TdsProxy) -> None:
    doc = dict(acceptance())
    doc["events"][0]["body"] = b"x" * 300_000
    before = proxy.round_trips
    far.run("ingest/accept", doc)
    assert proxy.round_trips - before == 1


def test_another_term_writes_nothing_and_leaves_no_transaction(
    server: MssqlDatabase, engine: Engine, far: MssqlDatabase
) -> None:
    running(server)
    before = every_row(engine)
    with pytest.raises(Deposed):
        server.run("queue/settle", {**settlement(), **NEXT.fence()})
    assert every_row(engine) == before
    far.run("leader/beat", SYNC.fence())  # would wait for a lock of the deposed


@pytest.mark.parametrize("wrong", [{"epoch": 2}, {"token": "c" * 32}, {"schema_no": SCHEMA_NO + 1}])
def test_each_part_of_the_term_and_the_schema_is_fenced(
    server: MssqlDatabase, wrong: dict[str, Any]
) -> None:
    server.run("leader/raise", standing(SYNC, 0, 0))
    with pytest.raises(Deposed):
        server.run("leader/beat", SYNC.fence() | wrong)


def test_a_conflict_in_the_last_list_rolls_all_back(server: MssqlDatabase, engine: Engine) -> None:
    running(server)
    before = every_row(engine)
    with pytest.raises(Conflict, match="helds"):
        server.run("queue/settle", settlement(helds=[{"event_id": 1}]))
    assert every_row(engine) == before
    server.run("queue/settle", settlement())


def test_a_lost_compare_and_set_of_a_head_is_a_conflict(server: MssqlDatabase) -> None:
    doc = acceptance()
    server.run("ingest/accept", doc)
    moved = doc["head_births"][0] | {"seen_version": 1, "version": 5}
    with pytest.raises(Conflict, match="head_moves"):
        server.run("ingest/accept", {"head_moves": [moved]})


def test_a_second_birth_of_a_head_is_a_conflict(server: MssqlDatabase, engine: Engine) -> None:
    server.run("ingest/accept", acceptance())
    before = every_row(engine)
    with pytest.raises(Conflict):
        server.run("ingest/accept", acceptance())
    assert every_row(engine) == before


def test_a_text_that_does_not_fit_is_refused_and_never_cut(server: MssqlDatabase) -> None:
    doc = dict(acceptance())
    doc["events"][0]["entity_text"] = "x" * 401
    with pytest.raises(Unstorable):
        server.run("ingest/accept", doc)
    assert server.read("events/get", {"uuid": A1})["event"] == []


def test_a_connection_that_breaks_after_the_batch_was_sent_leaves_the_commit_unknown(
    server: MssqlDatabase, far: MssqlDatabase, proxy: TdsProxy
) -> None:
    server.run("leader/raise", standing(SYNC, 0, 0))
    far.run("leader/beat", SYNC.fence())
    proxy.cut_answers = True
    with pytest.raises(CommitUnknown):
        far.run("leader/beat", SYNC.fence())
    proxy.cut_answers = False
    far.run("leader/beat", SYNC.fence())
    assert server.read("leader/observe", {"name": "sync"})["leader"][0]["beat"] == 4


def test_a_read_that_breaks_is_only_unavailable(far: MssqlDatabase, proxy: TdsProxy) -> None:
    proxy.cut_answers = True
    with pytest.raises(StoreUnavailable) as caught:
        far.read("events/ping", {})
    assert not isinstance(caught.value, CommitUnknown)


def test_where_nothing_answers_the_error_says_what_to_do(
    mssql_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(odbc, "LOGIN_S", 1)
    nowhere = odbc.odbc_string(mssql_dsn, None, "test", server="127.0.0.1,9", connectretrycount="0")
    with (
        closing(MssqlDatabase(nowhere, None, None, "test")) as db,
        pytest.raises(StoreUnavailable) as caught,
    ):
        db.run("leader/beat", SYNC.fence())
    assert not isinstance(caught.value, CommitUnknown)
    assert "tidegate db wait" in caught.value.next_step


def test_a_wrong_password_is_named(mssql_dsn: str) -> None:
    dsn = odbc.odbc_string(mssql_dsn, None, "test", pwd="wrong")
    with (
        closing(MssqlDatabase(dsn, None, None, "test")) as db,
        pytest.raises(StoreUnavailable) as caught,
    ):
        db.read("events/ping", {})
    assert "DB_PASSWORD" in caught.value.next_step
    assert "wrong" not in str(caught.value)


def test_a_missing_database_is_named(mssql_dsn: str) -> None:
    dsn = odbc.odbc_string(mssql_dsn, None, "test", database="tidegate_nowhere")
    with (
        closing(MssqlDatabase(dsn, None, None, "test")) as db,
        pytest.raises(StoreUnavailable) as caught,
    ):
        db.read("events/ping", {})
    assert "tidegate db create" in caught.value.next_step


def test_without_a_clock_the_server_s_own_now_counts(server: MssqlDatabase, mssql_dsn: str) -> None:
    with closing(MssqlDatabase(mssql_dsn, None, None, "test")) as db:
        first = db.read("events/ping", {})["now"][0]["now"]
        second = db.read("events/ping", {})["now"][0]["now"]
    assert first < second
    assert len(first) == len("2026-11-21 08:00:00.000000")


def test_connections_say_who_they_are(server: MssqlDatabase, far: MssqlDatabase) -> None:
    with closing(server.session()) as session:
        listed = session.execute("SELECT program_name FROM sys.dm_exec_sessions").fetchall()
    assert "tidegate far" in {row[0] for row in listed}
